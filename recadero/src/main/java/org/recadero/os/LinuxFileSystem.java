package org.recadero.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link FileSystem} by raw system calls of Linux. Stateless; safe for all threads.
 *
 * <p>Heap segments are copied through a native buffer, piece by piece: a critical call, which would spare the copy, stops the
 * garbage collector as long as the disk is busy.
 */
public final class LinuxFileSystem implements FileSystem {
    private static final int O_NOFOLLOW = Sys.NUMBERS.oNofollow();
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NOCTTY = 0x100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int F_SETLK = 6;
    private static final int SYNC_FILE_RANGE_WRITE = 2;
    private static final short F_WRLCK = 1;
    private static final int LOCK_EX_NB = 2 | 4;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    @Override
    public int open(int at, String path, int flags, int mode) throws ErrnoException {
        return openAny(at, path, flags | O_NOFOLLOW, mode, "open " + path);
    }

    @Override
    public int openFolder(String path) throws ErrnoException {
        return openAny(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, "open folder " + path);
    }

    private static int openAny(int at, String path, int flags, int mode, String what) throws ErrnoException {
        int here = flags & ~O_DIRECTORY;
        if ((flags & O_DIRECTORY) != 0) {
            here |= Sys.NUMBERS.oDirectory();
        }
        try (Sys.Scratch s = Sys.scratch()) {
            return (int) Sys.call(
                    s,
                    what,
                    Sys.NUMBERS.openat(),
                    at,
                    s.path(path, what),
                    here | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
                    mode);
        }
    }

