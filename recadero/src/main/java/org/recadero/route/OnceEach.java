package org.recadero.route;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Remembers what was said; at most {@value #MOST} texts, the latest. Safe for all threads. */
final class OnceEach {
    private static final int MOST = 1_000;

    private final Set<String> said = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    }));

    boolean first(String text) {
        return said.add(text);
    }
}
