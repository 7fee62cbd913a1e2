package org.recadero.deliver.smtp;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.recadero.table.LatestMap;

/** What was learnt of servers, by address and port; at most {@value #MOST}, the latest used. Safe for all threads. */
final class HostTraits {
    private static final int MOST = 1_000;

    /** A weakness that is minded from then on. */
    enum Trait {
        /** SAFETY 28: it sent a reply that nobody asked for: one transaction, one command at a time. */
        ONE_AT_A_TIME,
        /** SAFETY 28: it offers CHUNKING and does not know BDAT. */
        NO_BDAT,
        /** SAFETY 26: it proved its name once. */
        WAS_VERIFIED
    }

    private final Map<String, Set<Trait>> known = LatestMap.byUse(MOST);

    synchronized boolean has(String server, Trait trait) {
        Set<Trait> traits = known.get(server);
        return traits != null && traits.contains(trait);
    }

    synchronized void learn(String server, Trait trait) {
        known.computeIfAbsent(server, p -> EnumSet.noneOf(Trait.class)).add(trait);
    }
}