    @Override
    public FileStatus status(int descriptor) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, "fstat", Sys.NUMBERS.fstat(), descriptor, s.small.address(), 0, 0);
            return read(s.small, 0);
        }
    }

    @Override
    public FileStatus statusAt(int at, String path) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            String what = "stat " + path;
            long name = s.path(path, 512, what);
            Sys.call(s, what, Sys.NUMBERS.newfstatat(), at, name, s.small.address(), AT_SYMLINK_NOFOLLOW);
            return read(s.small, 0);
        }
    }

    /** struct stat of asm/stat.h. */
    private static FileStatus read(MemorySegment m, long at) {
        boolean x86 = Sys.NUMBERS.x86Stat();
        int mode = m.get(ValueLayout.JAVA_INT, at + (x86 ? 24 : 16));
        long links = x86 ? m.get(ValueLayout.JAVA_LONG, at + 16) : m.get(ValueLayout.JAVA_INT, at + 20);
        int uid = m.get(ValueLayout.JAVA_INT, at + (x86 ? 28 : 24));
        int gid = m.get(ValueLayout.JAVA_INT, at + (x86 ? 32 : 28));
        long nanos = m.get(ValueLayout.JAVA_LONG, at + 88) * 1_000_000_000L + m.get(ValueLayout.JAVA_LONG, at + 96);
        return new FileStatus(
                m.get(ValueLayout.JAVA_LONG, at),
                m.get(ValueLayout.JAVA_LONG, at + 8),
                mode,
                links,
                uid,
                gid,
                m.get(ValueLayout.JAVA_LONG, at + 48),
                nanos,
                m.get(ValueLayout.JAVA_LONG, at + 64));
    }

    @Override
    public void close(int descriptor) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            // never repeated: after EINTR the descriptor is closed on Linux
            if (Sys.raw(s, Sys.NUMBERS.close(), descriptor, 0, 0, 0, 0, 0) < 0 && s.errno() != Errno.EINTR) {
                throw ErrnoException.of(s.errno(), "close");
            }
        }
    }

    @Override
    public void write(int descriptor, MemorySegment data, long offset) throws ErrnoException {
        long done = 0;
        long size = data.byteSize();
        try (Sys.Scratch s = Sys.scratch()) {
            while (done < size) {
                long piece = size - done;
                long address;
                if (data.isNative()) {
                    address = data.address() + done;
                } else {
                    piece = Math.min(piece, Sys.BUFFER_BYTES);
                    MemorySegment.copy(data, done, s.data(), 0, piece);
                    address = s.data().address();
                }
                long written = Sys.call(s, "write", Sys.NUMBERS.pwrite64(), descriptor, address, piece, offset + done);
                if (written == 0) {
                    throw ErrnoException.of(Errno.EIO, "write");
                }
                done += written;
            }
        } finally {
            Reference.reachabilityFence(data);
        }
    }

    @Override
    public long read(int descriptor, MemorySegment into, long offset) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            if (into.isNative()) {
                return Sys.call(s, "read", Sys.NUMBERS.pread64(), descriptor, into.address(), into.byteSize(), offset);
            }
            long done = 0;
            while (done < into.byteSize()) {
                long most = Math.min(into.byteSize() - done, Sys.BUFFER_BYTES);
                long address = s.data().address();
                long count = Sys.call(s, "read", Sys.NUMBERS.pread64(), descriptor, address, most, offset + done);
                MemorySegment.copy(s.data(), 0, into, done, count);
                done += count;
                if (count < most) {
                    break;
                }
            }
            return done;
        } finally {
            Reference.reachabilityFence(into);
        }
    }

    @Override
    public void beginSync(int descriptor) {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.raw(s, Sys.NUMBERS.syncFileRange(), descriptor, 0, 0, SYNC_FILE_RANGE_WRITE, 0, 0);
        }
    }

    @Override
    public void sync(int descriptor) throws ErrnoException {
        simple("fsync", Sys.NUMBERS.fsync(), descriptor, 0, 0);
    }

    @Override
    public void dataSync(int descriptor) throws ErrnoException {
        simple("fdatasync", Sys.NUMBERS.fdatasync(), descriptor, 0, 0);
    }

    @Override
    public void truncate(int descriptor, long size) throws ErrnoException {
        simple("ftruncate", Sys.NUMBERS.ftruncate(), descriptor, size, 0);
    }

    @Override
    public void changeMode(int descriptor, int mode) throws ErrnoException {
        simple("fchmod", Sys.NUMBERS.fchmod(), descriptor, mode, 0);
    }

    @Override
    public void changeOwner(int descriptor, int uid, int gid) throws ErrnoException {
        simple("fchown", Sys.NUMBERS.fchown(), descriptor, uid, gid);
    }

    private static void simple(String what, int number, long a, long b, long c) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, what, number, a, b, c, 0);
        }
    }

    @Override
    public void rename(int fromAt, String from, int toAt, String to) throws ErrnoException {
        String what = "rename " + from + " to " + to;
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, what, Sys.NUMBERS.renameat(), fromAt, s.path(from, what), toAt, s.path(to, 4096, what));
        }
    }

    @Override
    public void link(int fromAt, String from, int toAt, String to) throws ErrnoException {
        String what = "link " + from + " to " + to;
        try (Sys.Scratch s = Sys.scratch()) {
            // flags 0: a symbolic link is linked, not followed
            Sys.call(s, what, Sys.NUMBERS.linkat(), fromAt, s.path(from, what), toAt, s.path(to, 4096, what));
        }
    }

    @Override
    public void unlink(int at, String path) throws ErrnoException {
        String what = "unlink " + path;
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, what, Sys.NUMBERS.unlinkat(), at, s.path(path, what), 0, 0);
        }
    }

    @Override
    public void makeFolder(int at, String path, int mode) throws ErrnoException {
        String what = "mkdir " + path;
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, what, Sys.NUMBERS.mkdirat(), at, s.path(path, what), mode, 0);
        }
    }

    @Override
    public boolean tryLock(int descriptor) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            s.small.asSlice(0, 32).fill((byte) 0);
            s.small.set(ValueLayout.JAVA_SHORT, 0, F_WRLCK);
            return orBusy(
                    () -> Sys.call(s, "fcntl lock", Sys.NUMBERS.fcntl(), descriptor, F_SETLK, s.small.address(), 0));
        }
    }

    @Override
    public boolean tryFlock(int descriptor) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            return orBusy(() -> Sys.call(s, "flock", Sys.NUMBERS.flock(), descriptor, LOCK_EX_NB, 0, 0));
        }
    }

    private interface Call {
        long run() throws ErrnoException;
    }

    private static boolean orBusy(Call call) throws ErrnoException {
        try {
            call.run();
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EACCES) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void allocate(int descriptor, long offset, long length) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, "fallocate", Sys.NUMBERS.fallocate(), descriptor, 0, offset, length);
        }
    }

    @Override
    public void punchHole(int descriptor, long offset, long length) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            int mode = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE;
            Sys.call(s, "fallocate", Sys.NUMBERS.fallocate(), descriptor, mode, offset, length);
        }
    }

    @Override
    public List<String> list(int folder, int limit) throws ErrnoException {
        // a descriptor of its own, so that the position is at the start
        int own = open(folder, ".", O_RDONLY | O_DIRECTORY, 0);
        try (Sys.Scratch s = Sys.scratch()) {
            List<String> names = new ArrayList<>();
            MemorySegment buffer = s.data();
            while (names.size() < limit) {
                long bytes =
                        Sys.call(s, "getdents", Sys.NUMBERS.getdents64(), own, buffer.address(), buffer.byteSize(), 0);
                if (bytes == 0) {
                    break;
                }
                for (long at = 0; at < bytes && names.size() < limit; ) {
                    int length = Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 16));
                    String name = NativeText.at(buffer.asSlice(at + 19, length - 19));
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name);
                    }
                    at += length;
                }
            }
            return names;
        } finally {
            close(own);
        }
    }
}
