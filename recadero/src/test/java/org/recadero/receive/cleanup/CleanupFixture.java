package org.recadero.receive.cleanup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.LogSink;
import org.recadero.log.MailLog;
import org.recadero.os.KnownUsers;
import org.recadero.os.UserDatabase;
import org.recadero.queue.Intake;
import org.recadero.queue.Note;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.table.Tables;

/** A cleanup with a queue, users and a log in memory. */
final class CleanupFixture {
    static final Instant NOW = Instant.parse("2026-11-24T02:42:55Z");
    static final String TOP = """
            Received: by cliente.example.net (Recadero, from userid 0)
            \tid ABC; Tue, 24 Nov 2026 02:42:55 +0000 (UTC)
            """;

    final MemoryQueue queue = new MemoryQueue();
    final List<String> log = new ArrayList<>();
    final List<String> givenBack = new ArrayList<>();
    final Map<String, String> settings = new LinkedHashMap<>(Map.of(
            "myhostname", "cliente.example.net",
            "mydomain", "example.net",
            "myorigin", "example.net",
            "append_dot_mydomain", "no",
            "mail_name", "Recadero"));
    ZoneId zone = ZoneOffset.UTC;
    Set<ReceiveOverride> overrides = Set.of();
    /** Where master.cf lies, if there is one. */
    Path folder = Path.of("/nonexistent/postfix");

    UndeliverableMail undeliverable = (id, status) -> givenBack.add(id + " " + status.code() + " " + status.text());
    final Tables tables = new Tables(USERS, new MailLog((severity, tag, text) -> {}, "postfix"), "cleanup");
    private long submissions;

    Cleanup cleanup() {
        Snapshot configuration = configuration(settings);
        LogSink sink = (severity, tag, text) -> log.add(tag.substring(tag.indexOf('/') + 1) + ": " + text);
        return new Cleanup(
                queue,
                () -> configuration,
                USERS,
                new MailLog(sink, "postfix"),
                zone,
                (id, status) -> undeliverable.giveBack(id, status),
                tables::open);
    }

    private Snapshot configuration(Map<String, String> settings) {
        try {
            return Configurations.of(folder, settings);
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    NewMessage from(int uid, String sender, Optional<String> fullName, boolean fromHeader, List<String> recipients) {
        return new NewMessage(
                new SubmissionId(7, ++submissions),
                sender,
                fullName,
                recipients.stream().map(NewMessage.Recipient::of).toList(),
                fromHeader,
                Set.of(),
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.User(uid));
    }

    /** A message of a@example.net to two, by SMTP. */
    NewMessage byNetwork() {
        return byNetwork(NewMessage.HeaderNames.LOCAL);
    }

    NewMessage byNetwork(NewMessage.HeaderNames names) {
        return new NewMessage(
                new SubmissionId(7, ++submissions),
                "a@example.net",
                Optional.empty(),
                List.of(NewMessage.Recipient.of("usuario@localhost"), NewMessage.Recipient.of("otro@localhost")),
                false,
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.Network(
                        new NewMessage.Origin.Client("c[192.0.2.1]", "", "ESMTP", Optional.of("cli.example")),
                        "cli.example (c [192.0.2.1])",
                        List.of(),
                        "ESMTP",
                        names,
                        overrides,
                        () -> NewMessage.Orders.NONE));
    }

    /** A message of root to usuario@localhost. */
    NewMessage plain() {
        return from(0, "root", Optional.empty(), false, List.of("usuario@localhost"));
    }

    NewMessage fromHeader() {
        return from(0, "root", Optional.empty(), true, List.of());
    }

    /** Sends text and gives back what lies in the queue. */
    String send(NewMessage message, String content) {
        Receipt receipt = accept(message, content.getBytes(StandardCharsets.ISO_8859_1));
        if (!(receipt instanceof Receipt.Queued)) {
            throw new AssertionError(receipt.toString());
        }
        return queue.last().text();
    }

    Receipt accept(NewMessage message, byte[] content) {
        try {
            return cleanup().accept(message, new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * What was committed.
     *
     * @param text the content, one char a byte
     */
    record Kept(QueueId id, String text, Envelope envelope, boolean hold) {}

    /** Keeps what is committed; can be told to fail. */
    static final class MemoryQueue implements Queue {
        final List<Kept> kept = new ArrayList<>();
        final Map<SubmissionId, QueueId> taken = new HashMap<>();
        Optional<IOException> beginFails = Optional.empty();
        Optional<IOException> writeFails = Optional.empty();
        Optional<IOException> commitFails = Optional.empty();
        boolean countOnly;
        long counted;
        int closedUncommitted;
        private long next = 0xABC;

        Kept last() {
            return kept.getLast();
        }

        @Override
        public Intake begin() throws IOException {
            if (beginFails.isPresent()) {
                throw beginFails.get();
            }
            QueueId id = QueueId.of(next++);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            OutputStream content = new OutputStream() {
                @Override
                public void write(int value) throws IOException {
                    write(new byte[] {(byte) value}, 0, 1);
                }

                @Override
                public void write(byte[] from, int offset, int length) throws IOException {
                    if (writeFails.isPresent()) {
                        throw writeFails.get();
                    }
                    counted += length;
                    if (!countOnly) {
                        bytes.write(from, offset, length);
                    }
                }
            };
            return new Intake() {
                private boolean committed;

                @Override
                public QueueId id() {
                    return id;
                }

                @Override
                public Instant arrival() {
                    return NOW;
                }

                @Override
                public OutputStream content() {
                    return content;
                }

                @Override
                public QueueId commit(SubmissionId submission, Envelope envelope, boolean hold) throws IOException {
                    if (commitFails.isPresent()) {
                        throw commitFails.get();
                    }
                    QueueId earlier = taken.putIfAbsent(submission, id);
                    if (earlier == null) {
                        kept.add(new Kept(id, bytes.toString(StandardCharsets.ISO_8859_1), envelope, hold));
                        committed = true;
                    }
                    return earlier == null ? id : earlier;
                }

                @Override
                public void close() {
                    closedUncommitted += committed ? 0 : 1;
                }
            };
        }

        @Override
        public Optional<QueueId> taken(SubmissionId submission) {
            return Optional.ofNullable(taken.get(submission));
        }

        @Override
        public Load loadOf(int uid) {
            return new Load(0, 0);
        }

        @Override
        public List<QueuedMessage> claimDue(int most) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public Optional<Instant> nextDue() {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void onDue(Runnable listener) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public InputStream openContent(QueueId id) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public Note begun(QueueId id, int recipient, String place) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void done(QueueId id, int recipient) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void reached(QueueId id, int recipient, Set<SubmissionId> parts) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void deferred(QueueId id, int recipient, String reason) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void warned(QueueId id) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public boolean release(QueueId id, Duration backOff) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public boolean putOff(QueueId id, Duration until) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public Optional<QueuedMessage> find(QueueId id) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void browse(Consumer<QueuedMessage> reader) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public boolean change(QueueId id, Change change) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public int makeDue(Predicate<QueuedMessage> selector) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public Stats stats() {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public void close() {}
    }

    /** As on the machine that the golden files come from. */
    static final UserDatabase USERS = KnownUsers.of(
            KnownUsers.user("root", 0, "root"),
            KnownUsers.user("pepe", 1003, "Jose Pepe O Neil"),
            KnownUsers.user("raro", 1004, "Raro \"Q\" (x)"));
}
