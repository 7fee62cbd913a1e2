package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Native memory that one system call at a time works in: errno, structures, two paths and, once needed, a buffer.
 *
 * <p>Scratches are pooled in a few slots instead of being kept by thread, because virtual threads come and go by the thousand.
 * Taking and giving back is one atomic exchange and no lock: a thread with a user's identity does it too (SAFETY 3). Of more
 * than {@link #SLOTS} in use at the same time the surplus is left to the garbage collector.
 */
final class Scratch implements AutoCloseable {
    /** Bounds what the pool keeps: 32 × (17 + 64) KiB at the very most. */
    private static final int SLOTS = 32;

    private static final int STRUCT_OFFSET = 64;
    private static final int PATH1_OFFSET = 4096;
    private static final int PATH2_OFFSET = 8192 + 64;
    private static final int SIZE = 12 * 1024 + 256;
    static final int BUFFER_SIZE = 64 * 1024;

    /** PATH_MAX with its NUL. */
    private static final int PATH_MAX = 4096;

    private static final AtomicReferenceArray<@Nullable Scratch> POOL = new AtomicReferenceArray<>(SLOTS);

    private final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 16);
    final MemorySegment errno = memory.asSlice(0, 8);

    /** For structures, {@code PATH1_OFFSET - STRUCT_OFFSET} bytes, contents undefined. */
    final MemorySegment struct = memory.asSlice(STRUCT_OFFSET, PATH1_OFFSET - STRUCT_OFFSET);

    private @Nullable MemorySegment buffer;

    private Scratch() {}

    static Scratch take() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < SLOTS; i++) {
            Scratch found = POOL.getAndSet(Math.floorMod(start + i, SLOTS), null);
            if (found != null) {
                return found;
            }
        }
        return new Scratch();
    }

    /** Gives it back; nothing of it may be used afterwards. */
    @Override
    public void close() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < SLOTS; i++) {
            if (POOL.compareAndSet(Math.floorMod(start + i, SLOTS), null, this)) {
                return;
            }
        }
    }

    /** {@link #BUFFER_SIZE} bytes. */
    MemorySegment buffer() {
        MemorySegment b = buffer;
        if (b == null) {
            b = Arena.ofAuto().allocate(BUFFER_SIZE, 16);
            buffer = b;
        }
        return b;
    }

    /** Writes a NUL-terminated path and gives its address, valid until the next call or {@link #close}. */
    long path(String path) throws ErrnoException {
        return path(path, PATH1_OFFSET);
    }

    /** As {@link #path}, at another place. */
    long secondPath(String path) throws ErrnoException {
        return path(path, PATH2_OFFSET);
    }

    private long path(String path, int offset) throws ErrnoException {
        byte[] bytes = NativeText.bytes(path);
        if (bytes.length >= PATH_MAX) {
            throw ErrnoException.of(Errno.ENAMETOOLONG, path);
        }
        for (byte b : bytes) {
            if (b == 0) {
                throw ErrnoException.of(Errno.EINVAL, path);
            }
        }
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
        memory.set(ValueLayout.JAVA_BYTE, (long) offset + bytes.length, (byte) 0);
        return memory.address() + offset;
    }

    long structAddress() {
        return struct.address();
    }
}
