package org.recadero.receive.submit;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.recadero.config.TableSpec;
import org.recadero.log.MailLog;
import org.recadero.status.SysExits;

/**
 * Serves {@code $queue_directory/recadero/submit}, the public socket that everybody may connect to (mode 0666): submission,
 * list and flush, and nothing else, not even to uid 0 (SAFETY 19 to 22).
 *
 * <p>One thread at a time waits for the next connection; it hands that on to another thread and then serves the connection
 * itself, so that a client waits for one thread to wake, not for two. They are platform threads, since these sockets wait in
 * poll(2), where a virtual thread would hold its carrier and a few silent clients would stop the daemon. Connections are bounded
 * by {@link SubmissionLimits}, threads by {@link #MAX_THREADS}, silence by {@link #IDLE}.
 */
public final class SubmissionServer implements AutoCloseable {
    /** SAFETY 22. */
    public static final Duration IDLE = Duration.ofSeconds(60);

    /** Bound for threads: all connections that are served, and some that are being refused; more are closed at once. */
    static final int MAX_THREADS = SubmissionLimits.CONNECTIONS + 100;

    /** Failures one after another, {@link #ACCEPT_PAUSE} apart. */
    private static final int MAX_ACCEPT_FAILURES = 60;

    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(500);
    private static final Duration THREAD_IDLE = Duration.ofSeconds(20);

    private final SubmissionListener listener;
    private final SubmissionIntake intake;
    private final SubmissionDialogue dialogue;
    private final Runnable onKnock;
    private final MailLog log;
    private final Set<SubmissionConnection> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private volatile boolean closing;

    // of the one thread that accepts
    private int failures;

    /**
     * @param aliasDatabase {@code alias_database} as the configuration says now
     * @param onKnock called where somebody connected without a word: look into the drop folder
     */
    public SubmissionServer(
            SubmissionListener listener,
            SubmissionIntake intake,
            CommandDesk desk,
            StandAlone standAlone,
            Supplier<List<TableSpec>> aliasDatabase,
            Runnable onKnock,
            MailLog log) {
        this.listener = Objects.requireNonNull(listener);
        this.intake = Objects.requireNonNull(intake);
        this.dialogue = new SubmissionDialogue(intake, desk, standAlone, aliasDatabase);
        this.onKnock = Objects.requireNonNull(onKnock);
        this.log = Objects.requireNonNull(log);
        this.threads = new ThreadPoolExecutor(
                0,
                MAX_THREADS,
                THREAD_IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name("submit-", 0).factory());
    }

    /**
     * Accepts until {@link #close}.
     *
     * @throws IOException where the listener fails again and again; a shortage of descriptors or memory is waited out
     */
    public void run() throws IOException {
        try {
            threads.execute(this::acceptAndServe);
            end.join();
        } catch (RejectedExecutionException e) {
            // closed before it began
            return;
        } catch (CompletionException e) {
            throw new IOException(e.getCause());
        }
    }

    private void acceptAndServe() {
        try {
            while (!closing) {
                SubmissionConnection connection = accept();
                open.add(connection);
                if (closing || !handOn()) {
                    // far more than can even be refused in words: the client goes to the drop folder
                    open.remove(connection);
                    connection.close();
                    continue;
                }
                serve(connection);
                return;
            }
            end.complete(null);
        } catch (IOException e) {
            if (closing) {
                end.complete(null);
            } else {
                end.completeExceptionally(e);
            }
        }
    }

    /** Another thread accepts from now on; false where there is none. */
    private boolean handOn() {
        try {
            threads.execute(this::acceptAndServe);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // the latter where the system gives no more threads
            return false;
        }
    }

    private SubmissionConnection accept() throws IOException {
        while (true) {
            try {
                SubmissionConnection connection = listener.accept();
                failures = 0;
                return connection;
            } catch (IOException e) {
                if (closing || ++failures > MAX_ACCEPT_FAILURES || !pause()) {
                    throw e;
                }
                log.warning("pickup", "cannot accept a connection: " + e.getMessage());
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(ACCEPT_PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void serve(SubmissionConnection connection) {
        int uid = connection.peerUid();
        try (connection) {
            connection.readTimeout(IDLE);
            Optional<SubmissionLimits.Lease> lease = intake.limits().connect(uid);
            if (lease.isEmpty()) {
                refuse(connection);
                return;
            }
            try {
                switch (dialogue.serve(uid, connection.input(), connection.output())) {
                    case ANSWERED -> {}
                    case KNOCK -> onKnock.run();
                    case INCOMPLETE ->
                        log.info("pickup", "uid=" + Integer.toUnsignedString(uid) + ": submission cut off");
                }
            } finally {
                lease.get().close();
            }
        } catch (SocketTimeoutException e) {
            log.info("pickup", "uid=" + Integer.toUnsignedString(uid) + ": submission timed out");
        } catch (IOException e) {
            log.info("pickup", "uid=" + Integer.toUnsignedString(uid) + ": submission lost: " + e.getMessage());
        } catch (RuntimeException e) {
            log.error("pickup", "uid=" + Integer.toUnsignedString(uid) + ": " + e);
        } finally {
            open.remove(connection);
        }
    }

    private void refuse(SubmissionConnection connection) throws IOException {
        FrameWriter writer = new FrameWriter(connection.output());
        writer.text(FrameType.ERROR_OUTPUT, "sendmail: fatal: too many connections of this user\n");
        writer.exit(SysExits.TEMPORARY_FAILURE);
    }

    /** Stops accepting and closes all connections; what was not answered goes to the drop folder by the client's doing. */
    @Override
    public void close() throws IOException {
        closing = true;
        listener.close();
        for (SubmissionConnection connection : open) {
            connection.close();
        }
        threads.shutdown();
        end.complete(null);
    }
}
