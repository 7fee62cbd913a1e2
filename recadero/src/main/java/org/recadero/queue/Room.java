package org.recadero.queue;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether there is room for new mail, on disk and in memory, and the files in large/ that it takes. Any thread; holds no lock
 * while it asks the disk.
 */
final class Room {
    /** Content of all intakes in memory, bytes: over it memory is crowded. */
    private static final long TOGETHER_BYTES = 16L << 20;

    private final Disk disk;
    private final Catalog catalog;
    private final QueueOptions options;
    private final Log log;
    private final Housekeeping housekeeping;
    private final AtomicLong memory = new AtomicLong();

    Room(Disk disk, Catalog catalog, QueueOptions options, Log log, Housekeeping housekeeping) {
        this.disk = Objects.requireNonNull(disk);
        this.catalog = Objects.requireNonNull(catalog);
        this.options = Objects.requireNonNull(options);
        this.log = Objects.requireNonNull(log);
        this.housekeeping = Objects.requireNonNull(housekeeping);
    }

    /** @throws QueueFullException where no new message may begin */
    void requireForAnother() throws IOException {
        if (!log.trouble().isEmpty()) {
            try {
                // maybe it can be mended meanwhile
                log.barrier();
            } catch (IOException e) {
                throw new QueueFullException(String.valueOf(e.getMessage()));
            }
        }
        requireFreeSpace();
        if (!log.mayTakeIn()) {
            housekeeping.look();
            throw new QueueFullException("Insufficient system storage: the last reserve is kept for what is queued");
        }
    }

    void requireFreeSpace() throws IOException {
        long usable = disk.usableBytes();
        if (usable < options.minimumFreeBytes()) {
            throw new QueueFullException("Insufficient system storage: " + usable + " bytes are free, "
                    + options.minimumFreeBytes() + " must stay free");
        }
    }

    /** Memory for content is taken, or given back where {@code bytes} is negative. */
    void takeMemory(long bytes) {
        memory.addAndGet(bytes);
    }

    /** Whether all intakes together hold a lot of content in memory. */
    boolean isMemoryCrowded() {
        return memory.get() > TOGETHER_BYTES;
    }

    LargeFile newLargeFile(long number) throws IOException {
        requireFreeSpace();
        return LargeFile.create(disk, number);
    }

    void discard(LargeFile file) {
        try {
            file.discard();
        } catch (IOException e) {
            catalog.warn("a file in large/ that nobody needs could not be deleted: " + e.getMessage());
        }
    }
}
