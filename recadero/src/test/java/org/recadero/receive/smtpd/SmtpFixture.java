package org.recadero.receive.smtpd;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.MasterCf;
import org.recadero.config.MasterCfLine;
import org.recadero.config.Snapshot;
import org.recadero.config.SourceLine;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.LogSink;
import org.recadero.log.MailLog;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.os.KnownUsers;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.UserDatabase;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;
import org.recadero.receive.cleanup.Cleanup;
import org.recadero.route.OwnAddresses;
import org.recadero.table.Tables;

/** A server with a real queue in a folder, users and names of its own, set up as POSTFIX.md §2. */
final class SmtpFixture implements Postmaster, AutoCloseable {
    final Map<String, String> settings = new LinkedHashMap<>();
    /** Transcripts for the postmaster. */
    final List<String> told = java.util.Collections.synchronizedList(new ArrayList<>());

    final List<String> log = new CopyOnWriteArrayList<>();
    /** What the log calls an error: a bug of ours. */
    final List<String> errors = new CopyOnWriteArrayList<>();

    final MailLog mailLog;
    final Queue queue;
    final AtomicLong submissions = new AtomicLong();
    volatile Snapshot configuration;

    SmtpFixture(Path folder, Map<String, String> changes) {
        settings.put("myhostname", "cliente.example.net");
        settings.put("mydomain", "example.net");
        settings.put("myorigin", "example.net");
        settings.put("mydestination", "$myhostname, cliente.example.net, localhost.example.net, localhost");
        settings.put("append_dot_mydomain", "no");
        settings.put("compatibility_level", "3.6");
        settings.put("default_transport", "error");
        settings.put("relay_transport", "error");
        settings.put("inet_interfaces", "loopback-only");
        settings.put("mynetworks", "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128");
        settings.put("recipient_delimiter", "+");
        settings.put("mail_name", "Recadero");
        settings.put("smtpd_error_sleep_time", "0");
        settings.put("alias_maps", "inline:{postmaster=usuario}");
        settings.put("alias_database", "");
        settings.putAll(changes);
        configuration = configuration(settings);
        LogSink sink = (severity, tag, text) -> {
            log.add(tag.substring(tag.indexOf('/') + 1) + ": " + text);
            if (severity == LogSink.Severity.ERROR || severity == LogSink.Severity.FATAL) {
                errors.add(text);
            }
        };
        mailLog = new MailLog(sink, "postfix");
        try {
            Files.createDirectories(folder);
            queue = SegmentLogQueue.open(
                    new QueueSettings(folder.resolve("q"), new LinuxFileSystem(), 64 << 10, 0, "0.1-test"),
                    new SystemQueueClock());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Snapshot configuration(Map<String, String> settings) {
        try {
            return Configurations.of(Path.of("/etc/postfix"), settings);
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    Cleanup cleanup() {
        return new Cleanup(
                queue, () -> configuration, USERS, mailLog, ZoneOffset.UTC, (id, status) -> {}, tables()::open);
    }

    Tables tables() {
        return new Tables(USERS, mailLog, "smtpd");
    }

    SmtpServer.Needs needs() {
        return new SmtpServer.Needs(
                cleanup(),
                tables(),
                new FakeNames(),
                mailLog,
                SmtpServer.ownFiles(),
                () -> new SubmissionId(7, submissions.incrementAndGet()),
                InstantSource.system(),
                this);
    }

    /** A server with one service on a free port of 127.0.0.1. */
    SmtpServer server(String... options) {
        try {
            String line = "127.0.0.1:0 inet n - n - - smtpd " + String.join(" ", options);
            MasterCf.Entry entry = MasterCfLine.read(line, new SourceLine(Path.of("/etc/postfix/master.cf"), 1))
                    .orElseThrow();
            SmtpServer server = new SmtpServer(() -> configuration, List.of(entry), needs());
            server.start();
            return server;
        } catch (ConfigurationException | IOException e) {
            throw new AssertionError(e);
        }
    }

    ServiceSettings serviceSettings() throws ConfigurationException {
        return serviceSettings(SaslServers.of(configuration, SmtpServer.ownFiles()));
    }

    ServiceSettings serviceSettings(Optional<SaslServer> sasl) throws ConfigurationException {
        return ServiceSettings.of(
                configuration,
                new ServiceSettings.Tools(
                        tables(),
                        OwnAddresses.of(configuration),
                        sasl,
                        settings.containsKey("smtpd_tls_security_level")));
    }

    List<QueuedMessage> queued() {
        List<QueuedMessage> all = new ArrayList<>();
        try {
            queue.browse(all::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    String content(QueuedMessage message) {
        try (InputStream in = queue.openContent(message.id())) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void tell(Set<SessionTrouble> troubles, String client, List<String> transcript) {
        told.add(troubles + " " + client);
        told.addAll(transcript);
    }

    @Override
    public void close() {
        try {
            queue.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final UserDatabase USERS =
            KnownUsers.of(KnownUsers.user("root", 0, "root"), KnownUsers.user("usuario", 1001));
}
