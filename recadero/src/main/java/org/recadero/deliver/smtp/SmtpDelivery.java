package org.recadero.deliver.smtp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.deliver.Verification;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.net.dns.Literals;
import org.recadero.route.RelayRules;
import org.recadero.status.Outcome;

/**
 * Delivers by SMTP or LMTP: one master.cf service. Safe for all threads; a batch is run by one virtual thread.
 *
 * <p>A batch has one next hop, but perhaps several senders, and each may have an account of his own: the messages of one account
 * go together, on connections of their own (SAFETY 27). Postfix: smtp(8), smtp_connect.
 */
public final class SmtpDelivery implements Deliverer {
    /** @param program its name in the log */
    record Service(String name, String program, Protocol protocol, long generation) {}

    /** Makes connections: over sockets, or scripts in tests. */
    interface Connector {
        /**
         * Connects.
         *
         * @param bind our own address; null: the system's choice
         * @throws IOException as a socket does
         */
        Wire connect(InetAddress address, int port, @Nullable InetAddress bind, Duration timeout) throws IOException;

        /** Connects to a socket of this machine. */
        default Wire connect(String path, Duration timeout) throws IOException {
            throw new ConnectException("no socket " + path);
        }
    }

    /** What all services share. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Shared(
            Connector connector,
            Kept kept,
            Holds holds,
            Outages outages,
            Tokens tokens,
            HostTraits traits,
            SecureRandom random,
            byte[] salt,
            MailLog log) {}

    /** Our own addresses for outgoing connections; null: the system's choice. */
    record Bind(@Nullable InetAddress four, @Nullable InetAddress six) {
        static Bind of(Configuration configuration) throws ConfigurationException {
            return new Bind(
                    address(configuration, Parameters.SMTP_BIND_ADDRESS),
                    address(configuration, Parameters.SMTP_BIND_ADDRESS6));
        }

        /** Connects from the address of ours that fits. */
        Wire connect(Connector connector, Hosts.Endpoint endpoint, Duration timeout) throws IOException {
            return switch (endpoint) {
                case Hosts.Endpoint.Inet(InetAddress address, int port) ->
                    connector.connect(address, port, address instanceof Inet4Address ? four : six, timeout);
                case Hosts.Endpoint.Unix unix -> connector.connect(unix.path(), timeout);
            };
        }
    }

    final Service service;
    final SmtpSettings settings;
    final RelayRules rules;
    final Outbound outbound;
    final OutgoingChecks checks;
    final Hosts hosts;
    final Shared shared;
    final Bind bind;
    final String fallbackRelay;
    final int sessionLimit;
    final int reuseLimit;
    final Duration keptFor;
    final Duration reuseTime;

    SmtpDelivery(
            Service service,
            Configuration configuration,
            RelayRules rules,
            Outbound outbound,
            OutgoingChecks checks,
            Hosts hosts,
            Shared shared)
            throws ConfigurationException {
        this.service = Objects.requireNonNull(service);
        this.settings = SmtpSettings.of(service.protocol(), configuration);
        this.rules = Objects.requireNonNull(rules);
        this.outbound = Objects.requireNonNull(outbound);
        this.checks = Objects.requireNonNull(checks);
        this.hosts = Objects.requireNonNull(hosts);
        this.shared = Objects.requireNonNull(shared);
        this.bind = Bind.of(configuration);
        this.fallbackRelay = configuration.get(Parameters.SMTP_FALLBACK_RELAY);
        this.sessionLimit = configuration.get(Parameters.SMTP_MX_SESSION_LIMIT);
        this.reuseLimit = configuration.get(Parameters.SMTP_CONNECTION_REUSE_COUNT_LIMIT);
        this.keptFor = configuration.get(Parameters.SMTP_CONNECTION_CACHE_TIME_LIMIT);
        this.reuseTime = configuration.get(Parameters.SMTP_CONNECTION_REUSE_TIME_LIMIT);
    }

    private static @Nullable InetAddress address(Configuration configuration, Parameter<String> parameter)
            throws ConfigurationException {
        String text = configuration.get(parameter);
        if (text.isEmpty()) {
            return null;
        }
        Optional<InetAddress> address = Literals.parse(text);
        if (address.isEmpty()) {
            throw new ConfigurationException("invalid " + parameter.name() + ": " + text);
        }
        return address.get();
    }

    /** As a delivery, up to the server's answer to RCPT. Postfix: postconf(5), smtp_address_verify_target. */
    @Override
    public List<Verification> verify(List<Delivery> batch) {
        for (Delivery delivery : batch) {
            if (!delivery.message().envelope().isOnlyAQuestion()) {
                throw new IllegalArgumentException("a message that is to be delivered");
            }
        }
        return deliver(batch).stream().map(Verification::of).toList();
    }

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        return deliver(batch, Further.none());
    }

    /**
     * The last account's connection takes what waits besides. Nothing of a message that is only a question leaves but its envelope
     * ({@link Transmission}).
     */
    @Override
    public List<Outcome> deliver(List<Delivery> batch, Further further) {
        Map<ReversePath, Map<QueueId, Job>> byAccount = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            Job.Slot slot = new Job.Slot(i, delivery);
            Map<QueueId, Job> jobs = byAccount.computeIfAbsent(delivery.account(), s -> new LinkedHashMap<>());
            Job known = jobs.get(delivery.message().id());
            if (known == null) {
                jobs.put(delivery.message().id(), new Job(slot));
            } else {
                known.add(slot);
            }
        }
        List<Job> all = new ArrayList<>();
        int runs = 0;
        for (Map.Entry<ReversePath, Map<QueueId, Job>> each : byAccount.entrySet()) {
            runs++;
            Run.Supply supply = new Run.Supply(further, runs == byAccount.size(), batch.size());
            all.addAll(new Run(
                            this,
                            each.getKey(),
                            batch.getFirst().nextHop(),
                            each.getValue().values(),
                            supply)
                    .run());
        }
        return all.stream()
                .flatMap(j -> j.slots().stream())
                .sorted(Comparator.comparingInt(s -> s.index))
                .map(s -> Objects.requireNonNull(s.outcome))
                .toList();
    }
}
