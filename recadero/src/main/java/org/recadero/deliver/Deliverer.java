package org.recadero.deliver;

import java.util.List;
import org.recadero.status.Outcome;

/** A delivery agent. Safe for use by many threads; a batch is run by one virtual thread. */
public interface Deliverer {
    /**
     * Delivers a batch, all to the same destination (for local: the same local part).
     *
     * <p>Throws nothing for what a user, a disk or a peer can cause; an exception is a bug and makes the whole batch wait.
     *
     * @param batch at least one
     * @return one outcome for each, in the same order
     */
    List<Outcome> deliver(List<Delivery> batch);

    /**
     * As {@link #deliver(List)}; an agent for which the end of a batch costs something goes on with what waits besides.
     *
     * @return one outcome for each of the batch, then one for each that was taken besides, in the same order
     */
    default List<Outcome> deliver(List<Delivery> batch, Further further) {
        return deliver(batch);
    }

    /** One that is not tried: nobody was there for others that wait for the same destination. */
    default void suspended(Delivery delivery) {
        // most agents tell nobody who waits
    }

    /**
     * Finds out what would become of a batch, and delivers nothing. Postfix: sendmail(1), {@code -bv}.
     *
     * @param batch at least one; as {@link #deliver} gets it
     * @return one verification for each, in the same order; by default that this agent cannot tell
     */
    default List<Verification> verify(List<Delivery> batch) {
        return Verification.ofEach(batch, "none", "this transport cannot tell without a delivery");
    }
}
