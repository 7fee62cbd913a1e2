package org.recadero.deliver;

import java.io.IOException;
import java.util.Objects;
import org.recadero.envelope.ReversePath;
import org.recadero.queue.Content;
import org.recadero.queue.Note;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;

/**
 * One recipient of one message, handed to an agent.
 *
 * @param account whose account it goes through: whom the maps by sender are asked for
 * @param nextHop what stands behind the transport's colon, or the recipient's domain
 * @param content opens the content, once or more often
 * @param progress the sink to which the agent tells where a delivery begins (SAFETY 18)
 */
public record Delivery(
        QueuedMessage message,
        RecipientState recipient,
        ReversePath account,
        String nextHop,
        Content content,
        Progress progress) {
    /** Where an agent's deliveries begin. */
    @FunctionalInterface
    public interface Progress {
        /** @param place «mbox, inode, offset, length», or empty for a Maildir */
        Note begun(String place) throws IOException;
    }

    public Delivery {
        Objects.requireNonNull(message);
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(account);
        Objects.requireNonNull(nextHop);
        Objects.requireNonNull(content);
        Objects.requireNonNull(progress);
    }

    /** Through the account of the envelope's sender. */
    public Delivery(
            QueuedMessage message, RecipientState recipient, String nextHop, Content content, Progress progress) {
        this(message, recipient, message.envelope().sender(), nextHop, content, progress);
    }
}
