package org.recadero.deliver.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.LmtpParameters;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.net.dns.Resolver;
import org.recadero.net.sasl.Secret;
import org.recadero.net.tls.ClientTls;
import org.recadero.route.Relay;
import org.recadero.route.RelayRules;
import org.recadero.route.Router;
import org.recadero.route.ServiceNames;

/**
 * Makes one client for each master.cf service whose command is {@code smtp} or {@code lmtp}, and holds what they share: connections that are kept,
 * what was learnt of servers, passwords that were refused. It lives as long as the daemon; the clients are made anew at each
 * reload. Safe for all threads.
 */
public final class SmtpClients implements AutoCloseable {
    private final Resolver resolver;
    private final Supplier<Set<InetAddress>> ownAddresses;
    private final MailLog log;
    private final SecureRandom random = new SecureRandom();
    private final Optional<SmtpDelivery.Connector> scripted;
    private final byte[] salt = new byte[16];
    private final ScheduledThreadPoolExecutor timer;
    private final Kept kept;
    private final Holds holds;
    private final Outages outages;
    private final Tokens tokens;
    private final HostTraits traits = new HostTraits();
    private final AtomicLong generations = new AtomicLong();

    /**
     * @param ownAddresses this machine's, for loops
     * @param tokens gets the tokens of accounts that have one in place of a password
     */
    public SmtpClients(
            Resolver resolver,
            Supplier<Set<InetAddress>> ownAddresses,
            MailLog log,
            InstantSource clock,
            SystemTokens tokens) {
        this(resolver, ownAddresses, log, clock, tokens, Optional.empty());
    }

