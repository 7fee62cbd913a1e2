package org.recadero.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A listening Unix stream socket. Platform threads accept; how the connections wait: {@link UnixConnection}. How many there are at
 * a time is for the caller to bound.
 */
public final class UnixListener implements AutoCloseable {
    private static final Duration PROBE = Duration.ofSeconds(1);
    private static final long EXHAUSTED_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final Pollable socket;
    private final String path;
    private final FileStatus file;

    private UnixListener(Pollable socket, String path, FileStatus file) {
        this.socket = socket;
        this.path = path;
        this.file = file;
    }

    /**
     * Binds; a socket file that nobody answers on any more is replaced. The mode holds before anybody can connect.
     *
     * @param mode permissions of the socket file, 0 to 0777; connecting needs the right to write
     * @throws IOException also where somebody listens there, something else than a socket lies there, or the path has over 107
     *     bytes
     */
    public static UnixListener bind(String path, int mode, int backlog) throws IOException {
        int descriptor = UnixAddress.socket(UnixAddress.SOCK_STREAM);
        try (Sys.Scratch s = Sys.scratch()) {
            int length = UnixAddress.put(s.small, path);
            try {
                bind(s, path, descriptor, length);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EADDRINUSE) {
                    throw e;
                }
                removeStale(path);
                length = UnixAddress.put(s.small, path);
                bind(s, path, descriptor, length);
            }
            Files.setPosixFilePermissions(Path.of(path), permissions(mode));
            FileStatus file = new LinuxFileSystem().statusAt(FileSystem.AT_FDCWD, path);
            Sys.call(s, "listen " + path, Sys.NUMBERS.listen(), descriptor, backlog, 0, 0);
            return new UnixListener(Pollable.ofSocket(descriptor), path, file);
        } catch (IOException e) {
            UnixAddress.close(descriptor);
            throw e;
        }
    }

    private static void bind(Sys.Scratch s, String path, int descriptor, int length) throws ErrnoException {
        Sys.call(s, "bind " + path, Sys.NUMBERS.bind(), descriptor, s.small.address(), length, 0);
    }

    private static void removeStale(String path) throws IOException {
        LinuxFileSystem files = new LinuxFileSystem();
        if (!files.statusAt(FileSystem.AT_FDCWD, path).isSocket()) {
            throw new IOException(path + ": is there already and is no socket");
        }
        try (UnixConnection answer = UnixConnection.connect(path, PROBE)) {
            throw new IOException(path + ": process " + answer.peer().pid() + " listens there");
        } catch (ErrnoException e) {
            switch (e.errno()) {
                case Errno.ECONNREFUSED -> files.unlink(FileSystem.AT_FDCWD, path);
                case Errno.EAGAIN -> throw new IOException(path + ": somebody listens there and is busy", e);
                default -> throw e;
            }
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

    /**
     * Waits for a connection. While the process has no descriptor or memory for one it waits too, and tries again every 100 ms.
     *
     * @throws java.nio.channels.ClosedChannelException the listener was closed
     */
    public UnixConnection accept() throws IOException {
        while (true) {
            try {
                return take((int) socket.repeat("accept", true, Pollable.FOREVER, UnixListener::acceptOne));
            } catch (ErrnoException e) {
                switch (e.errno()) {
                    // the client went away while it stood in line
                    case Errno.ECONNABORTED, Errno.ECONNRESET, Errno.ENOTCONN -> {}
                    case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM ->
                        LockSupport.parkNanos(EXHAUSTED_PAUSE);
                    default -> throw e;
                }
            }
        }
    }

    private static long acceptOne(int listener) {
        try (Sys.Scratch s = Sys.scratch()) {
            int flags = UnixAddress.SOCK_NONBLOCK | UnixAddress.SOCK_CLOEXEC;
            long accepted = Sys.raw(s, Sys.NUMBERS.accept4(), listener, 0, 0, flags, 0, 0);
            return accepted < 0 ? -s.errno() : accepted;
        }
    }

    private UnixConnection take(int accepted) throws ErrnoException {
        PeerCredentials peer;
        try {
            peer = PeerCredentials.of(accepted);
        } catch (ErrnoException e) {
            UnixAddress.close(accepted);
            throw e;
        }
        return new UnixConnection(Pollable.ofSocket(accepted), peer);
    }

    /** Ends {@link #accept} and removes the socket file if it is still this one's; connections stay. */
    @Override
    public void close() throws IOException {
        LinuxFileSystem files = new LinuxFileSystem();
        try {
            FileStatus now = files.statusAt(FileSystem.AT_FDCWD, path);
            if (now.device() == file.device() && now.inode() == file.inode()) {
                files.unlink(FileSystem.AT_FDCWD, path);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        } finally {
            socket.close();
        }
    }
}
