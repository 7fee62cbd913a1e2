package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import org.recadero.os.UnixConnection;
import org.recadero.os.UnixListener;

/** The real sockets: Unix sockets of {@code os}, which asks the kernel who the peer is (SAFETY 20). */
public final class UnixSockets {
    /** Everybody may connect (SAFETY 20). */
    private static final int MODE = 0666;

    private UnixSockets() {}

    /** Binds the public socket, {@code $queue_directory/recadero/submit}. */
    public static SubmissionListener bind(Path socket, int backlog) throws IOException {
        UnixListener listener = UnixListener.bind(socket.toString(), MODE, backlog);
        return new SubmissionListener() {
            @Override
            public SubmissionConnection accept() throws IOException {
                return new Connection(listener.accept());
            }

            @Override
            public void close() throws IOException {
                listener.close();
            }
        };
    }

    public static SubmissionConnection connect(Path socket, Duration timeout) throws IOException {
        return new Connection(UnixConnection.connect(socket.toString(), timeout));
    }

    private record Connection(UnixConnection connection) implements SubmissionConnection {
        @Override
        public int peerUid() {
            return connection.peer().uid();
        }

        @Override
        public InputStream input() {
            return connection.input();
        }

        @Override
        public OutputStream output() {
            return connection.output();
        }

        @Override
        public void readTimeout(Duration limit) throws IOException {
            connection.readTimeout(limit);
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
