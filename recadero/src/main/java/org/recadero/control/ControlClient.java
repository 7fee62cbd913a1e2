package org.recadero.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.UnixConnection;

/** The commands' end of the control socket. One thread at a time. */
public final class ControlClient implements AutoCloseable {
    /** Under {@code $queue_directory/recadero}. */
    public static final String SOCKET = "control/control";

    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** A change is forced to disk before it is answered, and a flush may have a long queue to look through. */
    private static final Duration ANSWER = Duration.ofMinutes(2);

    private final UnixConnection connection;

    private ControlClient(UnixConnection connection) {
        this.connection = connection;
    }

    /**
     * Connects to the daemon of {@code home}.
     *
     * @return empty where no daemon listens there
     * @throws ErrnoException EACCES: this user may not ask
     * @throws IOException also where a stranger listens there (SAFETY 19)
     */
    public static Optional<ControlClient> connect(Path home) throws IOException {
        UnixConnection connection;
        try {
            connection = UnixConnection.connect(home.resolve(SOCKET).toString(), CONNECT);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ECONNREFUSED -> Optional.empty();
                default -> throw e;
            };
        }
        int server = connection.peer().uid();
        if (server != 0 && server != (int) Files.getAttribute(home, "unix:uid")) {
            connection.close();
            throw new IOException("the control socket is served by a stranger, uid " + server);
        }
        connection.readTimeout(ANSWER);
        return Optional.of(new ControlClient(connection));
    }

    /**
     * One request; its text goes to {@code out} and {@code err} as it comes.
     *
     * @return the exit status
     */
    public int ask(ControlVerb verb, List<String> arguments, OutputStream out, OutputStream err) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(verb.word());
        words.addAll(arguments);
        Wire.request(connection.output(), words);
        while (true) {
            Wire.Frame frame = Wire.read(connection.input())
                    .orElseThrow(() -> new EOFException("the mail system ended before it answered"));
            switch (frame.type()) {
                case Wire.OUTPUT -> out.write(frame.body());
                case Wire.ERROR -> err.write(frame.body());
                case Wire.STATUS -> {
                    out.flush();
                    err.flush();
                    return frame.status();
                }
                default -> throw new ProtocolException("an unknown frame");
            }
        }
    }

    /** The process that serves it; 0 where the kernel does not say. */
    public int pid() {
        return connection.peer().pid();
    }

    @Override
    public void close() {
        connection.close();
    }
}
