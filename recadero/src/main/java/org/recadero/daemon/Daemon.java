package org.recadero.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.recadero.bounce.Bounces;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.control.QueueListing;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.fixed.FixedDelivery;
import org.recadero.deliver.local.Forwarder;
import org.recadero.deliver.local.LocalDelivery;
import org.recadero.deliver.local.LocalTables;
import org.recadero.dispatch.Agent;
import org.recadero.dispatch.Dispatcher;
import org.recadero.dispatch.Notices;
import org.recadero.dispatch.Plan;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.log.LogSink;
import org.recadero.log.MailLog;
import org.recadero.log.Sinks;
import org.recadero.os.IdentityWatchdog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.os.ProcessFacts;
import org.recadero.os.SyslogSocket;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;
import org.recadero.receive.cleanup.Cleanup;
import org.recadero.receive.submit.DropFolder;
import org.recadero.receive.submit.SubmissionComposer;
import org.recadero.receive.submit.SubmissionIntake;
import org.recadero.receive.submit.SubmissionLimits;
import org.recadero.receive.submit.SubmissionServer;
import org.recadero.receive.submit.UnixSockets;
import org.recadero.route.Resolution;
import org.recadero.route.Router;
import org.recadero.table.LookupTable;
import org.recadero.table.TableLog;
import org.recadero.table.Tables;

/** Wires the stages with constructors, in the order of a message's path, and keeps them running until it is told to stop. */
public final class Daemon {
    private static final Duration DELIVERY_DEADLINE = Duration.ofMinutes(2);
    private static final int BACKLOG = 128;
    private static final int MAIL_FACILITY = 2;

    private final Configurations.Loaded loaded;
    private final MailLog log;
    private final LibcUserDatabase users = new LibcUserDatabase();
    private final LinuxFileSystem files = new LinuxFileSystem();
    private final ZoneId zone = ZoneId.systemDefault();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Daemon(Configurations.Loaded loaded, MailLog log) {
        this.loaded = loaded;
        this.log = log;
    }

