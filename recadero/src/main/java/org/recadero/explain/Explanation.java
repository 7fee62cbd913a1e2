package org.recadero.explain;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.recadero.route.Reason;
import org.recadero.route.Relay;

/**
 * What would become of a message to one recipient, and why. No secret is in it.
 *
 * @param account whom the maps by sender are asked for, in external form; empty: the null sender, or not decided ({@code
 *     accountWaits})
 * @param accountReasons why it is not the envelope's sender; empty where it is
 * @param accountWaits why the account cannot be chosen now
 * @param hops where it goes from here, in the order to try; only for services that send by SMTP
 */
public record Explanation(
        Name sender,
        Name recipient,
        String account,
        List<Reason> accountReasons,
        Optional<String> accountWaits,
        Route route,
        List<Hop> hops) {
    /**
     * An address of the envelope.
     *
     * @param given as it was asked for; empty: the null sender
     * @param complete in external form; empty: the null sender, or {@code broken}
     * @param completedBy why the two differ
     * @param broken why it names nobody
     */
    public record Name(String given, String complete, List<Reason> completedBy, Optional<String> broken) {
        public Name {
            completedBy = List.copyOf(completedBy);
        }
    }

    /** What the transport is. */
    public enum Kind {
        LOCAL,
        SMTP,
        PIPE,
        /** {@code error}, {@code retry}, {@code discard}. */
        FIXED,
        /** No service of this name can be used: mail waits. */
        UNKNOWN
    }

    /**
     * Transport and next hop.
     *
     * @param deferred whether {@code defer_transports} keeps its mail back
     * @param waits why there is no route now
     */
    public record Route(
            Kind kind,
            String transport,
            String nextHop,
            boolean deferred,
            Optional<String> waits,
            List<Reason> reasons) {
        public Route {
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * One next hop of those that the route names.
     *
     * @param relay how it is talked to; empty where {@code waits} says why not
     * @param sender the envelope's sender as it leaves, where that is another one
     * @param fallback whether it is one of {@code smtp_fallback_relay}
     */
    public record Hop(
            String written, Optional<Relay> relay, Optional<String> sender, Optional<String> waits, boolean fallback) {
        public Hop {
            Objects.requireNonNull(written);
        }
    }

    /** Why mail would wait, wherever that is said. */
    public List<String> waits() {
        return Stream.of(
                        accountWaits.stream(),
                        route.waits().stream(),
                        hops.stream().flatMap(h -> h.waits().stream()))
                .flatMap(s -> s)
                .toList();
    }

    public Explanation {
        accountReasons = List.copyOf(accountReasons);
        hops = List.copyOf(hops);
    }
}
