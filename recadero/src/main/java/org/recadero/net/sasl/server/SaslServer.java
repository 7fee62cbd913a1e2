package org.recadero.net.sasl.server;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Checks who a client is. Safe for use by many threads; each exchange belongs to one. */
public interface SaslServer {
    /**
     * The mechanisms that it speaks, with their properties; asked for each greeting.
     *
     * @throws IOException where another program must be asked and does not answer
     */
    List<Mechanism> mechanisms() throws IOException;

    /**
     * A mechanism.
     *
     * @param name upper case
     * @param plaintext whether the password goes over the wire as it is (RFC 4954 §9)
     * @param anonymous whether anybody may log in
     */
    record Mechanism(String name, boolean plaintext, boolean anonymous) {
        public Mechanism {
            Objects.requireNonNull(name);
        }
    }

    /** The connection that a client authenticates on. */
    record Situation(String service, InetAddress client, InetAddress server, boolean encrypted) {
        public Situation {
            Objects.requireNonNull(service);
            Objects.requireNonNull(client);
            Objects.requireNonNull(server);
        }
    }

    /** Begins an exchange by a mechanism of {@link #mechanisms}. */
    Exchange begin(String mechanism, Situation situation);

    /** One exchange; used by one thread. */
    interface Exchange extends AutoCloseable {
        /**
         * Goes on. The first call has the initial response, or none where the client gave none.
         *
         * @param response base64-decoded; an empty array is an empty response
         */
        Turn respond(Optional<byte[]> response);

        @Override
        void close();
    }

    /** What the server says. */
    sealed interface Turn {
        /** The client must answer. */
        record Challenge(String base64) implements Turn {
            public Challenge {
                Objects.requireNonNull(base64);
            }
        }

        /** It is who it says it is. */
        record Success(String login) implements Turn {
            public Success {
                Objects.requireNonNull(login);
            }
        }

        /**
         * It is not.
         *
         * @param temporary the check itself failed: nothing is said about the password
         */
        record Failure(String reason, boolean temporary) implements Turn {
            public Failure {
                Objects.requireNonNull(reason);
            }
        }
    }
}
