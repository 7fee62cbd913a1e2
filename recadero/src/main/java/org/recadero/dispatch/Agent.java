package org.recadero.dispatch;

import java.util.Objects;
import org.recadero.deliver.Deliverer;

/**
 * A delivery agent as dispatch sees it.
 *
 * @param program its name in the log: {@code local}
 * @param batchedBy what makes two recipients one destination
 */
public record Agent(String program, Deliverer deliverer, Destination batchedBy) {
    /** What goes into one batch. */
    public enum Destination {
        /** Recipients with the same local part: one mailbox, one lock, one flush. */
        LOCAL_PART,
        NEXT_HOP
    }

    public Agent {
        Objects.requireNonNull(program);
        Objects.requireNonNull(deliverer);
        Objects.requireNonNull(batchedBy);
    }
}
