package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** struct sockaddr_un. */
final class UnixAddress {
    /** Bytes of a path, without the NUL behind it. */
    static final int MOST_PATH_BYTES = 107;

    static final int AF_UNIX = 1;
    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    private static final int FAMILY_BYTES = 2;

    private UnixAddress() {}

    /** Writes the address to the start of {@code into}; its length. An {@code @} in front means the abstract namespace. */
    static int put(MemorySegment into, String path) throws IOException {
        byte[] bytes = NativeText.bytes(path);
        if (bytes.length == 0 || bytes.length > MOST_PATH_BYTES) {
            throw new IOException(
                    "socket path of " + bytes.length + " bytes, at most " + MOST_PATH_BYTES + ": " + path);
        }
        into.asSlice(0, FAMILY_BYTES + MOST_PATH_BYTES + 1).fill((byte) 0);
        into.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, FAMILY_BYTES, bytes.length);
        if (bytes[0] == '@') {
            into.set(ValueLayout.JAVA_BYTE, FAMILY_BYTES, (byte) 0);
            return FAMILY_BYTES + bytes.length;
        }
        return FAMILY_BYTES + bytes.length + 1;
    }

    static int socket(int type) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            return (int)
                    Sys.call(s, "socket", Sys.NUMBERS.socket(), AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0);
        }
    }

    static void connect(int descriptor, String path) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            int length = put(s.small, path);
            Sys.call(s, "connect " + path, Sys.NUMBERS.connect(), descriptor, s.small.address(), length, 0);
        }
    }

    static void close(int descriptor) {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.raw(s, Sys.NUMBERS.close(), descriptor, 0, 0, 0, 0, 0);
        }
    }

    /** Waits until a descriptor can be read or written; false at the end of the time. */
    static boolean await(int descriptor, boolean reading, long millis) throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            MemorySegment m = s.small;
            m.set(ValueLayout.JAVA_INT, 0, descriptor);
            m.set(ValueLayout.JAVA_SHORT, 4, (short) (reading ? 1 : 4));
            m.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
            m.set(ValueLayout.JAVA_LONG, 16, millis / 1_000);
            m.set(ValueLayout.JAVA_LONG, 24, millis % 1_000 * 1_000_000);
            long ready = Sys.raw(s, Sys.NUMBERS.ppoll(), m.address(), 1, m.address() + 16, 0, 8, 0);
            if (ready < 0 && s.errno() != Errno.EINTR) {
                throw ErrnoException.of(s.errno(), "poll");
            }
            return ready > 0;
        }
    }
}
