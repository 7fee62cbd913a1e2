package org.recadero.deliver;

import java.util.List;
import org.recadero.envelope.ReversePath;
import org.recadero.status.Outcome;

/**
 * What waits for a batch's destination besides, for an agent that can go on with the connection it has: no round trip is lost
 * between two batches, and what is known is recorded at once. Used by the batch's thread only.
 */
public interface Further {
    /**
     * One more message: those of its recipients that wait. They belong to the batch from now on, their outcomes follow the others'.
     *
     * @param account whose message it must be ({@link Delivery#account()})
     * @return empty: the batch ends here
     */
    List<Delivery> next(ReversePath account);

    /** This one's outcome is certain: it is recorded now, so that a crash of ours does not double it. It is returned with the others too. */
    void settled(Delivery delivery, Outcome outcome);

    /** Nothing more; nobody hears of an outcome before the batch's end. */
    static Further none() {
        return new Further() {
            @Override
            public List<Delivery> next(ReversePath account) {
                return List.of();
            }

            @Override
            public void settled(Delivery delivery, Outcome outcome) {
                // it is among those that are returned
            }
        };
    }
}
