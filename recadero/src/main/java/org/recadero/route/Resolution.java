package org.recadero.route;

import java.util.List;
import java.util.Objects;

/** Where one recipient goes, and why. */
public sealed interface Resolution {
    /** The rules that made it, in the order in which they spoke; at least one. */
    List<Reason> reasons();

    /**
     * To an agent.
     *
     * @param transport a master.cf service: {@code local}, {@code error}
     * @param nextHop what stands behind the transport's colon, else the recipient's domain
     */
    record Routed(String transport, String nextHop, List<Reason> reasons) implements Resolution {
        public Routed {
            Objects.requireNonNull(transport);
            Objects.requireNonNull(nextHop);
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * Nowhere, for now: a table failed or a transport cannot be used.
     *
     * @param text for log and mailq
     */
    record TryLater(String text, List<Reason> reasons) implements Resolution {
        public TryLater {
            Objects.requireNonNull(text);
            reasons = List.copyOf(reasons);
        }
    }
}
