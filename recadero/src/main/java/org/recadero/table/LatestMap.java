package org.recadero.table;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a program remembers while it runs: a map, or a set, of at most so many entries; the oldest is forgotten. For one thread at a time. */
public final class LatestMap<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    private LatestMap(int most, boolean byUse) {
        super(16, 0.75f, byUse);
        if (most < 1) {
            throw new IllegalArgumentException("remembers nothing: " + most);
        }
        this.most = most;
    }

    /** Forgets what was put first. */
    public static <K, V> Map<K, V> byAge(int most) {
        return new LatestMap<>(most, false);
    }

    /** Forgets what nobody asked for longest. */
    public static <K, V> Map<K, V> byUse(int most) {
        return new LatestMap<>(most, true);
    }

    /** Forgets what was added first. */
    public static <K> Set<K> setByAge(int most) {
        return Collections.newSetFromMap(new LatestMap<>(most, false));
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
