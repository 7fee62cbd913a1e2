package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.Product;
import org.recadero.control.ControlClient;
import org.recadero.control.ControlDesk;
import org.recadero.control.ControlVerb;
import org.recadero.control.QueueDesk;
import org.recadero.daemon.Logging;
import org.recadero.log.MailLog;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.OtherUser;
import org.recadero.os.ProcessFacts;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueLockedException;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;
import org.recadero.status.SysExits;

/**
 * The mail system as a command sees it: its configuration, its daemon if one runs, else the queue on disk.
 *
 * <p>With the daemon down the queue is touched by its owner alone (SAFETY 15): root's command starts itself once more as the
 * mail owner; other users are told that the system is down.
 */
final class MailSystem {
    /** What commands need of it: they work while the value of another parameter is wrong. */
    private static final List<Parameter<?>> NEEDED = List.of(
            Parameters.QUEUE_DIRECTORY,
            Parameters.MAIL_OWNER,
            Parameters.QUEUE_MINFREE,
            Parameters.SYSLOG_NAME,
            Parameters.SYSLOG_FACILITY,
            Parameters.MAILLOG_FILE,
            Parameters.MYHOSTNAME);

    private final String command;
    private final Configuration configuration;
    private final Path home;
    private final PrintStream err;
    private final int uid = new ProcessFacts().uids().effective();

    private MailSystem(String command, Configuration configuration, PrintStream err) {
        this.command = command;
        this.configuration = configuration;
        this.home = Path.of(configuration.get(Parameters.QUEUE_DIRECTORY)).resolve("recadero");
        this.err = err;
    }

    /**
     * @param command its name, for messages
     * @param folder as {@code -c} names it
     * @throws ConfigurationException where main.cf cannot be read, or a value is wrong that is needed to find the queue or the log
     */
    static MailSystem of(String command, Optional<String> folder, Map<String, String> environment, PrintStream err)
            throws ConfigurationException {
        Path at = Configurations.folder(folder, environment);
        return new MailSystem(command, Configurations.some(at, NEEDED), err);
    }

    Configuration configuration() {
        return configuration;
    }

    Path home() {
        return home;
    }

    MailLog log() {
        return new MailLog(Logging.sink(configuration), configuration.get(Parameters.SYSLOG_NAME));
    }

    /** Whether this user is root or the mail owner. */
    boolean isAdministrator() throws IOException {
        return uid == 0 || isOwner();
    }

    private boolean isOwner() throws IOException {
        return Files.exists(home) && uid == (int) Files.getAttribute(home, "unix:uid");
    }

    /** What is to be done at a desk. */
    @FunctionalInterface
    interface Work {
        int at(ControlDesk desk) throws IOException;
    }

    /**
     * Does work at the daemon's desk, or with the daemon down at the queue itself.
     *
     * @param changes whether the work changes the queue
     * @return the exit status
     */
    int atQueue(boolean changes, Work work) throws IOException {
        try (ControlClient client = ControlClient.connect(home).orElse(null)) {
            if (client != null) {
                return work.at(client::ask);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EACCES) {
                throw e;
            }
            err.println(command + ": fatal: " + home + ": Permission denied; only root or the mail owner may ask this");
            return SysExits.UNAVAILABLE;
        }
        if (!isOwner()) {
            if (uid == 0 && Files.exists(home)) {
                int owner = (int) Files.getAttribute(home, "unix:uid");
                int group = (int) Files.getAttribute(home, "unix:gid");
                return OtherUser.runThisProgramAs(owner, group);
            }
            err.println(command + ": fatal: the mail system is down; only root or "
                    + configuration.get(Parameters.MAIL_OWNER) + " may read the queue");
            return SysExits.UNAVAILABLE;
        }
        QueueSettings settings = new QueueSettings(
                home,
                new LinuxFileSystem(),
                QueueSettings.SEGMENT_BYTES,
                configuration.get(Parameters.QUEUE_MINFREE),
                Product.VERSION);
        try (Queue queue = changes
                ? SegmentLogQueue.open(settings, new SystemQueueClock())
                : SegmentLogQueue.openReading(settings, new SystemQueueClock())) {
            return work.at(new QueueDesk(queue, ZoneId.systemDefault(), log()));
        } catch (QueueLockedException e) {
            // no daemon answered, and still somebody has it: one that starts, hangs or stops, or another command
            err.println(command + ": fatal: " + e.getMessage());
            return SysExits.UNAVAILABLE;
        }
    }

    /**
     * Asks the daemon.
     *
     * @return the exit status; empty where no daemon runs
     */
    Optional<Integer> ask(ControlVerb verb, List<String> arguments, PrintStream out) throws IOException {
        try (ControlClient client = ControlClient.connect(home).orElse(null)) {
            return client == null ? Optional.empty() : Optional.of(client.ask(verb, arguments, out, err));
        }
    }
}
