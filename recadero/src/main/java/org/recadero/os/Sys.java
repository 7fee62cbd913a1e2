package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Raw system calls by syscall(2): they act on the calling thread alone, where glibc's wrappers for ids would change all
 * threads (SAFETY 2). Stateless but for a lock-free pool of scratch memory; safe for all threads.
 */
@SuppressWarnings("restricted") // foreign functions are what this package is for
final class Sys {
    /** Bytes of a path: PATH_MAX is 4096; two of them and a struct stat fit a scratch's {@code small}. */
    private static final int MOST_PATH_BYTES = 4_000;

    /** Bytes of a scratch's data buffer. */
    static final int BUFFER_BYTES = 64 * 1024;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno"));
    private static final ConcurrentLinkedQueue<Scratch> POOL = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger POOLED = new AtomicInteger();
    /** What more threads needed at the same time is left to the garbage collector. */
    private static final int MOST_POOLED = 32;

    /** Numbers and layouts that differ between processors. */
    static final Numbers NUMBERS = Numbers.here();

    private Sys() {}

    /** Memory for one call at a time: errno, a path, small structures, data. */
    static final class Scratch implements AutoCloseable {
        private static final int SMALL_BYTES = 8 * 1024;
        private final Arena arena = Arena.ofAuto();
        final MemorySegment state = arena.allocate(STATE);
        final MemorySegment small = arena.allocate(SMALL_BYTES, 16);
        private @org.jspecify.annotations.Nullable MemorySegment data;

        MemorySegment data() {
            MemorySegment have = data;
            if (have == null) {
                have = arena.allocate(BUFFER_BYTES, 16);
                data = have;
            }
            return have;
        }

        /** A path, NUL-ended, at the start of {@link #small}; its address. */
        long path(String path, String what) throws ErrnoException {
            return path(path, 0, what);
        }

        long path(String path, int at, String what) throws ErrnoException {
            if (path.indexOf('\0') >= 0) {
                throw ErrnoException.of(Errno.EINVAL, what);
            }
            byte[] bytes = NativeText.bytes(path);
            if (bytes.length > MOST_PATH_BYTES) {
                throw ErrnoException.of(Errno.ENAMETOOLONG, what);
            }
            MemorySegment.copy(bytes, 0, small, ValueLayout.JAVA_BYTE, at, bytes.length);
            small.set(ValueLayout.JAVA_BYTE, (long) at + bytes.length, (byte) 0);
            return small.address() + at;
        }

        int errno() {
            return (int) ERRNO.get(state, 0L);
        }

        @Override
        public void close() {
            if (POOLED.incrementAndGet() <= MOST_POOLED) {
                POOL.offer(this);
            } else {
                POOLED.decrementAndGet();
            }
        }
    }

    static Scratch scratch() {
        Scratch pooled = POOL.poll();
        if (pooled == null) {
            return new Scratch();
        }
        POOLED.decrementAndGet();
        return pooled;
    }

    /** One call; -1 with {@link Scratch#errno} set where it failed. Not repeated on EINTR. */
    static long raw(Scratch scratch, int number, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) SYSCALL.invokeExact(scratch.state, (long) number, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new IllegalStateException("syscall(2) cannot be called", t);
        }
    }

    /** One call, repeated while it is interrupted; throws with {@code what} in front of the system's text. */
    static long call(Scratch scratch, String what, int number, long a, long b, long c, long d) throws ErrnoException {
        while (true) {
            long result = raw(scratch, number, a, b, c, d, 0, 0);
            if (result >= 0) {
                return result;
            }
            int errno = scratch.errno();
            if (errno != Errno.EINTR) {
                throw ErrnoException.of(errno, what);
            }
        }
    }

    /** System call numbers of one processor, and what else differs there. */
    record Numbers(
            int read,
            int write,
            int close,
            int fstat,
            int fcntl,
            int flock,
            int fsync,
            int fdatasync,
            int ftruncate,
            int getdents64,
            int fchmod,
            int fchown,
            int pread64,
            int pwrite64,
            int openat,
            int mkdirat,
            int newfstatat,
            int unlinkat,
            int renameat,
            int linkat,
            int setgroups,
            int setresuid,
            int getresuid,
            int setresgid,
            int getresgid,
            int capget,
            int capset,
            int gettid,
            int fallocate,
            int prctl,
            int kill,
            int socket,
            int connect,
            int accept4,
            int sendto,
            int getsockopt,
            int bind,
            int listen,
            int ppoll,
            int inotifyInit1,
            int inotifyAddWatch,
            int clockGettime,
            int statfs,
            int umask,
            int ioctl,
            int getuid,
            int getgid,
            int getgroups,
            int eventfd2,
            int shutdown,
            int madvise,
            int syncFileRange,
            int oDirectory,
            int oNofollow,
            boolean x86Stat) {
        static Numbers here() {
            String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
            return switch (processor) {
                case "amd64", "x86_64" ->
                    new Numbers(
                            0, 1, 3, 5, 72, 73, 74, 75, 77, 217, 91, 93, 17, 18, 257, 258, 262, 263, 264, 265, 116, 117,
                            118, 119, 120, 125, 126, 186, 285, 157, 62, 41, 42, 288, 44, 55, 49, 50, 271, 294, 254, 228,
                            137, 95, 16, 102, 104, 115, 290, 48, 28, 277, 0x10000, 0x20000, true);
                case "aarch64" ->
                    new Numbers(
                            63, 64, 57, 80, 25, 32, 82, 83, 46, 61, 52, 55, 67, 68, 56, 34, 79, 35, 38, 37, 159, 147,
                            148, 149, 150, 90, 91, 178, 47, 167, 129, 198, 203, 242, 206, 209, 200, 201, 73, 26, 27,
                            113, 43, 166, 29, 174, 176, 158, 19, 210, 233, 84, 0x4000, 0x8000, false);
                default -> throw new IllegalStateException("no system call numbers for the processor " + processor);
            };
        }
    }
}
