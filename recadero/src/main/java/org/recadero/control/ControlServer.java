package org.recadero.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.recadero.log.MailLog;
import org.recadero.os.UnixConnection;
import org.recadero.os.UnixListener;
import org.recadero.status.SysExits;

/**
 * Serves {@code control/control}, the socket of the administrator: its folder lets in root and the mail owner's group, and of
 * those only root and the mail owner are heard (SAFETY 20).
 *
 * <p>{@link #run} accepts on the calling thread; each connection has a platform thread, at most {@value #MOST_CONNECTIONS} at a
 * time, silent for at most a minute.
 */
public final class ControlServer implements AutoCloseable {
    static final int MOST_CONNECTIONS = 32;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final UnixListener listener;
    private final int ownUid;
    private final ControlDesk desk;
    private final MailLog log;
    private final Semaphore free = new Semaphore(MOST_CONNECTIONS);
    private final Set<UnixConnection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    /** @param ownUid the mail owner's */
    public ControlServer(UnixListener listener, int ownUid, ControlDesk desk, MailLog log) {
        this.listener = Objects.requireNonNull(listener);
        this.ownUid = ownUid;
        this.desk = Objects.requireNonNull(desk);
        this.log = Objects.requireNonNull(log);
    }

    /** Accepts until {@link #close}. */
    public void run() throws IOException {
        while (!closing) {
            UnixConnection connection;
            try {
                connection = listener.accept();
            } catch (ClosedChannelException e) {
                return;
            }
            if (closing || !free.tryAcquire()) {
                connection.close();
                continue;
            }
            open.add(connection);
            Thread.ofPlatform().daemon().name("control").start(() -> serve(connection));
        }
    }

    private void serve(UnixConnection connection) {
        try (connection) {
            connection.readTimeout(IDLE);
            int uid = connection.peer().uid();
            if (uid != 0 && uid != ownUid) {
                log.warning("master", "control request of uid " + Integer.toUnsignedString(uid) + " refused");
                return;
            }
            InputStream in = connection.input();
            OutputStream out = connection.output();
            while (!closing) {
                Optional<Wire.Frame> request = Wire.read(in);
                if (request.isEmpty()) {
                    return;
                }
                answer(request.get().words(), out);
            }
        } catch (SocketTimeoutException e) {
            // silent, or does not read: it is gone for us
            return;
        } catch (IOException e) {
            log.info("master", "control connection lost: " + e.getMessage());
        } catch (RuntimeException e) {
            log.error("master", "control request failed: " + e);
        } finally {
            open.remove(connection);
            free.release();
        }
    }

    private void answer(List<String> words, OutputStream connection) throws IOException {
        OutputStream out = Wire.framed(connection, Wire.OUTPUT);
        OutputStream err = Wire.framed(connection, Wire.ERROR);
        Optional<ControlVerb> verb = ControlVerb.of(words.getFirst());
        int status;
        if (verb.isEmpty()) {
            err.write("the running daemon is another version: it does not know this request\n"
                    .getBytes(StandardCharsets.UTF_8));
            status = SysExits.UNAVAILABLE;
        } else {
            status = desk.serve(verb.get(), words.subList(1, words.size()), out, err);
        }
        out.flush();
        err.flush();
        Wire.status(connection, status);
    }

    @Override
    public void close() throws IOException {
        closing = true;
        listener.close();
        for (UnixConnection connection : open) {
            connection.close();
        }
    }
}