    /** @param scripted in place of sockets, for tests */
    SmtpClients(
            Resolver resolver,
            Supplier<Set<InetAddress>> ownAddresses,
            MailLog log,
            InstantSource clock,
            Tokens.Fetcher tokens,
            Optional<SmtpDelivery.Connector> scripted) {
        this.resolver = Objects.requireNonNull(resolver);
        this.ownAddresses = Objects.requireNonNull(ownAddresses);
        this.log = Objects.requireNonNull(log);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("smtp-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.kept = new Kept(timer);
        this.holds = new Holds(clock);
        this.outages = new Outages(clock);
        this.tokens = new Tokens(tokens);
        this.scripted = scripted;
        random.nextBytes(salt);
    }

    /** The addresses of this machine's interfaces, as they are now. */
    public static Set<InetAddress> interfaceAddresses() {
        Set<InetAddress> all = new HashSet<>();
        try {
            NetworkInterface.networkInterfaces().forEach(i -> i.inetAddresses().forEach(all::add));
        } catch (SocketException e) {
            // none known: a loop is then bounded by hopcount_limit
            return Set.of();
        }
        return all;
    }

    /**
     * The client of one service.
     *
     * @param service its name in master.cf, {@code smtp}
     * @param command the service's: {@code smtp} or {@code lmtp}
     * @param flags its {@code flags=}
     * @param own the configuration with the service's {@code -o} overrides
     * @throws ConfigurationException where a value cannot be honoured: a TLS level, a table, an address
     */
    public SmtpDelivery client(String service, String command, ClientFlags flags, Snapshot own, Router.TableOpener open)
            throws ConfigurationException {
        Protocol protocol = Protocol.of(command);
        Configuration configuration = protocol == Protocol.LMTP ? own.with(LmtpParameters.asSmtp(own)) : own;
        String program = program(command, configuration);
        if (protocol == Protocol.LMTP && configuration.get(Parameters.LMTP_ASSUME_FINAL)) {
            log.warning(program, "lmtp_assume_final is obsolete; instead, specify \"flags=X\" in master.cf");
        }
        RelayRules rules =
                new RelayRules(configuration, open, ServiceNames.system(), warning -> log.warning(program, warning));
        SmtpDelivery.Connector connector = connector(configuration);
        Outbound outbound = new Outbound(configuration, open);
        return new SmtpDelivery(
                new SmtpDelivery.Service(service, program, protocol, flags, generations.incrementAndGet()),
                configuration,
                rules,
                outbound,
                new OutgoingChecks(protocol, configuration, open, outbound, program, log),
                new Hosts(protocol, configuration, resolver, ownAddresses, random),
                new SmtpDelivery.Shared(connector, kept, holds, outages, tokens, traits, random, salt, log));
    }

    private SmtpDelivery.Connector connector(Configuration configuration) {
        ClientTls tls = new ClientTls(random, (int)
                configuration.get(Parameters.SMTP_TLS_SESSION_CACHE_TIMEOUT).toSeconds());
        return scripted.orElse(new Sockets(tls));
    }

    /**
     * Tries a relay for real, sends nothing.
     *
     * @param configuration of the service that would send
     * @throws ConfigurationException as {@link #client}
     */
    public List<Probe.Step> probe(Configuration configuration, Relay relay, ReversePath sender)
            throws ConfigurationException {
        Relay ready = relay;
        if (relay.token().isPresent()) {
            long began = System.nanoTime();
            switch (tokens.current(relay.token().get())) {
                case Tokens.Fetched.Got(Secret token) -> ready = relay.withToken(token);
                case Tokens.Fetched.Failed(String why) -> {
                    return List.of(new Probe.Step(
                            Probe.Stage.AUTH,
                            Duration.ofNanos(System.nanoTime() - began),
                            false,
                            why,
                            Probe.Trouble.TOKEN));
                }
            }
        }
        return new Probe(
                        SmtpSettings.of(Protocol.SMTP, configuration),
                        new Hosts(Protocol.SMTP, configuration, resolver, ownAddresses, random),
                        connector(configuration),
                        SmtpDelivery.Bind.of(configuration),
                        random)
                .run(ready, sender);
    }

    /** Whether a service of master.cf with this command is made here. */
    public static boolean serves(String command) {
        return command.equals(Protocol.SMTP.program()) || command.equals(Protocol.LMTP.program());
    }

    /** What the log calls it: {@code smtp}; with {@code -o syslog_name=postfix/relay}: {@code relay/smtp}. */
    public static String program(String command, Configuration configuration) {
        String name = configuration.get(Parameters.SYSLOG_NAME);
        int slash = name.indexOf('/');
        String program = Protocol.of(command).program();
        return slash < 0 ? program : name.substring(slash + 1) + "/" + program;
    }

    /** Real connections. */
    private final class Sockets implements SmtpDelivery.Connector {
        private final ClientTls tls;

        Sockets(ClientTls tls) {
            this.tls = tls;
        }

        @Override
        public Wire connect(InetAddress address, int port, @Nullable InetAddress bind, Duration timeout)
                throws IOException {
            return SocketWire.connect(address, port, bind, timeout, tls, timer);
        }

        @Override
        public Wire connect(String path, Duration timeout) throws IOException {
            return UnixWire.connect(path, timeout);
        }
    }

    /** Somebody flushed the queue: accounts on hold may be tried once. */
    public void flushed() {
        holds.flushed();
    }

    /**
     * What mail waits for: refused passwords, and relays that could not be used for some time.
     *
     * @param age of an outage; a refused password is told at once
     */
    public List<Wait> waits(Duration age) {
        List<Wait> all = new ArrayList<>(holds.waits());
        for (Outages.Outage outage : outages.olderThan(age)) {
            if (all.stream().noneMatch(w -> w.reason().equals(outage.reason()))) {
                // SAFETY 30: off line is what all of them are
                all.add(new Wait(
                        outage.relay(),
                        outage.since(),
                        outage.othersAnswer()
                                ? outage.reason() + " (other servers answer: probably a mistake, here or there)"
                                : outage.reason(),
                        outage.submitters()));
            }
        }
        return all;
    }

    /**
     * Something that mail waits for.
     *
     * @param what a relay, or a login at a host
     * @param submitters whose mail it is; empty: not a user of this machine
     */
    public record Wait(String what, Instant since, String reason, Set<Optional<Integer>> submitters) {
        public Wait {
            submitters = Set.copyOf(submitters);
        }

        @Override
        public String toString() {
            return "mail waits for " + what + ": " + reason;
        }
    }

    @Override
    public void close() {
        kept.close();
        timer.shutdown();
    }
}
