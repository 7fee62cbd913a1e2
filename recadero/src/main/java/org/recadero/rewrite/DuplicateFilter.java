package org.recadero.rewrite;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;

/**
 * Remembers whom a message has been given already, so many of them and no more: whoever comes behind these twice gets it twice.
 * Used by one thread. Postfix: been_here(3), {@code duplicate_filter_limit}.
 */
public final class DuplicateFilter {
    private final int limit;
    private final Set<String> known = new HashSet<>();

    /** @param limit how many are remembered; 0: all, as many as the caller's own bound lets in */
    public DuplicateFilter(int limit) {
        this.limit = limit;
    }

    /** {@code duplicate_filter_limit}. */
    public static int limit(Configuration configuration) {
        return configuration.get(Parameters.DUPLICATE_FILTER_LIMIT);
    }

    /** Whether this one was not seen before, as far as is remembered; capitals are all the same. */
    public boolean isNew(String key) {
        String folded = key.toLowerCase(Locale.ROOT);
        return (limit > 0 && known.size() >= limit) ? !known.contains(folded) : known.add(folded);
    }
}
