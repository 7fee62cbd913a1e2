package org.recadero.route;

import java.util.Collections;
import java.util.Set;
import org.recadero.table.LatestMap;

/** Remembers what was said; at most {@value #MOST} texts, the latest. Safe for all threads. */
final class OnceEach {
    private static final int MOST = 1_000;

    private final Set<String> said = Collections.synchronizedSet(LatestMap.setByAge(MOST));

    boolean first(String text) {
        return said.add(text);
    }
}
