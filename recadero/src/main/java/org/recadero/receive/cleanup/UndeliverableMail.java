package org.recadero.receive.cleanup;

import java.io.IOException;
import org.recadero.envelope.QueueId;
import org.recadero.status.DeliveryStatus;

/**
 * Takes a message that cleanup had to accept and that shall not be delivered: logs the status for each recipient, tells the
 * sender and removes the message from the queue. It lies there on hold, so that nobody delivers it meanwhile and nothing is lost
 * when this fails half-way.
 *
 * <p>Postfix: cleanup(8) bounces such a message itself ({@code CLEANUP_STAT_HOPS}).
 */
@FunctionalInterface
public interface UndeliverableMail {
    /**
     * @param status class 5
     * @throws IOException where the sender could not be told; the message stays on hold
     */
    void giveBack(QueueId id, DeliveryStatus status) throws IOException;
}
