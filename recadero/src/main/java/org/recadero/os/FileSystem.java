package org.recadero.os;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * System calls on files, through descriptors: what lies where a user can write is opened only here (SAFETY 6). Every call is
 * made in the calling thread, with this thread's ids; none blocks on a FIFO; all throw {@link ErrnoException}. No interrupt
 * closes a descriptor (SAFETY 11), and {@link #read} and {@link #write} carry their offset: many threads may share one.
 *
 * <p>Buffers are native ({@code Arena}) or heap segments. A call that waits for a disk holds a virtual thread's carrier.
 */
public interface FileSystem {
    int O_RDONLY = 0;
    int O_WRONLY = 1;
    int O_RDWR = 2;
    int O_CREAT = 0x40;
    int O_EXCL = 0x80;
    int O_TRUNC = 0x200;
    int O_APPEND = 0x400;
    int O_DIRECTORY = 0x10000;

    /** The current folder, for {@code at} parameters with absolute paths. */
    int AT_FDCWD = -100;

    /** openat(2), always with O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY added. */
    int open(int at, String path, int flags, int mode) throws ErrnoException;

    /** As {@link #open} for a folder, following symbolic links in the path: for homes and configured folders. */
    int openFolder(String path) throws ErrnoException;

    FileStatus status(int descriptor) throws ErrnoException;

    /** fstatat(2) with AT_SYMLINK_NOFOLLOW: only to say what stood in the way, never to decide. */
    FileStatus statusAt(int at, String path) throws ErrnoException;

    void close(int descriptor) throws ErrnoException;

    /** pwrite(2), repeated until all is written or a call fails. */
    void write(int descriptor, MemorySegment data, long offset) throws ErrnoException;

    /** pread(2): bytes read, 0 at the end of the file; fewer than asked for only there, or where the file system does so. */
    long read(int descriptor, MemorySegment into, long offset) throws ErrnoException;

    /**
     * The disk begins to write what a file has (sync_file_range(2)): who has several files to {@link #sync} asks for all of them first, and
     * they are written side by side. A hint: nothing is promised, and what fails is told by the sync.
     */
    void beginSync(int descriptor);

    void sync(int descriptor) throws ErrnoException;

    void dataSync(int descriptor) throws ErrnoException;

    void truncate(int descriptor, long size) throws ErrnoException;

    void changeMode(int descriptor, int mode) throws ErrnoException;

    void changeOwner(int descriptor, int uid, int gid) throws ErrnoException;

    void rename(int fromAt, String from, int toAt, String to) throws ErrnoException;

    /** linkat(2) without following. */
    void link(int fromAt, String from, int toAt, String to) throws ErrnoException;

    void unlink(int at, String path) throws ErrnoException;

    void makeFolder(int at, String path, int mode) throws ErrnoException;

    /** The whole file's exclusive POSIX lock (fcntl F_SETLK): false where another process has it. */
    boolean tryLock(int descriptor) throws ErrnoException;

    /** flock(2) LOCK_EX | LOCK_NB: false where another open file has it. */
    boolean tryFlock(int descriptor) throws ErrnoException;

    /**
     * Reserves room for a part of a file (fallocate(2)), which grows if need be; what is new reads as zeros. EOPNOTSUPP where
     * the file system cannot.
     */
    void allocate(int descriptor, long offset, long length) throws ErrnoException;

    /** Gives a part of a file's room back; it reads as zeros, the size stays. EOPNOTSUPP where the file system cannot. */
    void punchHole(int descriptor, long offset, long length) throws ErrnoException;

    /**
     * Names in a folder, without . and .., at most {@code limit} (the rest is left unread). A name that is no UTF-8 comes with
     * lone surrogates, and the other calls understand it.
     */
    List<String> list(int folder, int limit) throws ErrnoException;

    /** Makes the folder's entries durable: what was created, renamed or removed in it. */
    default void syncFolder(String path) throws ErrnoException {
        int folder = openFolder(path);
        try {
            sync(folder);
        } finally {
            close(folder);
        }
    }
}
