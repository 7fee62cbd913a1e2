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
}
