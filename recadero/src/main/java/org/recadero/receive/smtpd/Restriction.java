package org.recadero.receive.smtpd;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.table.LookupTable;

/** One element of an {@code smtpd_…_restrictions} list. Postfix: postconf(5). */
sealed interface Restriction {
    /** One without an argument. */
    enum Word implements Restriction {
        PERMIT,
        REJECT,
        DEFER,
        DEFER_IF_PERMIT,
        DEFER_IF_REJECT,
        PERMIT_MYNETWORKS,
        PERMIT_INET_INTERFACES,
        PERMIT_SASL_AUTHENTICATED,
        PERMIT_AUTH_DESTINATION,
        REJECT_UNAUTH_DESTINATION,
        DEFER_UNAUTH_DESTINATION,
        REJECT_UNLISTED_RECIPIENT,
        REJECT_UNLISTED_SENDER,
        REJECT_NON_FQDN_HELO_HOSTNAME,
        REJECT_NON_FQDN_SENDER,
        REJECT_NON_FQDN_RECIPIENT,
        REJECT_INVALID_HELO_HOSTNAME,
        REJECT_UNKNOWN_HELO_HOSTNAME,
        REJECT_UNKNOWN_SENDER_DOMAIN,
        REJECT_UNKNOWN_RECIPIENT_DOMAIN,
        REJECT_UNKNOWN_CLIENT_HOSTNAME,
        REJECT_UNKNOWN_REVERSE_CLIENT_HOSTNAME,
        REJECT_SENDER_LOGIN_MISMATCH,
        REJECT_AUTHENTICATED_SENDER_LOGIN_MISMATCH,
        REJECT_UNAUTHENTICATED_SENDER_LOGIN_MISMATCH,
        REJECT_KNOWN_SENDER_LOGIN_MISMATCH,
        REJECT_MULTI_RECIPIENT_BOUNCE,
        REJECT_PLAINTEXT_SESSION,
        /** Such clients are stopped when they do it, where smtpd_forbid_unauth_pipelining says so. */
        REJECT_UNAUTH_PIPELINING;

        /** By its name, earlier names included. */
        static Optional<Word> of(String name) {
            String current = switch (name) {
                case "reject_unknown_client" -> "reject_unknown_client_hostname";
                case "reject_invalid_hostname" -> "reject_invalid_helo_hostname";
                case "reject_non_fqdn_hostname" -> "reject_non_fqdn_helo_hostname";
                case "reject_unknown_hostname" -> "reject_unknown_helo_hostname";
                case "reject_unknown_address" -> "reject_unknown_sender_domain";
                case "check_recipient_maps" -> "reject_unlisted_recipient";
                default -> name;
            };
            for (Word word : values()) {
                if (word.name().toLowerCase(Locale.ROOT).equals(current)) {
                    return Optional.of(word);
                }
            }
            return Optional.empty();
        }

        /** Whether it alone keeps strangers from sending through this machine. */
        boolean closesRelay() {
            return this == REJECT
                    || this == DEFER
                    || this == DEFER_IF_PERMIT
                    || this == REJECT_UNAUTH_DESTINATION
                    || this == DEFER_UNAUTH_DESTINATION;
        }
    }

    /** What an access table is asked for. */
    enum Subject {
        CLIENT,
        REVERSE_CLIENT,
        HELO,
        SENDER,
        RECIPIENT
    }

    /** {@code check_client_access hash:/etc/postfix/access}. Postfix: access(5). */
    record Check(Subject subject, LookupTable table) implements Restriction {
        public Check {
            Objects.requireNonNull(subject);
            Objects.requireNonNull(table);
        }
    }

    /**
     * One of {@code smtpd_restriction_classes}, by its name: what it stands for is looked up when it is applied, since classes may
     * name each other.
     */
    record Group(String name) implements Restriction {
        public Group {
            Objects.requireNonNull(name);
        }
    }

    /** {@code warn_if_reject}: the next one is only logged where it would refuse. */
    record WarnIfReject(Restriction restriction) implements Restriction {
        public WarnIfReject {
            Objects.requireNonNull(restriction);
        }
    }
}
