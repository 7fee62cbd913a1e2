package org.recadero.daemon;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.recadero.bounce.Bounces;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.Product;
import org.recadero.config.Snapshot;
import org.recadero.control.ControlClient;
import org.recadero.control.ControlServer;
import org.recadero.control.ControlVerb;
import org.recadero.control.QueueDesk;
import org.recadero.deliver.local.Forwarder;
import org.recadero.deliver.local.LocalDelivery;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.deliver.smtp.SystemTokens;
import org.recadero.dispatch.Dispatcher;
import org.recadero.dispatch.Notices;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.net.dns.DnsResolver;
import org.recadero.os.ExecCommands;
import org.recadero.os.FolderWatch;
import org.recadero.os.Identity;
import org.recadero.os.IdentityWatchdog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.os.NetworkWatch;
import org.recadero.os.OwnUser;
import org.recadero.os.ProcessFacts;
import org.recadero.os.RecentUsers;
import org.recadero.os.UnixListener;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.queue.Content;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;
import org.recadero.receive.cleanup.Cleanup;
import org.recadero.receive.smtpd.SmtpServer;
import org.recadero.receive.smtpd.StandAloneSession;
import org.recadero.receive.submit.DropFolder;
import org.recadero.receive.submit.SubmissionComposer;
import org.recadero.receive.submit.SubmissionIntake;
import org.recadero.receive.submit.SubmissionLimits;
import org.recadero.receive.submit.SubmissionServer;
import org.recadero.receive.submit.SubmitPermission;
import org.recadero.receive.submit.UnixSockets;
import org.recadero.route.LoginSenders;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.Outcome;
import org.recadero.status.SysExits;
import org.recadero.table.TableLog;
import org.recadero.table.Tables;

/**
 * Wires the stages with constructors, in the order of a message's path, and keeps them running until it is told to stop. What a
 * reload changes is in {@link Wiring}.
 */
public final class Daemon {
    private static final Duration DELIVERY_DEADLINE = Duration.ofMinutes(2);
    private static final int BACKLOG = 128;
    private static final int MAX_KEY_BYTES = 1 << 20;
    /** Only the mail owner and its group get as far as the socket: its folder is 0750 (SAFETY 20). */
    private static final int CONTROL_MODE = 0660;

    /** What a reload cannot change: it says so, and the old value stays. */
    private static final List<Parameter<?>> FIXED =
            List.of(Parameters.QUEUE_DIRECTORY, Parameters.MAIL_OWNER, Parameters.SYSLOG_NAME);

