package org.recadero.smtp;

import java.util.Objects;
import java.util.Optional;

/** A command as a client gave it (RFC 5321 §4.1.1), its arguments parsed. {@link CommandParser} makes them. */
public sealed interface Verb {
    /** Which command it is. */
    VerbName name();

    /** RFC 5321 §4.1.1.1. */
    record Helo(String host) implements Verb {
        @Override
        public VerbName name() {
            return VerbName.HELO;
        }
    }

    /** RFC 5321 §4.1.1.1. */
    record Ehlo(String host) implements Verb {
        @Override
        public VerbName name() {
            return VerbName.EHLO;
        }
    }

    /** RFC 3207. */
    record StartTls() implements Verb {
        @Override
        public VerbName name() {
            return VerbName.STARTTLS;
        }
    }

    /**
     * RFC 4954 §4.
     *
     * @param mechanism as given
     * @param initial base64, or {@code =} for an empty response
     */
    record Auth(String mechanism, Optional<String> initial) implements Verb {
        public Auth {
            Objects.requireNonNull(mechanism);
            Objects.requireNonNull(initial);
        }

        @Override
        public VerbName name() {
            return VerbName.AUTH;
        }
    }

    /**
     * RFC 5321 §4.1.1.2.
     *
     * @param sender internal form; empty: the null sender
     */
    record Mail(String sender, MailOptions options) implements Verb {
        public Mail {
            Objects.requireNonNull(sender);
            Objects.requireNonNull(options);
        }

        @Override
        public VerbName name() {
            return VerbName.MAIL;
        }
    }

    /**
     * RFC 5321 §4.1.1.3.
     *
     * @param recipient internal form, never empty
     */
    record Rcpt(String recipient, RecipientOptions options) implements Verb {
        public Rcpt {
            Objects.requireNonNull(recipient);
            Objects.requireNonNull(options);
        }

        @Override
        public VerbName name() {
            return VerbName.RCPT;
        }
    }

    /** RFC 5321 §4.1.1.4. */
    record Data() implements Verb {
        @Override
        public VerbName name() {
            return VerbName.DATA;
        }
    }

    /** RFC 3030 §2: so many octets follow. */
    record Bdat(long sizeBytes, boolean last) implements Verb {
        public Bdat {
            if (sizeBytes < 0) {
                throw new IllegalArgumentException("a chunk has no negative size");
            }
        }

        @Override
        public VerbName name() {
            return VerbName.BDAT;
        }
    }

    /** RFC 5321 §4.1.1.5. */
    record Rset() implements Verb {
        @Override
        public VerbName name() {
            return VerbName.RSET;
        }
    }

    /** RFC 5321 §4.1.1.9. */
    record Noop() implements Verb {
        @Override
        public VerbName name() {
            return VerbName.NOOP;
        }
    }

    /**
     * RFC 5321 §4.1.1.6.
     *
     * @param address internal form
     * @param given as the client wrote it
     */
    record Vrfy(String address, String given) implements Verb {
        public Vrfy {
            Objects.requireNonNull(address);
            Objects.requireNonNull(given);
        }

        @Override
        public VerbName name() {
            return VerbName.VRFY;
        }
    }

    /** RFC 1985. */
    record Etrn(String domain) implements Verb {
        public Etrn {
            Objects.requireNonNull(domain);
        }

        @Override
        public VerbName name() {
            return VerbName.ETRN;
        }
    }

    /** RFC 5321 §4.1.1.10. */
    record Quit() implements Verb {
        @Override
        public VerbName name() {
            return VerbName.QUIT;
        }
    }

    /** A line that begins with no command that we know, or an empty one. */
    record Unknown(String line) implements Verb {
        public Unknown {
            Objects.requireNonNull(line);
        }

        /** The first word. */
        public String word() {
            return line.isBlank() ? "" : line.strip().split("[ \t]+", 2)[0];
        }

        @Override
        public VerbName name() {
            return VerbName.UNKNOWN;
        }
    }

    /**
     * A command whose arguments are wrong.
     *
     * @param reply what it gets, unless something that is asked before speaks against the command
     * @param illegalAddress the address that is none, for the log
     */
    record Malformed(VerbName name, Reply reply, Optional<String> illegalAddress) implements Verb {
        public Malformed {
            Objects.requireNonNull(name);
            Objects.requireNonNull(reply);
            Objects.requireNonNull(illegalAddress);
        }
    }
}
