package org.recadero.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A listening Unix stream socket. One platform thread accepts. */
public final class UnixListener implements AutoCloseable {
    private static final long POLL_MILLIS = 500;

    private final int descriptor;
    private final Path path;
    private final AtomicBoolean closed = new AtomicBoolean();

    private UnixListener(int descriptor, Path path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    /**
     * Binds; a socket file that nobody listens on any more is replaced.
     *
     * @param mode permissions of the socket file
     * @throws IOException also where somebody listens there, or the path has over 107 bytes
     */
    public static UnixListener bind(String path, int mode, int backlog) throws IOException {
        Path file = Path.of(path);
        if (Files.exists(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            try (UnixConnection answer = UnixConnection.connect(path, Duration.ofSeconds(1))) {
                throw new IOException(path + ": process " + answer.peer().pid() + " listens there");
            } catch (ErrnoException e) {
                Files.deleteIfExists(file);
            }
        }
        int descriptor = UnixAddress.socket(UnixAddress.SOCK_STREAM);
        try (Sys.Scratch s = Sys.scratch()) {
            int length = UnixAddress.put(s.small, path);
            Sys.call(s, "bind " + path, Sys.NUMBERS.bind(), descriptor, s.small.address(), length, 0);
            Files.setPosixFilePermissions(file, permissions(mode));
            Sys.call(s, "listen " + path, Sys.NUMBERS.listen(), descriptor, backlog, 0, 0);
            return new UnixListener(descriptor, file);
        } catch (IOException e) {
            UnixAddress.close(descriptor);
            throw e;
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        // declared from owner-read to others-execute: bit 8 down to bit 0
        int bit = 8;
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            if ((mode >> bit & 1) == 1) {
                set.add(permission);
            }
            bit--;
        }
        return set;
    }

    /** Waits for a connection; an IOException when the listener was closed. */
    public UnixConnection accept() throws IOException {
        while (!closed.get()) {
            if (!UnixAddress.await(descriptor, true, POLL_MILLIS)) {
                continue;
            }
            try (Sys.Scratch s = Sys.scratch()) {
                int flags = UnixAddress.SOCK_NONBLOCK | UnixAddress.SOCK_CLOEXEC;
                long accepted = Sys.raw(s, Sys.NUMBERS.accept4(), descriptor, 0, 0, flags, 0, 0);
                if (accepted >= 0) {
                    return new UnixConnection((int) accepted);
                }
                int errno = s.errno();
                if (errno != Errno.EAGAIN && errno != Errno.EINTR && errno != 103 /* ECONNABORTED */) {
                    throw new ErrnoException(errno, "accept: " + ErrnoText.of(errno));
                }
            }
        }
        throw new IOException("listener closed");
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            UnixAddress.close(descriptor);
            Files.deleteIfExists(path);
        }
    }
}