    private final Path folder;
    private final CurrentLog sink;
    private final MailLog log;
    private final LinuxFileSystem files = new LinuxFileSystem();
    private final ProcessFacts process = new ProcessFacts();
    private final ZoneId zone = ZoneId.systemDefault();
    private final long startedNanos = System.nanoTime();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Daemon(Path folder, Snapshot configuration) {
        this.folder = folder;
        this.sink = new CurrentLog(Logging.sink(configuration));
        this.log = new MailLog(sink, configuration.get(Parameters.SYSLOG_NAME));
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
        Daemon daemon = new Daemon(folder, loaded.configuration());
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(daemon::shutDown));
        try {
            daemon.serve(loaded);
            return 0;
        } catch (IOException | ConfigurationException e) {
            daemon.log.fatal("master", String.valueOf(e.getMessage()));
            System.err.println("postfix: fatal: " + e.getMessage());
            return 1;
        } finally {
            daemon.sink.close();
            daemon.stopped.countDown();
        }
    }

    private void shutDown() {
        stop.countDown();
        try {
            if (!stopped.await(5, TimeUnit.SECONDS)) {
                log.warning("master", "not everything ended within 5 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Configurations.Loaded loaded) throws IOException, ConfigurationException {
        protectProcess();
        for (String warning : loaded.warnings()) {
            log.warning("master", warning);
        }
        Snapshot first = loaded.configuration();
        Path home = Path.of(first.get(Parameters.QUEUE_DIRECTORY)).resolve("recadero");
        LinuxIdentities identities = new LinuxIdentities(files, DELIVERY_DEADLINE);
        LocalDelivery.Machine machine =
                new LocalDelivery.Machine(files, identities, users(first), InstantSource.system(), zone);
        QueueSettings settings = new QueueSettings(
                home, files, QueueSettings.SEGMENT_BYTES, first.get(Parameters.QUEUE_MINFREE), Product.VERSION);
        try (LocalDelivery.Shared shared = new LocalDelivery.Shared(machine);
                SmtpClients smtp = new SmtpClients(
                        DnsResolver.system(),
                        SmtpClients::interfaceAddresses,
                        log,
                        InstantSource.system(),
                        new SystemTokens(
                                files,
                                identities,
                                machine.users(),
                                new ExecCommands(ExecCommands.besideProgram()),
                                warning -> log.warning("smtp", warning)));
                Queue queue = SegmentLogQueue.open(settings, new SystemQueueClock())) {
            new Stages(home, identities, machine.users(), queue, new Wiring(machine, shared, smtp, log), smtp, first)
                    .serve();
        }
    }

    private UserDatabase users(Snapshot configuration) throws IOException {
        Identity self = new Identity(process.uids().effective(), process.gids().effective(), process.groups());
        try {
            return OwnUser.addedTo(
                    new RecentUsers(new LibcUserDatabase(), System::nanoTime),
                    configuration.get(Parameters.MAIL_OWNER),
                    self,
                    System.getenv().getOrDefault("HOME", ""));
        } catch (UserDatabaseException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** SAFETY 5: never root, and nothing of this process's memory ever on disk. */
    private void protectProcess() throws IOException {
        if (process.uids().includeRoot()) {
            throw new IOException("the daemon does not run as root; postfix start gives it another user");
        }
        if (process.suidDumpable() == 1) {
            throw new IOException("fs.suid_dumpable is 1: memory with passwords could be dumped; set it to 0 or 2");
        }
        process.forbidDumps();
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

    /** Work that goes on until the daemon stops; where it fails by itself the daemon ends, and is started again by its manager. */
    @FunctionalInterface
    private interface Service {
        void run() throws IOException;
    }

    private void start(String name, Service service) {
        Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                service.run();
            } catch (IOException e) {
                if (stop.getCount() > 0) {
                    log.fatal("master", "the service " + name + " failed: " + e.getMessage());
                    Runtime.getRuntime().halt(1);
                }
            }
        });
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

    /** The stages, once the queue is open. */
    private final class Stages {
        private final Path home;
        private final LinuxIdentities identities;
        private final UserDatabase users;
        private final Queue queue;
        private final Wiring wiring;
        private final Cleanup cleanup;
        private final Bounces bounces;
        private final QueueDesk queueDesk;
        private final Troubles troubles;
        private final Presence presence;
        private final SmtpClients smtpClients;
        private final WaitNotices waitNotices;
        private volatile Running running;

        Stages(
                Path home,
                LinuxIdentities identities,
                UserDatabase users,
                Queue queue,
                Wiring wiring,
                SmtpClients smtp,
                Snapshot first)
                throws ConfigurationException {
            this.home = home;
            this.identities = identities;
            this.users = users;
            this.queue = queue;
            this.wiring = wiring;
            this.smtpClients = smtp;
            this.running = wiring.of(first);
            this.cleanup = new Cleanup(queue, this::configuration, users, log, zone, this::giveBack, wiring::openTable);
            this.bounces = new Bounces(cleanup, this::configuration, log, zone);
            sayDoubts(first);
            this.queueDesk = new QueueDesk(queue, zone, log, smtp::flushed, this::waits);
            this.troubles = new Troubles(bounces, log, System::nanoTime);
            this.waitNotices = new WaitNotices(
                    bounces,
                    new LocalMailboxes(
                            () -> running, users, uid -> queue.loadOf(uid).messages() > 0),
                    log,
                    InstantSource.system());
            this.presence = new Presence(home, System.getenv(), System.out, process, log);
        }

        /** What mail waits for, for mailq and status. */
        private List<String> waits() {
            return smtpClients.waits(Duration.ZERO).stream()
                    .map(SmtpClients.Wait::toString)
                    .toList();
        }

        private Snapshot configuration() {
            return running.configuration();
        }

        /** SAFETY 22. */
        private SubmissionLimits.Bounds bounds() {
            return new SubmissionLimits.Bounds(
                    SubmissionLimits.CONNECTIONS_PER_USER,
                    SubmissionLimits.CONNECTIONS,
                    configuration().get(Parameters.RECADERO_USER_MESSAGE_LIMIT),
                    configuration().get(Parameters.RECADERO_USER_QUEUE_LIMIT));
        }

        /** Certificates and keys: main.cf names them, and keys are usually root's (CONTRACTS, who runs as whom). */
        private byte[] keys(String path) throws IOException {
            return Files.isReadable(Path.of(path))
                    ? Files.readAllBytes(Path.of(path))
                    : identities.readRootFile(path, MAX_KEY_BYTES);
        }

        /** The services that master.cf opens to the network; none where there is no master.cf. */
        private SmtpServer smtpServer() throws ConfigurationException {
            Path file = folder.resolve("master.cf");
            List<MasterCf.Entry> services =
                    Files.exists(file) ? MasterCf.read(file).entries() : List.of();
            return new SmtpServer(this::configuration, services, smtpNeeds());
        }

        private SmtpServer.Needs smtpNeeds() {
            Tables tables = new Tables(new Tables.Surroundings(
                    users, identities::readRootFile, TableLog.of(log, "smtpd"), InstantSource.system()));
            SecureRandom random = new SecureRandom();
            return new SmtpServer.Needs(
                    cleanup,
                    tables,
                    DnsResolver.system(),
                    log,
                    this::keys,
                    () -> new SubmissionId(random.nextLong(), random.nextLong()),
                    InstantSource.system(),
                    (kinds, client, transcript) -> troubles.session(client, transcript));
        }

        void serve() throws IOException, ConfigurationException {
            SubmissionIntake intake = new SubmissionIntake(
                    cleanup,
                    new SubmissionComposer(users, new SubmitPermission() {
                        @Override
                        public boolean maySubmit(int uid, String login) {
                            return AuthorizedUsers.has(running.users().submit(), login);
                        }

                        @Override
                        public LoginSenders.Answer maySendAs(int uid, Optional<String> login, String sender) {
                            return running.senders().allows(LoginSenders.name(login, uid), sender);
                        }
                    }),
                    new SubmissionLimits(this::bounds, uid -> {
                        Queue.Load load = queue.loadOf(uid);
                        return new SubmissionLimits.Load(load.messages(), load.bytes());
                    }),
                    log);
            DropFolder drops = new DropFolder(
                    home.resolve("drop"),
                    home.resolve("corrupt"),
                    files,
                    intake,
                    DropFolder.Bounds.of(configuration().get(Parameters.MESSAGE_SIZE_LIMIT)),
                    InstantSource.system(),
                    new SecureRandom(),
                    log);
            Dispatcher dispatcher = new Dispatcher(
                    queue,
                    () -> running.plan(),
                    notices(new Forwarder(this::configuration, cleanup)),
                    log,
                    InstantSource.system());
            int ownUid = process.uids().effective();
            String control = home.resolve(ControlClient.SOCKET).toString();
            try (presence;
                    ControlServer controls = new ControlServer(
                            UnixListener.bind(control, CONTROL_MODE, BACKLOG), ownUid, this::control, log);
                    SubmissionServer submissions = new SubmissionServer(
                            UnixSockets.bind(home.resolve("submit"), BACKLOG),
                            intake,
                            new PublicDesk(queueDesk, () -> running, users, ownUid),
                            new StandAloneSession(this::configuration, smtpNeeds())::serve,
                            () -> configuration().get(Parameters.ALIAS_DATABASE),
                            drops::knock,
                            log);
                    SmtpServer smtp = smtpServer()) {
                dispatcher.start();
                smtp.start();
                Thread dropThread = Thread.ofPlatform()
                        .daemon()
                        .name("drop")
                        .start(() -> drops.run(configuration().get(Parameters.QUEUE_RUN_DELAY)));
                for (Path drop : List.of(home.resolve("drop"), home.resolve("drop/root"))) {
                    watchDrops(drop, drops);
                }
                Daemon.this.start("control", controls::run);
                Daemon.this.start("submit", submissions::run);
                Daemon.this.start("network", this::watchNetwork);
                Daemon.this.start("health", this::lookAround);
                Daemon.this.start("watchdog", () -> watch(new IdentityWatchdog(identities)));
                log.info("master", "daemon started -- version " + Product.VERSION + ", configuration " + folder);
                presence.ready("takes mail");
                awaitStop();
                presence.stopping();
                log.info("master", "terminating on signal 15");
                dropThread.interrupt();
            }
            dispatcher.close();
        }

        /** SAFETY 23. Where the folder cannot be watched, it is still looked into every queue_run_delay. */
        private void watchDrops(Path drop, DropFolder drops) {
            if (!Files.exists(drop)) {
                return; // an instance of an ordinary user has no drop/root
            }
            Thread.ofPlatform().daemon().name("watch-drop").start(() -> {
                try (FolderWatch watch = FolderWatch.of(drop.toString())) {
                    while (stop.getCount() > 0) {
                        if (watch.await(Duration.ofMinutes(10))) {
                            drops.knock();
                        }
                    }
                } catch (IOException e) {
                    log.warning("pickup", "cannot watch " + drop + ": " + e.getMessage());
                }
            });
        }

        /** SAFETY 30: mail that had to wait goes out as soon as this machine has an address or a route again. */
        private void watchNetwork() {
            try (NetworkWatch watch = NetworkWatch.open()) {
                new NetworkChanges(watch::await, this::awaitQuietly, new SecureRandom())
                        .run(() -> stop.getCount() > 0, () -> {
                            try {
                                int due = queue.makeDue(QueuedMessage::waited);
                                if (due > 0) {
                                    log.info(
                                            "qmgr",
                                            "the network has changed: " + due + " waiting messages are due now");
                                }
                            } catch (IOException e) {
                                log.warning(
                                        "qmgr",
                                        "the network has changed, but what waits cannot be made due: "
                                                + e.getMessage());
                            }
                        });
            } catch (IOException e) {
                log.warning("qmgr", "cannot watch the network, mail waits for its next attempt: " + e.getMessage());
            }
        }

        /** Every minute what the administrator should hear of, every five seconds whether all is quiet. */
        private void lookAround() {
            Leisure leisure = new Leisure(sink::lines);
            for (int i = 0; stop.getCount() > 0; i++) {
                boolean fullMinute = i % 12 == 0;
                if (fullMinute) {
                    troubles.look(queue.stats().warnings());
                    waitNotices.look(smtpClients.waits(Duration.ZERO));
                    // whatever else wakes once a minute, and what the compiler makes of it, is over then
                    awaitQuietly(Duration.ofSeconds(1));
                }
                leisure.look(fullMinute);
                awaitQuietly(Duration.ofSeconds(5));
            }
        }

        private int control(ControlVerb verb, List<String> arguments, OutputStream out, OutputStream err)
                throws IOException {
            return switch (verb) {
                case RELOAD -> reload(err);
                case ABORT -> {
                    log.info("master", "aborted");
                    Thread.ofPlatform().daemon().start(() -> {
                        // the answer goes out first; what is not recorded is done again after the next start
                        awaitQuietly(Duration.ofMillis(200));
                        sink.close();
                        Runtime.getRuntime().halt(0);
                    });
                    yield SysExits.OK;
                }
                case STATUS -> {
                    out.write(new DaemonStatus(
                                    queue, waits(), process, Duration.ofNanos(System.nanoTime() - startedNanos))
                            .text()
                            .getBytes(StandardCharsets.UTF_8));
                    yield SysExits.OK;
                }
                case LIST, LIST_JSON, FLUSH, CHANGE, CHANGE_ALL, CAT -> queueDesk.serve(verb, arguments, out, err);
            };
        }

        private void awaitQuietly(Duration time) {
            try {
                Thread.sleep(time);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void sayDoubts(Snapshot configuration) throws ConfigurationException {
            wiring.doubts(configuration).forEach(doubt -> log.warning("master", doubt));
            bounces.readTemplates();
        }

        /** A wrong configuration changes nothing: the old one stays in force, and the log and the caller hear why. */
        private synchronized int reload(OutputStream err) throws IOException {
            presence.reloading();
            try {
                Configurations.Loaded loaded = Configurations.load(folder);
                Running next = wiring.of(loaded.configuration());
                Snapshot before = configuration();
                running = next;
                sink.become(Logging.sink(loaded.configuration()));
                for (String warning : loaded.warnings()) {
                    log.warning("master", warning);
                }
                for (Parameter<?> parameter : FIXED) {
                    if (!before.get(parameter).equals(loaded.configuration().get(parameter))) {
                        log.warning("master", "to change " + parameter.name() + ", stop and start the mail system");
                    }
                }
                sayDoubts(loaded.configuration());
                log.info("master", "reload -- version " + Product.VERSION + ", configuration " + folder);
                return SysExits.OK;
            } catch (ConfigurationException e) {
                String text = "the old configuration stays in force: " + e.getMessage();
                log.error("master", text);
                err.write(("postfix: fatal: " + text + "\n").getBytes(StandardCharsets.UTF_8));
                return 1;
            } finally {
                presence.reloaded("takes mail");
            }
        }

        /** Too many hops: told as a bounce is, before the message goes (SAFETY 10). */
        private void giveBack(QueueId id, DeliveryStatus status) throws IOException {
            QueuedMessage message = queue.find(id).orElse(null);
            if (message == null) {
                return;
            }
            for (RecipientState recipient : message.recipients()) {
                log.delivery("cleanup", id, recipient.recipient(), status, Duration.ZERO, Duration.ZERO, "bounced");
            }
            bounces.failure(
                    message,
                    message.recipients().stream()
                            .map(r -> new FailedRecipient(r, status))
                            .toList(),
                    () -> queue.openContent(id));
            if (queue.change(id, Queue.Change.DELETE)) {
                log.removed(id);
            }
        }

        private Notices notices(Forwarder forwarder) {
            return new Notices() {
                @Override
                public void failure(QueuedMessage message, List<FailedRecipient> recipients, Content content)
                        throws IOException {
                    bounces.failure(message, recipients, content);
                }

                @Override
                public void delay(QueuedMessage message, List<FailedRecipient> recipients, Content content)
                        throws IOException {
                    bounces.delay(message, recipients, content);
                }

                @Override
                public void trace(QueuedMessage message, List<FailedRecipient> recipients, Content content)
                        throws IOException {
                    bounces.trace(message, recipients, content);
                }

                @Override
                public void success(QueuedMessage message, List<FailedRecipient> recipients, Content content)
                        throws IOException {
                    bounces.success(message, recipients, content);
                }

                @Override
                public void software(String what) {
                    troubles.software(what);
                }

                @Override
                public String expand(
                        QueuedMessage message, RecipientState parent, Outcome.Expanded expanded, Content content)
                        throws IOException {
                    return forwarder.forward(message, parent, expanded, content);
                }
            };
        }
    }
}
