package org.recadero.deliver.smtp;

import java.io.ByteArrayInputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;
import org.recadero.net.sasl.Secret;
import org.recadero.os.LibcUserDatabase;
import org.recadero.queue.Note;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.route.Relay;
import org.recadero.route.RelayRules;
import org.recadero.route.ServiceNames;
import org.recadero.route.TokenSource;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.Outcome;
import org.recadero.table.Tables;

/** A client with scripted servers, a DNS of its own and a log that is kept. */
final class SmtpBench implements AutoCloseable {
    final List<String> log = new ArrayList<>();
    final Map<String, Answer<InetAddress>> addresses = new HashMap<>();
    final Map<String, Answer<MailExchanger>> exchangers = new HashMap<>();
    final Deque<ScriptedWire> servers = new ArrayDeque<>();
    final List<ScriptedWire> used = new ArrayList<>();
    final List<String> connected = new ArrayList<>();
    /** What a token's source gives, one after the other; then it fails. */
    final Deque<String> tokens = new ArrayDeque<>();

    final List<TokenSource> fetched = new ArrayList<>();
    final SmtpClients clients;
    Instant now = Instant.parse("2026-11-24T08:00:00Z");
    private long ids = 1;

    SmtpBench() {
        MailLog mailLog = new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix");
        InstantSource clock = () -> now;
        clients = new SmtpClients(
                new Dns(), Set::of, mailLog, clock, this::token, Optional.of((address, port, bind, timeout) -> {
                    connected.add(address.getHostAddress() + ":" + port);
                    ScriptedWire next = servers.poll();
                    if (next == null) {
                        throw new ConnectException("Connection refused");
                    }
                    used.add(next);
                    return next;
                }));
    }

    private Tokens.Fetched token(TokenSource source) {
        fetched.add(source);
        String next = tokens.poll();
        return next == null
                ? new Tokens.Fetched.Failed("/usr/bin/token ended with status 1")
                : new Tokens.Fetched.Got(Secret.of(next));
    }

    private final class Dns implements Resolver {
        @Override
        public Resolver dnsOnly() {
            return this;
        }

        @Override
        public Answer<InetAddress> addresses(String host) {
            return addresses.getOrDefault(host, new Answer.NoSuchName<>());
        }

        @Override
        public Answer<MailExchanger> exchangers(String domain) {
            return exchangers.getOrDefault(domain, new Answer.NoSuchName<>());
        }

        @Override
        public Answer<String> names(InetAddress address) {
            return new Answer.NoSuchName<>();
        }
    }

    void host(String name, String... numeric) {
        addresses.put(
                name,
                new Answer.Found<>(
                        java.util.Arrays.stream(numeric)
                                .map(InetAddress::ofLiteral)
                                .toList(),
                        false));
    }

    SmtpDelivery client(Map<String, String> settings) throws Exception {
        return client("smtp", settings);
    }

    SmtpDelivery client(String service, Map<String, String> settings) throws Exception {
        return client(service, ClientFlags.none(), settings);
    }

    SmtpDelivery client(String service, ClientFlags flags, Map<String, String> settings) throws Exception {
        String command = service.equals("lmtp") ? "lmtp" : "smtp";
        return clients.client(service, command, flags, snapshot(settings), tables()::open);
    }

    /** Tries a relay as {@code recadero test} does: {@code STAGE ok|FAILED trouble: detail}. */
    List<String> probe(Map<String, String> settings, String sender, String nextHop) throws Exception {
        Snapshot snapshot = snapshot(settings);
        RelayRules rules = new RelayRules(snapshot, tables()::open, ServiceNames.ofMail(), log::add);
        return switch (rules.decide(nextHop, ReversePath.of(sender))) {
            case Relay.Decision.Chosen(Relay relay) ->
                clients.probe(snapshot, relay, ReversePath.of(sender)).stream()
                        .map(s -> s.stage() + (s.passed() ? " ok " : " FAILED " + s.trouble() + " ") + s.detail())
                        .toList();
            case Relay.Decision.TryLater(String detail, String text) -> List.of(text);
        };
    }

    private static Tables tables() {
        return new Tables(new LibcUserDatabase(), new MailLog((s, t, x) -> {}, "postfix"), "smtp");
    }

    private static Snapshot snapshot(Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "myhostname", "client.example.net", "mydomain", "example.net", "smtp_randomize_addresses", "no"));
        all.putAll(settings);
        return Configurations.of(Path.of("/etc/postfix"), all);
    }

    /** What the senders of messages want to be told of. */
    Optional<Envelope.Trace> trace = Optional.empty();

    /** Which user submitted them. */
    Optional<Integer> uid = Optional.empty();

    List<Delivery> message(String sender, String nextHop, String content, String... recipients) {
        List<EnvelopeRecipient> all = java.util.Arrays.stream(recipients)
                .map(r -> EnvelopeRecipient.of(Address.of(r)))
                .toList();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        List<RecipientState> states = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            states.add(new RecipientState(i, all.get(i), false, "", false, ""));
        }
        QueuedMessage message = new QueuedMessage(
                QueueId.of(ids++),
                new SubmissionId(1, ids),
                new SubmissionId(2, ids),
                now,
                Duration.ZERO,
                bytes.length,
                new Envelope(
                        ReversePath.of(sender),
                        Optional.empty(),
                        all,
                        BodyType.UNSTATED,
                        Optional.empty(),
                        Optional.empty(),
                        trace,
                        uid),
                states,
                QueuedMessage.State.ACTIVE,
                now,
                0,
                false,
                false,
                false);
        return states.stream()
                .map(s ->
                        new Delivery(message, s, nextHop, () -> new ByteArrayInputStream(bytes), place -> Note.WRITTEN))
                .toList();
    }

    static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus s) -> "sent " + s.code() + " " + s.relay() + " " + s.text();
            case Outcome.Deferred(DeliveryStatus s) -> "deferred " + s.code() + " " + s.relay() + " " + s.text();
            case Outcome.Waiting(DeliveryStatus s) -> "waiting " + s.code() + " " + s.relay() + " " + s.text();
            case Outcome.Bounced(DeliveryStatus s) -> "bounced " + s.code() + " " + s.relay() + " " + s.text();
            case Outcome.HandedTo h -> "handed";
            case Outcome.Expanded e -> "expanded";
            case Outcome.Several s -> "several";
        };
    }

    @Override
    public void close() {
        clients.close();
    }
}
