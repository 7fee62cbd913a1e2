package org.recadero.envelope;

import java.util.Objects;

/** Where trouble with a message is told (RFC 5321 §4.1.1.2): a sender, or nobody. */
public sealed interface ReversePath {
    /** The null sender {@code <>} of notifications (RFC 5321 §4.5.5): never answered. */
    record Null() implements ReversePath {
        @Override
        public String toString() {
            return "";
        }
    }

    /** An ordinary sender. */
    record Sender(Address address) implements ReversePath {
        public Sender {
            Objects.requireNonNull(address);
        }

        @Override
        public String toString() {
            return address.external();
        }
    }

    /** Empty text is the null sender, all else an internal (unquoted) address; throws IllegalArgumentException as {@link Address#of}. */
    static ReversePath of(String internal) {
        return internal.isEmpty() ? none() : new Sender(Address.of(internal));
    }

    /** The null sender. */
    static ReversePath none() {
        return new Null();
    }

    /** The internal (unquoted) form, empty for the null sender. */
    default String internal() {
        return switch (this) {
            case Null n -> "";
            case Sender s -> s.address().internal();
        };
    }
}
