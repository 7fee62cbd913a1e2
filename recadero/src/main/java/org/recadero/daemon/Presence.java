package org.recadero.daemon;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import org.recadero.log.MailLog;
import org.recadero.os.ProcessFacts;
import org.recadero.os.ServiceNotification;

/**
 * Tells whoever started the daemon how it does: the pid file {@code pid} in the queue's folder, the line {@code ready} for {@code
 * postfix start}, which waits at the other end of standard output, and the service manager. Made, made ready and closed by the
 * thread that holds the queue's lock, so that the pid file never names a daemon that lost against another one.
 */
final class Presence implements AutoCloseable {
    /** {@code postfix start} sets this variable to {@code stdout}. */
    private static final String WAITING = "RECADERO_READY";

    private final Path file;
    private final ServiceNotification manager;
    private final Optional<PrintStream> launcher;
    private final MailLog log;

    /** @param home {@code $queue_directory/recadero} */
    Presence(Path home, Map<String, String> environment, PrintStream out, ProcessFacts facts, MailLog log) {
        this.file = home.resolve("pid");
        this.manager = new ServiceNotification(Optional.ofNullable(environment.get("NOTIFY_SOCKET")), facts);
        this.launcher = "stdout".equals(environment.get(WAITING)) ? Optional.of(out) : Optional.empty();
        this.log = log;
    }

    /**
     * Mail is taken from now on: everything listens.
     *
     * @throws IOException where the pid file cannot be written: then nobody could stop the daemon by {@code postfix stop}
     */
    void ready(String status) throws IOException {
        Path written = file.resolveSibling("pid.new");
        Files.deleteIfExists(written);
        Files.writeString(written, ProcessHandle.current().pid() + "\n", StandardCharsets.US_ASCII);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        told(() -> manager.ready(status));
        launcher.ifPresent(out -> {
            out.println("ready");
            out.flush();
        });
    }

    /** A reload begins; {@link #reloaded} ends it, whether it worked or not. */
    void reloading() {
        told(manager::reloading);
    }

    void reloaded(String status) {
        told(() -> manager.ready(status));
    }

    /** No mail is taken any more. */
    void stopping() {
        told(manager::stopping);
    }

    /** Removes the pid file; still under the queue's lock. */
    @Override
    public void close() {
        told(() -> Files.deleteIfExists(file));
    }

    /** A deaf service manager is no reason to stop mail. */
    private void told(Telling telling) {
        try {
            telling.tell();
        } catch (IOException e) {
            log.warning("master", "cannot say how the daemon does: " + e.getMessage());
        }
    }

    private interface Telling {
        void tell() throws IOException;
    }
}
