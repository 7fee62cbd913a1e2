package org.recadero.receive.smtpd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.Resolver;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.net.tls.server.ServerTls;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.route.OwnAddresses;
import org.recadero.table.Tables;

/**
 * Listens where master.cf's {@code inet} services with the command {@code smtpd} say, and serves each client on a virtual thread.
 * A session keeps the configuration that it began with; the next one has the newest.
 *
 * <p>Connections are bounded by {@link #MAX_CONNECTIONS} for each service, or by its {@code maxproc} column: more wait in the
 * system's backlog. Postfix: smtpd(8), master(8).
 */
public final class SmtpServer implements AutoCloseable {
    /** Bound for the clients of one service at a time, where master.cf names none. */
    public static final int MAX_CONNECTIONS = 2_000;

    /** Connections that have a system thread each: far over what a client machine has at a time. */
    private static final int SYSTEM_THREADS = 128;

    private static final String PROGRAM = "smtpd";
    private static final int BACKLOG = 512;
    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(500);
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);

    /**
     * What the server needs.
     *
     * @param keyReader reads certificates and keys, root's too
     */
    public record Needs(
            MessageIntake cleanup,
            Tables tables,
            Resolver names,
            MailLog log,
            ServerTls.FileReader keyReader,
            Supplier<SubmissionId> submissionIds,
            InstantSource clock,
            Postmaster postmaster) {
        public Needs {
            Objects.requireNonNull(cleanup);
            Objects.requireNonNull(tables);
            Objects.requireNonNull(names);
            Objects.requireNonNull(log);
            Objects.requireNonNull(keyReader);
            Objects.requireNonNull(submissionIds);
            Objects.requireNonNull(clock);
            Objects.requireNonNull(postmaster);
        }
    }

    /** What one configuration means for one service. */
    private record Made(
            Configuration base, ServiceSettings settings, Optional<ServerTls> tls, Optional<SaslServer> sasl) {}

    private final Supplier<Configuration> configuration;
    private final List<MasterCf.Entry> services;
    private final Needs needs;
    private final ClientLimits limits;
    private final List<ServerSocket> listeners = new ArrayList<>();
    private final Semaphore systemThreads = new Semaphore(SYSTEM_THREADS);
    private final Set<Serving> serving = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    /** @param services all of master.cf; those of other types and commands are left alone */
    public SmtpServer(Supplier<Configuration> configuration, List<MasterCf.Entry> services, Needs needs) {
        this.configuration = Objects.requireNonNull(configuration);
        this.services = services.stream()
                .filter(e -> e.type() == MasterCf.Type.INET && e.command().equals(PROGRAM))
                .toList();
        this.needs = Objects.requireNonNull(needs);
        this.limits = new ClientLimits(needs.clock());
    }

    /**
     * Checks each service's configuration, binds all its addresses and begins to accept.
     *
     * @throws ConfigurationException where a setting is wrong or a restriction not supported
     * @throws IOException where an address cannot be bound
     */
    public void start() throws ConfigurationException, IOException {
        try {
            for (MasterCf.Entry entry : services) {
                Service service = new Service(entry);
                for (Listening.Place place : Listening.places(
                        entry.service(), service.made.settings().configuration())) {
                    Optional<ServerSocket> listener = bind(place);
                    if (listener.isPresent()) {
                        listeners.add(listener.get());
                        ServerSocket socket = listener.get();
                        Thread.ofPlatform()
                                .daemon()
                                .name("smtpd-" + entry.service())
                                .start(() -> service.accept(socket));
                    }
                }
            }
        } catch (ConfigurationException | IOException e) {
            closing = true;
            closeListeners();
            throw e;
        }
    }

    /** The ports that are listened on, in the order of the services. */
    public List<Integer> ports() {
        return listeners.stream().map(ServerSocket::getLocalPort).toList();
    }

    private Optional<ServerSocket> bind(Listening.Place place) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(place.address(), BACKLOG);
            return Optional.of(socket);
        } catch (IOException e) {
            socket.close();
            boolean missing = String.valueOf(e.getMessage()).contains("assign requested address");
            if (place.optional() && missing) {
                needs.log()
                        .warning(
                                "master",
                                "no address " + place.address().getAddress().getHostAddress()
                                        + " on this machine: not listening there");
                return Optional.empty();
            }
            throw new IOException("bind " + place.address() + ": " + e.getMessage(), e);
        }
    }

    /** One line of master.cf. */
    private final class Service {
        private final MasterCf.Entry entry;
        private final Semaphore room;
        private volatile Made made;

        Service(MasterCf.Entry entry) throws ConfigurationException {
            this.entry = entry;
            int most = entry.mostProcesses().orElse(0);
            this.room = new Semaphore(most > 0 ? most : MAX_CONNECTIONS);
            this.made = make(configuration.get());
        }

        private Made make(Configuration base) throws ConfigurationException {
            Configuration own =
                    base instanceof Snapshot snapshot ? snapshot.with(entry.overrides(), entry.source()) : base;
            Optional<ServerTls> tls = Certificates.of(own, needs.keyReader());
            Optional<SaslServer> sasl = SaslServers.of(own, needs.keyReader());
            ServiceSettings settings = ServiceSettings.of(
                    own, new ServiceSettings.Tools(needs.tables(), OwnAddresses.of(own), sasl, tls.isPresent()));
            return new Made(base, settings, tls, sasl);
        }

        /** The settings of the newest configuration; those before where it cannot be used. */
        private Made current() {
            Configuration base = configuration.get();
            Made known = made;
            if (known.base().equals(base)) {
                return known;
            }
            synchronized (this) {
                if (!made.base().equals(base)) {
                    try {
                        made = make(base);
                    } catch (ConfigurationException e) {
                        needs.log()
                                .warning(PROGRAM, e.getMessage() + "; " + entry.label() + " keeps its configuration");
                        made = new Made(base, made.settings(), made.tls(), made.sasl());
                    }
                }
                return made;
            }
        }

        void accept(ServerSocket listener) {
            while (!closing) {
                try {
                    room.acquire();
                    Socket socket = listener.accept();
                    Serving client = new Serving(this, socket);
                    serving.add(client);
                    startThread(client);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                } catch (IOException e) {
                    room.release();
                    if (closing || !waitOut(e)) {
                        return;
                    }
                }
            }
        }

        /** A system thread is woken by its socket itself, a virtual one by way of two others; many idle ones cost nothing. */
        private void startThread(Serving client) {
            if (systemThreads.tryAcquire()) {
                Thread.ofPlatform().daemon().name("smtpd-client").start(() -> {
                    try {
                        client.run();
                    } finally {
                        systemThreads.release();
                    }
                });
            } else {
                Thread.ofVirtual().name("smtpd-client").start(client);
            }
        }

        private boolean waitOut(IOException e) {
            needs.log().warning("master", "cannot accept a connection: " + e.getMessage());
            try {
                Thread.sleep(ACCEPT_PAUSE);
                return true;
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    /** One client on its thread. */
    private final class Serving implements Runnable {
        private final Service service;
        private final Socket socket;
        private volatile Optional<SmtpSession> session = Optional.empty();

        Serving(Service service, Socket socket) {
            this.service = service;
            this.socket = socket;
        }

        @Override
        public void run() {
            try (socket) {
                serve();
            } catch (IOException e) {
                needs.log().info(PROGRAM, "lost connection: " + e.getMessage());
            } catch (RuntimeException e) {
                needs.log().error(PROGRAM, "session ended: " + e);
            } finally {
                serving.remove(this);
                service.room.release();
            }
        }

        private void serve() throws IOException {
            Made made = service.current();
            Configuration own = made.settings().configuration();
            MailLog log = needs.log().as(own.get(Parameters.SYSLOG_NAME));
            InetAddress address = OwnAddresses.withoutScope(socket.getInetAddress());
            boolean encrypts = made.settings().rules().tls() == SessionRules.TlsLevel.ENCRYPT;
            boolean wrapped = own.get(Parameters.SMTPD_TLS_WRAPPERMODE);
            int open = limits.opened(address, made.settings().rates().span());
            try (SocketConnection connection = new SocketConnection(socket, made.tls(), encrypts || wrapped)) {
                Peer peer = PeerNames.peer(
                        address, socket.getPort(), needs.names(), own.get(Parameters.SMTPD_PEERNAME_LOOKUP));
                Access access = new Access(
                        made.settings(),
                        needs.names(),
                        limits,
                        peer,
                        new Access.Door(service.entry.service(), socket.getLocalAddress()));
                Optional<SmtpSession.TooMuch> tooMany = access.tooManyAtOnce(peer, open);
                if (tooMany.isPresent()) {
                    refuse(connection, log, peer, access.rules(), tooMany.get());
                    return;
                }
                SessionState state = SessionState.of(peer);
                if (wrapped) {
                    connection.readTimeout(own.get(Parameters.SMTPD_STARTTLS_TIMEOUT));
                    state = state.encrypted(connection.startTls());
                }
                SmtpSession.Services services = new SmtpSession.Services(
                        needs.cleanup(), log, made.sasl(), needs.submissionIds(), Thread::sleep, needs.postmaster());
                SmtpSession begun = new SmtpSession(connection, state, access, access, services);
                session = Optional.of(begun);
                begun.run();
            } finally {
                limits.closed(address);
            }
        }

        private void refuse(
                SocketConnection connection, MailLog log, Peer peer, SessionRules rules, SmtpSession.TooMuch why)
                throws IOException {
            log.info(PROGRAM, "connect from " + peer.nameAndAddress());
            log.warning(PROGRAM, why.warning());
            Wire wire = new Wire(connection.input(), connection.output());
            wire.reply(rules.footer()
                    .under(
                            why.reply(),
                            () -> SessionState.of(peer),
                            rules.host(),
                            warning -> log.warning(PROGRAM, warning)));
            wire.flush();
            log.info(PROGRAM, "disconnect from " + peer.nameAndAddress() + " commands=0/0");
        }

        boolean isBusy() {
            return session.filter(SmtpSession::isBusy).isPresent();
        }

        void cut() {
            try {
                socket.close();
            } catch (IOException e) {
                needs.log().info(PROGRAM, "cannot close a connection: " + e.getMessage());
            }
        }
    }

    private void closeListeners() {
        for (ServerSocket listener : listeners) {
            try {
                listener.close();
            } catch (IOException e) {
                needs.log().warning("master", "cannot close a listener: " + e.getMessage());
            }
        }
    }

    /** Stops accepting, lets messages that are on their way into the queue finish for {@link #LAST_WORDS}, then closes all. */
    @Override
    public void close() {
        closing = true;
        closeListeners();
        serving.stream().filter(s -> !s.isBusy()).forEach(Serving::cut);
        long deadline = System.nanoTime() + LAST_WORDS.toNanos();
        while (serving.stream().anyMatch(Serving::isBusy) && System.nanoTime() < deadline) {
            try {
                Thread.sleep(Duration.ofMillis(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        serving.forEach(Serving::cut);
    }

    /** A {@link ServerTls.FileReader} for files that this process may read itself. */
    public static ServerTls.FileReader ownFiles() {
        return path -> Files.readAllBytes(Path.of(path));
    }

    /** Names of clients. */
    static final class PeerNames {
        private PeerNames() {}

        /** Postfix: smtpd_peer(3): a name counts where its addresses have the client's among them. */
        static Peer peer(InetAddress address, int port, Resolver names, boolean lookUp) {
            if (!lookUp) {
                return new Peer(address, port, Peer.UNKNOWN, Peer.NameMissing.YES, Optional.empty());
            }
            return switch (names.names(address)) {
                case Answer.NoSuchName<String> none -> unknown(address, port, Peer.NameMissing.YES, Optional.empty());
                case Answer.NoData<String> none -> unknown(address, port, Peer.NameMissing.YES, Optional.empty());
                case Answer.Failed<String> failed -> unknown(address, port, Peer.NameMissing.FOR_NOW, Optional.empty());
                case Answer.Found<String> found ->
                    verified(address, port, names, found.values().getFirst());
            };
        }

        private static Peer unknown(InetAddress address, int port, Peer.NameMissing why, Optional<String> reverse) {
            return new Peer(address, port, Peer.UNKNOWN, why, reverse);
        }

        private static Peer verified(InetAddress address, int port, Resolver names, String name) {
            if (!HostNames.isName(name)) {
                return unknown(address, port, Peer.NameMissing.YES, Optional.empty());
            }
            Optional<String> reverse = Optional.of(name);
            return switch (names.addresses(name)) {
                case Answer.Found<InetAddress> found ->
                    found.values().contains(address)
                            ? Peer.of(address, port, name)
                            : unknown(address, port, Peer.NameMissing.YES, reverse);
                case Answer.NoSuchName<InetAddress> none -> unknown(address, port, Peer.NameMissing.YES, reverse);
                case Answer.NoData<InetAddress> none -> unknown(address, port, Peer.NameMissing.YES, reverse);
                case Answer.Failed<InetAddress> failed -> unknown(address, port, Peer.NameMissing.FOR_NOW, reverse);
            };
        }
    }
}
