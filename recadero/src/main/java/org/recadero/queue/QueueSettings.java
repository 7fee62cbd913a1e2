package org.recadero.queue;

import java.nio.file.Path;
import java.util.Objects;
import org.recadero.os.FileSystem;

/**
 * Where the queue lies and how large it may get.
 *
 * @param folder {@code $queue_directory/recadero}: log/, large/, corrupt/ and lock are made in it
 * @param files system calls
 * @param segmentBytes size of a segment of the log, 16 to 64 MB in service
 * @param minimumFreeBytes Postfix: {@code queue_minfree}; intake stops before the disk has less
 * @param version this program's, written into each segment
 */
public record QueueSettings(Path folder, FileSystem files, int segmentBytes, long minimumFreeBytes, String version) {
    /** What a segment has where nobody says otherwise. */
    public static final int SEGMENT_BYTES = 16 << 20;

    private static final int LEAST_SEGMENT_BYTES = 32 << 10;
    private static final int MOST_SEGMENT_BYTES = 1 << 30;

    public QueueSettings {
        Objects.requireNonNull(folder);
        Objects.requireNonNull(files);
        Objects.requireNonNull(version);
        if (segmentBytes < LEAST_SEGMENT_BYTES || segmentBytes > MOST_SEGMENT_BYTES || segmentBytes % 4096 != 0) {
            throw new IllegalArgumentException("segment of " + segmentBytes + " bytes");
        }
        if (minimumFreeBytes < 0) {
            throw new IllegalArgumentException("minimum free space of " + minimumFreeBytes + " bytes");
        }
    }
}
