package org.recadero.deliver.local;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.Outcome;

/**
 * Puts a message for an alias's members into the queue as new mail, through cleanup. Postfix: local(8), forward(3).
 *
 * <p>The new message has the old one's sender (or the alias's owner), a Delivered-To field with the recipient that was expanded ({@code
 * prepend_delivered_header} has {@code forward}), below the new Received, and keeps the original recipient. Its submission id
 * comes from the parent's random id and the recipient's rank, so that a crash does not double it.
 */
public final class Forwarder {
    private final Supplier<Configuration> configuration;
    private final MessageIntake intake;

    public Forwarder(Supplier<Configuration> configuration, MessageIntake intake) {
        this.configuration = Objects.requireNonNull(configuration);
        this.intake = Objects.requireNonNull(intake);
    }

    /**
     * @return for the log: {@code forwarded as 61F592B24}; the new message is durable
     * @throws IOException where it could not be put into the queue
     */
    public String forward(QueuedMessage message, RecipientState parent, Outcome.Expanded expanded, Content content)
            throws IOException {
        List<NewMessage.Recipient> recipients =
                new ArrayList<>(expanded.children().size());
        for (EnvelopeRecipient child : expanded.children()) {
            recipients.add(new NewMessage.Recipient(
                    child.address().internal(),
                    Optional.of(child.original()),
                    child.notifyOn(),
                    child.originalRecipient()));
        }
        boolean delivered =
                configuration.get().get(Parameters.PREPEND_DELIVERED_HEADER).contains("forward");
        NewMessage copy = new NewMessage(
                message.random().derived("forward:" + parent.ordinal()),
                expanded.sender().orElse(message.envelope().sender()).internal(),
                Optional.empty(),
                recipients,
                false,
                message.envelope().body(),
                message.envelope().envelopeId(),
                message.envelope().returnFull(),
                delivered
                        ? List.of(
                                "Delivered-To: " + parent.recipient().address().external())
                        : List.of(),
                new NewMessage.Origin.MailSystem(NewMessage.Origin.Kind.FORWARD));
        try (InputStream from = content.open()) {
            return switch (intake.accept(copy, from)) {
                case Receipt.Queued queued -> "forwarded as " + queued.id();
                case Receipt.Discarded discarded -> throw new IOException("a forwarded message was thrown away");
                case Receipt.Refused refused -> throw new IOException(refused.text());
            };
        }
    }
}
