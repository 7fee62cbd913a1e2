package org.recadero.queue;

import java.time.Duration;

/**
 * What tests set otherwise than the service.
 *
 * @param segmentBytes size of a segment
 * @param minimumFreeBytes intake stops before the disk has less
 * @param version this program's
 * @param takenSubmissions how many submissions are remembered
 * @param retryAfter after trouble, how long until the next try to write
 * @param housekeeper whether a thread looks after spare and dead segments by itself
 */
record QueueOptions(
        int segmentBytes,
        long minimumFreeBytes,
        String version,
        int takenSubmissions,
        Duration retryAfter,
        boolean housekeeper) {
    private static final int TAKEN_SUBMISSIONS = 10_000;

    /** What the service has. */
    static QueueOptions of(QueueSettings settings) {
        return new QueueOptions(
                settings.segmentBytes(),
                settings.minimumFreeBytes(),
                settings.version(),
                TAKEN_SUBMISSIONS,
                Log.FORCED_WITHIN,
                true);
    }
}
