package org.recadero.net.dns;

import java.util.List;
import java.util.Objects;

/**
 * What came of a look-up.
 *
 * @param <T> what is looked up
 */
public sealed interface Answer<T> {
    /**
     * There is something.
     *
     * @param values at least one, in the order to try
     * @param authentic whether DNSSEC vouches for it, by the word of a resolver that is trusted (RFC 4035 §3.2.3)
     */
    record Found<T>(List<T> values, boolean authentic) implements Answer<T> {
        public Found {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException("found nothing");
            }
        }
    }

    /** No such name (RFC 2308 §2.1 NXDOMAIN), or it cannot be one. */
    record NoSuchName<T>() implements Answer<T> {}

    /** The name exists, but nothing of this kind (RFC 2308 §2.2). */
    record NoData<T>() implements Answer<T> {}

    /**
     * Nobody knows: no server answered, or none could.
     *
     * @param reason for the log, «Host not found, try again»
     */
    record Failed<T>(String reason) implements Answer<T> {
        public Failed {
            Objects.requireNonNull(reason);
        }
    }
}
