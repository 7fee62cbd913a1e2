package org.recadero.bounce;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.queue.QueuedMessage;

/**
 * A report to write.
 *
 * @param kind what it tells
 * @param reader whom it tells
 * @param to as the To field shows it, complete
 * @param recipients those it tells of, at least one
 * @param headersOnly of the original message only the header goes along
 * @param lifetime {@code maximal_queue_lifetime}
 * @param thread the original's Message-Id, where the report goes into its thread
 * @param international the original's header is not all ASCII: the report's parts have the types of RFC 6533
 */
record Report(
        QueuedMessage message,
        Kind kind,
        Reader reader,
        String to,
        List<FailedRecipient> recipients,
        boolean headersOnly,
        Optional<String> thread,
        boolean international,
        Duration lifetime) {
    enum Kind {
        FAILED,
        DELAYED,
        DELIVERED,
        /** What the sender asked for with sendmail's {@code -v} or {@code -bv}. */
        TRACED;

        /** Whose wording it has. */
        Template.Kind template() {
            return switch (this) {
                case FAILED -> Template.Kind.FAILURE;
                case DELAYED -> Template.Kind.DELAY;
                case DELIVERED -> Template.Kind.SUCCESS;
                case TRACED -> Template.Kind.VERIFY;
            };
        }
    }

    enum Reader {
        SENDER,
        POSTMASTER
    }

    Report {
        Objects.requireNonNull(message);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(reader);
        Objects.requireNonNull(to);
        recipients = List.copyOf(recipients);
        Objects.requireNonNull(thread);
        Objects.requireNonNull(lifetime);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("a report tells of a recipient");
        }
    }

    /** {@code sender non-delivery notification}. */
    String loggedAs() {
        String whom = switch (reader) {
            case SENDER -> "sender";
            case POSTMASTER -> "postmaster";
        };
        return whom
                + switch (kind) {
                    case FAILED -> " non-delivery notification";
                    case DELAYED -> " delay notification";
                    case DELIVERED, TRACED -> " delivery status notification";
                };
    }
}
