package org.recadero.dispatch;

import java.io.IOException;
import java.util.List;
import org.recadero.bounce.FailedRecipient;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;

/** Tells the sender; what it tells is durable when a method returns. Bounce does it; a seam for tests. */
public interface Notices {
    /** Recipients that will never get it. */
    void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException;

    /** Recipients that still wait. */
    void delay(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException;

    /** Recipients that have it and whose sender wants to know. */
    void success(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException;

    /** What a sender who asked is told of the attempt, or of what would become of the mail. */
    void trace(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException;

    /** A fault of the program: the mail concerned waits, and the postmaster may want to know. Never throws. */
    void software(String what);

    /** Recipients that an alias stands for; durable when it returns. Text for the log: {@code forwarded as 61F592B24}. */
    String expand(
            QueuedMessage message,
            org.recadero.queue.RecipientState parent,
            org.recadero.status.Outcome.Expanded expanded,
            Content content)
            throws IOException;
}
