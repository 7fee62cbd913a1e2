package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * Tells that something came into a folder (inotify(7)): a file was created, finished or moved in. What came is for the caller to
 * look up, since the kernel may drop events when there are many: look once at the start, then after each {@link #await}.
 *
 * <p>One thread waits, another may close. Needs the right to read the folder.
 */
public final class FolderWatch implements AutoCloseable {
    private static final int IN_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int IN_CLOSE_WRITE = 0x8;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_CREATE = 0x100;
    private static final int IN_DELETE_SELF = 0x400;
    private static final int IN_MOVE_SELF = 0x800;
    private static final int IN_ONLYDIR = 0x0100_0000;
    private static final int IN_UNMOUNT = 0x2000;
    private static final int IN_IGNORED = 0x8000;
    private static final int GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
    private static final int WATCHED =
            IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    private static final int HEAD_BYTES = 16;

    private final String path;
    private final Pollable events;

    private FolderWatch(String path, Pollable events) {
        this.path = path;
        this.events = events;
    }

    /** @throws ErrnoException ENOSPC where the user's inotify watches are used up, ENOENT, ENOTDIR, EACCES */
    public static FolderWatch of(String path) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            int descriptor =
                    (int) Sys.call(s, "inotify_init", Sys.NUMBERS.inotifyInit1(), IN_NONBLOCK_CLOEXEC, 0, 0, 0);
            try {
                String what = "watch " + path;
                Sys.call(s, what, Sys.NUMBERS.inotifyAddWatch(), descriptor, s.path(path, what), WATCHED, 0);
                return new FolderWatch(path, Pollable.of(descriptor));
            } catch (IOException e) {
                UnixAddress.close(descriptor);
                throw e;
            }
        }
    }

    /**
     * Waits until something came since the last call; false if nothing did within {@code limit}.
     *
     * @throws java.nio.channels.ClosedChannelException closed, by another thread meanwhile too
     * @throws IOException the folder was moved or removed: the watch sees nothing any more
     */
    public boolean await(Duration limit) throws IOException {
        try {
            long gone = events.repeat("wait for files in " + path, true, limit, descriptor -> {
                try (Sys.Scratch s = Sys.scratch()) {
                    MemorySegment data = s.data();
                    long got = Sys.raw(s, Sys.NUMBERS.read(), descriptor, data.address(), Sys.BUFFER_BYTES, 0, 0, 0);
                    return got < 0 ? -s.errno() : gone(data, got);
                }
            });
            if (gone != 0) {
                throw new IOException(path + ": the folder was moved or removed");
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** struct inotify_event, one after the other; 1 if the folder is gone. */
    private static long gone(MemorySegment data, long bytes) {
        long at = 0;
        while (at < bytes) {
            if ((data.get(ValueLayout.JAVA_INT, at + 4) & GONE) != 0) {
                return 1;
            }
            at += HEAD_BYTES + data.get(ValueLayout.JAVA_INT, at + 12);
        }
        return 0;
    }

    /** Ends {@link #await}. */
    @Override
    public void close() {
        events.close();
    }
}
