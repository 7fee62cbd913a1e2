package org.recadero.dispatch;

import java.io.IOException;
import java.util.List;
import org.recadero.bounce.FailedRecipient;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.status.Outcome;

/** Notices that go nowhere. */
class NoNotices implements Notices {
    @Override
    public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content) {}

    @Override
    public void delay(QueuedMessage message, List<FailedRecipient> recipients, Content content) {}

    @Override
    public void success(QueuedMessage message, List<FailedRecipient> recipients, Content content) {}

    @Override
    public void trace(QueuedMessage message, List<FailedRecipient> recipients, Content content) throws IOException {}

    @Override
    public void software(String what) {}

    @Override
    public String expand(QueuedMessage message, RecipientState parent, Outcome.Expanded expanded, Content content)
            throws IOException {
        throw new IllegalStateException("nothing expands here");
    }
}
