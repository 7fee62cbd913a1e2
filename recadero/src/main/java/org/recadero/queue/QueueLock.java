package org.recadero.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The queue's lock: a file of its own, never unlinked, never holding data (SAFETY 11).
 *
 * <p>It is a POSIX lock: closing any descriptor of the file would release it for the whole process. So the file is opened only
 * after /proc/locks says that this process has not locked it yet; and nobody else opens it.
 */
final class QueueLock implements AutoCloseable {
    static final String FILE_NAME = "lock";

    private static final Path LOCKS = Path.of("/proc/locks");
    private static final int MOST_LOCKS = 1_000_000;

    private final @Nullable FileChannel channel;
    private final @Nullable FileLock lock;

    private QueueLock(@Nullable FileChannel channel, @Nullable FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock without waiting.
     *
     * @param exclusive false: shared with other readers; where there is no lock file yet, nobody has ever opened the queue and
     *     nothing is locked
     * @throws QueueLockedException where somebody has it
     */
    static QueueLock take(Path folder, boolean exclusive) throws IOException {
        Path file = folder.resolve(FILE_NAME);
        Optional<Long> before = holder(file);
        if (before.isPresent() && before.get() == ProcessHandle.current().pid()) {
            throw new QueueLockedException(before);
        }
        if (!exclusive && !Files.exists(file)) {
            return new QueueLock(null, null);
        }
        FileChannel channel = exclusive
                ? FileChannel.open(
                        file,
                        java.util.Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : FileChannel.open(file, StandardOpenOption.READ);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, !exclusive);
        } catch (OverlappingFileLockException e) {
            throw new QueueLockedException(Optional.of(ProcessHandle.current().pid()));
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new QueueLockedException(holder(file));
        }
        return new QueueLock(channel, lock);
    }

    /** The process that has locked a file, from /proc/locks; empty where none has, or it cannot be told. */
    static Optional<Long> holder(Path file) {
        try {
            long inode = (Long) Files.getAttribute(file, "unix:ino");
            long device = (Long) Files.getAttribute(file, "unix:dev");
            List<String[]> locks;
            try (Stream<String> lines = Files.lines(LOCKS)) {
                locks = lines.limit(MOST_LOCKS)
                        .map(line -> line.trim().split("[ ]+"))
                        .filter(words -> words.length >= 8 && words[1].equals("POSIX"))
                        .toList();
            }
            String exact = String.format(
                    java.util.Locale.ROOT,
                    "%02x:%02x:%d",
                    (device >> 8) & 0xfff,
                    (device & 0xff) | ((device >> 12) & 0xfff00),
                    inode);
            // some file systems show another device there than stat(2) does: then the inode alone must do
            Optional<Long> found = pid(locks, words -> words[5].equals(exact));
            return found.isPresent() ? found : pid(locks, words -> words[5].endsWith(":" + inode));
        } catch (IOException | UncheckedIOException | UnsupportedOperationException | NumberFormatException e) {
            // no such file, or no /proc: nothing can be said
            return Optional.empty();
        }
    }

    private static Optional<Long> pid(List<String[]> locks, java.util.function.Predicate<String[]> is) {
        return locks.stream()
                .filter(is)
                .map(words -> Long.parseLong(words[4]))
                .filter(pid -> pid > 0)
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        if (lock != null && channel != null) {
            lock.release();
            channel.close();
        }
    }
}