    /**
     * Runs until SIGTERM.
     *
     * @return the exit status
     */
    public static int run(Path folder) {
        Configurations.Loaded loaded;
        try {
            loaded = Configurations.load(folder);
        } catch (ConfigurationException e) {
            System.err.println("postfix: fatal: " + e.getMessage());
            return 1;
        }
        Configuration configuration = loaded.configuration();
        MailLog log = new MailLog(sink(configuration), configuration.get(Parameters.SYSLOG_NAME));
        Daemon daemon = new Daemon(loaded, log);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(daemon::shutDown));
        try {
            daemon.serve(configuration, folder);
            return 0;
        } catch (IOException | ConfigurationException e) {
            log.fatal("master", String.valueOf(e.getMessage()));
            System.err.println("postfix: fatal: " + e.getMessage());
            daemon.stopped.countDown();
            return 1;
        }
    }

    private static LogSink sink(Configuration configuration) {
        String file = configuration.get(Parameters.MAILLOG_FILE);
        String host = configuration.get(Parameters.MYHOSTNAME);
        String shortName = host.indexOf('.') < 0 ? host : host.substring(0, host.indexOf('.'));
        if (file.equals("/dev/stdout")) {
            return Sinks.stream(System.out, shortName);
        }
        if (!file.isEmpty()) {
            return Sinks.file(Path.of(file), shortName, System.err);
        }
        SyslogSocket socket = new SyslogSocket("/dev/log", MAIL_FACILITY);
        return (severity, tag, text) -> socket.send(severity.code(), tag, text);
    }

    private void shutDown() {
        stop.countDown();
        try {
            if (!stopped.await(5, java.util.concurrent.TimeUnit.SECONDS)) {
                log.warning("master", "not everything ended within 5 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Configuration configuration, Path folder) throws IOException, ConfigurationException {
        ProcessFacts process = new ProcessFacts();
        // SAFETY 5: never root, and nothing of this process's memory ever on disk
        if (process.uids().includeRoot()) {
            throw new IOException("the daemon does not run as root; postfix start gives it another user");
        }
        if (process.suidDumpable() == 1) {
            throw new IOException("fs.suid_dumpable is 1: memory with passwords could be dumped; set it to 0 or 2");
        }
        process.forbidDumps();
        for (String warning : loaded.warnings()) {
            log.warning("master", warning);
        }
        Path home = Path.of(configuration.get(Parameters.QUEUE_DIRECTORY)).resolve("recadero");
        LinuxIdentities identities = new LinuxIdentities(files, DELIVERY_DEADLINE);
        QueueSettings settings = new QueueSettings(
                home, files, QueueSettings.SEGMENT_BYTES, configuration.get(Parameters.QUEUE_MINFREE), "0.1.0");
        try (Queue queue = SegmentLogQueue.open(settings, new SystemQueueClock())) {
            Cleanup cleanup = new Cleanup(queue, () -> configuration, users, log, zone, (id, status) -> {
                // too many hops: the message stays on hold, where mailq shows it
                log.warning("cleanup", Optional.of(id), status.text() + "; the message is on hold");
            });
            Bounces bounces = new Bounces(cleanup, () -> configuration, log, zone);
            Plan plan = plan(configuration, identities);
            Dispatcher dispatcher = new Dispatcher(
                    queue,
                    () -> plan,
                    notices(bounces, new Forwarder(() -> configuration, cleanup)),
                    log,
                    InstantSource.system());
            SubmissionIntake intake = new SubmissionIntake(
                    cleanup,
                    new SubmissionComposer(users, (uid, login) -> true),
                    SubmissionLimits.ofConnections(),
                    log);
            DropFolder drops = new DropFolder(
                    home.resolve("drop"),
                    home.resolve("corrupt"),
                    files,
                    intake,
                    DropFolder.Bounds.of(configuration.get(Parameters.MESSAGE_SIZE_LIMIT)),
                    InstantSource.system(),
                    new SecureRandom(),
                    log);
            try (SubmissionServer server = new SubmissionServer(
                    UnixSockets.bind(home.resolve("submit"), BACKLOG),
                    intake,
                    (command, uid, out, err) -> desk(queue, command, out),
                    () -> configuration.get(Parameters.ALIAS_DATABASE),
                    drops::knock,
                    log)) {
                dispatcher.start();
                Thread dropThread = Thread.ofPlatform()
                        .daemon()
                        .name("drop")
                        .start(() -> drops.run(configuration.get(Parameters.QUEUE_RUN_DELAY)));
                Thread.ofPlatform().daemon().name("accept").start(() -> accept(server));
                Thread.ofPlatform().daemon().name("watchdog").start(() -> watch(new IdentityWatchdog(identities)));
                log.info("master", "daemon started -- version 0.1.0, configuration " + folder);
                awaitStop();
                log.info("master", "terminating on signal 15");
                dropThread.interrupt();
            }
            dispatcher.close();
        } finally {
            stopped.countDown();
        }
    }

    private void awaitStop() {
        while (true) {
            try {
                stop.await();
                return;
            } catch (InterruptedException e) {
                // only stop ends this wait
            }
        }
    }

    private void accept(SubmissionServer server) {
        try {
            server.run();
        } catch (IOException e) {
            log.fatal("master", "the submission socket failed: " + e.getMessage());
            Runtime.getRuntime().halt(1);
        }
    }

    /** SAFETY 3: a thread with a user's identity that is no delivery ends the process at once. */
    private void watch(IdentityWatchdog watchdog) {
        while (stop.getCount() > 0) {
            try {
                List<String> foreign = watchdog.check();
                if (!foreign.isEmpty()) {
                    log.fatal("master", "a thread has a foreign identity: " + foreign);
                    Runtime.getRuntime().halt(1);
                }
                Thread.sleep(Duration.ofSeconds(5));
            } catch (IOException e) {
                log.warning("master", "cannot look at the threads: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private OptionalInt desk(Queue queue, List<String> command, java.io.OutputStream out) throws IOException {
        return switch (String.join(" ", command)) {
            case "postqueue -p" -> {
                QueueListing listing = new QueueListing(out, ZoneId.systemDefault());
                List<QueuedMessage> all = new ArrayList<>();
                queue.browse(all::add);
                for (QueuedMessage message : all) {
                    listing.text(message);
                }
                listing.textEnd();
                yield OptionalInt.of(0);
            }
            case "postqueue -f" -> {
                int due = queue.makeDue(m -> true);
                log.info("qmgr", due + " deferred messages are due now");
                yield OptionalInt.of(0);
            }
            default -> OptionalInt.empty();
        };
    }

    private Plan plan(Configuration configuration, LinuxIdentities identities) throws ConfigurationException {
        Tables tables = new Tables(new Tables.Surroundings(
                users, identities::readRootFile, TableLog.of(log, "local"), InstantSource.system()));
        Router router = new Router(configuration, tables::open, Set.of("127.0.0.1", "::1"));
        LocalDelivery.Machine machine =
                new LocalDelivery.Machine(files, identities, users, InstantSource.system(), zone);
        List<LookupTable> aliases = new ArrayList<>();
        for (TableSpec spec : configuration.get(Parameters.ALIAS_MAPS)) {
            aliases.add(tables.openAliases(spec));
        }
        LocalTables local = new LocalTables(
                aliases,
                open(tables, configuration, Parameters.MAILBOX_COMMAND_MAPS),
                open(tables, configuration, Parameters.MAILBOX_TRANSPORT_MAPS));
        LocalDelivery delivery = new LocalDelivery(
                configuration,
                local,
                machine,
                new LocalDelivery.Shared(machine),
                address -> router.resolve(address) instanceof Resolution.Routed r
                        && r.transport().equals("local"),
                log);
        return new Plan(
                configuration,
                router,
                Map.of(
                        "local", new Agent("local", delivery, Agent.Destination.LOCAL_PART),
                        "error", fixed(FixedDelivery.Kind.ERROR, "error"),
                        "retry", fixed(FixedDelivery.Kind.RETRY, "error"),
                        "discard", fixed(FixedDelivery.Kind.DISCARD, "discard")));
    }

    private static List<LookupTable> open(
            Tables tables, Configuration configuration, Parameter<List<TableSpec>> parameter)
            throws ConfigurationException {
        List<LookupTable> opened = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            opened.add(tables.open(spec));
        }
        return opened;
    }

    private static Agent fixed(FixedDelivery.Kind kind, String program) {
        return new Agent(program, new FixedDelivery(kind), Agent.Destination.NEXT_HOP);
    }

    private static Notices notices(Bounces bounces, Forwarder forwarder) {
        return new Notices() {
            @Override
            public void failure(QueuedMessage message, List<FailedRecipient> recipients, Delivery.Content content)
                    throws IOException {
                bounces.failure(message, recipients, content);
            }

            @Override
            public void delay(QueuedMessage message, List<FailedRecipient> recipients, Delivery.Content content)
                    throws IOException {
                bounces.delay(message, recipients, content);
            }

            @Override
            public String expand(
                    QueuedMessage message,
                    RecipientState parent,
                    List<EnvelopeRecipient> children,
                    Delivery.Content content)
                    throws IOException {
                return forwarder.forward(message, parent, children, content);
            }
        };
    }
}
