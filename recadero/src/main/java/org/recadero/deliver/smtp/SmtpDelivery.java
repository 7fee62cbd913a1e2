package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
import org.recadero.deliver.DeliveredTo;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.deliver.ServiceFlag;
import org.recadero.deliver.Verification;
import org.recadero.envelope.Address;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.net.dns.Literals;
import org.recadero.route.RelayRules;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Delivers by SMTP or LMTP: one master.cf service. Safe for all threads; a batch is run by one virtual thread.
 *
 * <p>A batch has one next hop, but perhaps several senders, and each may have an account of his own: the messages of one account
 * go together, on connections of their own (SAFETY 27). Postfix: smtp(8), smtp_connect.
 */
public final class SmtpDelivery implements Deliverer {
    /** So much of a message is searched for its Delivered-To fields. */
    private static final int MOST_HEADER_BYTES = 1 << 20;

    /** @param program its name in the log */
    record Service(String name, String program, Protocol protocol, ClientFlags flags, long generation) {}

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
    /** Postfix: postconf(5), lmtp_assume_final. */
    final boolean assumesFinal;

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
        this.assumesFinal = service.protocol() == Protocol.LMTP && configuration.get(Parameters.LMTP_ASSUME_FINAL);
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
    public void suspended(Delivery delivery) {
        for (String part : RelayRules.parts(delivery.nextHop())) {
            shared.outages().alsoWaits(part, delivery.message().envelope().uid());
        }
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
        List<Job> all = new ArrayList<>();
        Map<ReversePath, List<Job.Slot>> byAccount = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            Job.Slot slot = new Job.Slot(i, delivery);
            Optional<Outcome> loop = loop(delivery);
            if (loop.isPresent()) {
                slot.outcome = loop.get();
                all.add(new Job(slot));
            } else {
                byAccount
                        .computeIfAbsent(delivery.account(), s -> new ArrayList<>())
                        .add(slot);
            }
        }
        int runs = 0;
        for (Map.Entry<ReversePath, List<Job.Slot>> each : byAccount.entrySet()) {
            runs++;
            Run.Supply supply = new Run.Supply(further, runs == byAccount.size(), batch.size());
            all.addAll(new Run(this, each.getKey(), batch.getFirst().nextHop(), jobs(each.getValue()), supply).run());
        }
        return all.stream()
                .flatMap(j -> j.slots().stream())
                .sorted(Comparator.comparingInt(s -> s.index))
                .map(s -> Objects.requireNonNull(s.outcome))
                .toList();
    }

    /**
     * A message's recipients go together; where a field names the recipient each has a transaction of his own. (DIFFERS: in Postfix mail
     * waits, with a warning, until {@code NAME_destination_recipient_limit} is 1.)
     */
    List<Job> jobs(List<Job.Slot> slots) {
        List<Job> jobs = new ArrayList<>();
        Map<QueueId, Job> known = new HashMap<>();
        for (Job.Slot slot : slots) {
            QueueId id = slot.delivery.message().id();
            Job job = service.flags().namesRecipient() ? null : known.get(id);
            if (job == null) {
                job = new Job(slot);
                known.put(id, job);
                jobs.add(job);
            } else {
                job.add(slot);
            }
        }
        return jobs;
    }

    /** Postfix: smtp(8), flags, D: a recipient whom a Delivered-To field names has had the message before. */
    Optional<Outcome> loop(Delivery delivery) {
        if (!service.flags().has(ServiceFlag.DELIVERED_TO)
                || delivery.message().envelope().isOnlyAQuestion()) {
            return Optional.empty();
        }
        Address recipient = delivery.recipient().recipient().address();
        try (InputStream content = delivery.content().open()) {
            byte[] start = content.readNBytes(MOST_HEADER_BYTES);
            return DeliveredTo.names(recipient, start, start.length)
                    ? Optional.of(new Outcome.Bounced(DeliveryStatus.of(
                            service.name(),
                            EnhancedStatusCode.of(5, 4, 6),
                            "mail forwarding loop for " + recipient.external(),
                            Duration.ZERO)))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of(new Outcome.Deferred(DeliveryStatus.of(
                    service.name(),
                    EnhancedStatusCode.SYSTEM_TROUBLE,
                    "cannot read the message: " + e.getMessage(),
                    Duration.ZERO)));
        }
    }
}
