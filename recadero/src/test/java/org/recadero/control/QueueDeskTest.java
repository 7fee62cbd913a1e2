package org.recadero.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.ProcessFacts;
import org.recadero.os.UnixListener;
import org.recadero.queue.Intake;
import org.recadero.queue.Queue;
import org.recadero.queue.QueueSettings;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.queue.SystemQueueClock;

/** What commands do to the queue, at the desk itself and over the control socket. */
class QueueDeskTest {
    @TempDir
    Path folder;

    private Queue queue;
    private QueueDesk desk;
    private int submissions;
    private final List<String> log = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void open() throws IOException {
        queue = SegmentLogQueue.open(
                new QueueSettings(folder.resolve("q"), new LinuxFileSystem(), 1 << 20, 0, "test"),
                new SystemQueueClock());
        desk = new QueueDesk(
                queue, ZoneOffset.UTC, new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix"));
    }

    @AfterEach
    void close() throws IOException {
        queue.close();
    }

    private QueueId put(String recipient, String content) throws IOException {
        submissions++;
        try (Intake intake = queue.begin()) {
            intake.content().write(content.getBytes(StandardCharsets.UTF_8));
            Envelope envelope = Envelope.of(
                    new ReversePath.Sender(Address.of("root@example.net")),
                    List.of(EnvelopeRecipient.of(Address.of(recipient))));
            return intake.commit(new SubmissionId(7, submissions), envelope, false);
        }
    }

    private int serve(ControlVerb verb, String... words) throws IOException {
        out.reset();
        err.reset();
        return desk.serve(verb, List.of(words), out, err);
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** SAFETY 30: what mail waits for tops the list; programs that read JSON get it as Postfix writes it. */
    @Test
    void saysOnTopWhatMailWaitsFor() throws IOException {
        desk = new QueueDesk(
                queue,
                ZoneOffset.UTC,
                new MailLog((severity, tag, text) -> {}, "postfix"),
                () -> {},
                () -> List.of("mail waits for pepe at smtp.example.net: 535 no"));
        assertThat(serve(ControlVerb.LIST)).isZero();
        assertThat(output()).isEqualTo("Mail queue is empty\n");
        put("x@example.org", "x\n");
        assertThat(serve(ControlVerb.LIST)).isZero();
        assertThat(output()).startsWith("(mail waits for pepe at smtp.example.net: 535 no)\n-Queue ID-");
        assertThat(serve(ControlVerb.LIST_JSON)).isZero();
        assertThat(output()).startsWith("{\"queue_name\"");
    }

    @Test
    void listsAnEmptyQueueAsPostfixDoes() throws IOException {
        assertThat(serve(ControlVerb.LIST)).isZero();
        assertThat(output()).isEqualTo("Mail queue is empty\n");
        assertThat(serve(ControlVerb.LIST_JSON)).isZero();
        assertThat(output()).isEmpty();
    }

    @Test
    void listsWithPostfixsColumnsAndBlanks() throws IOException {
        QueueId id = put("x@servidor.org", "Subject: a\n\nb\n");
        serve(ControlVerb.LIST);
        assertThat(output())
                .startsWith("-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n")
                .contains("  root@example.net\n                                         x@servidor.org\n")
                .endsWith("\n\n-- 0 Kbytes in 1 Request.\n");
        serve(ControlVerb.LIST_JSON);
        assertThat(output())
                .startsWith("{\"queue_name\": \"incoming\", \"queue_id\": \"" + id + "\", \"arrival_time\": ")
                .endsWith("\"sender\": \"root@example.net\", \"recipients\": [{\"address\": \"x@servidor.org\"}]}\n");
    }

    @Test
    void quotesWhatJsonCannotHave() throws IOException {
        put("\"a\\\\b\"@servidor.org", "\n");
        serve(ControlVerb.LIST_JSON);
        assertThat(output()).contains("\\\\");
    }

    @Test
    void tellsEachMessageThatItChanged() throws IOException {
        QueueId id = put("x@servidor.org", "\n");
        serve(ControlVerb.CHANGE, "HOLD", id.text(), "ABCDEF");
        assertThat(output()).isEqualTo("1\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postsuper: " + id + ": placed on hold\n");
        assertThat(log).containsExactly("postfix/postsuper: " + id + ": placed on hold");
        serve(ControlVerb.CHANGE, "HOLD", id.text());
        assertThat(output()).isEqualTo("0\n");
        serve(ControlVerb.CHANGE_ALL, "DELETE", "deferred");
        assertThat(output()).as("it is in hold, not there").isEqualTo("0\n");
        serve(ControlVerb.CHANGE_ALL, "DELETE", "hold");
        assertThat(output()).isEqualTo("1\n");
        assertThat(queue.find(id)).isEmpty();
    }

    @Test
    void printsEnvelopeHeaderAndBodyApart() throws IOException {
        QueueId id = put("x@servidor.org", "Subject: a\nX: b\n\nbody\n\nmore\n");
        serve(ControlVerb.CAT, id.text(), "HEADER");
        assertThat(output()).isEqualTo("Subject: a\nX: b\n");
        serve(ControlVerb.CAT, id.text(), "BODY");
        assertThat(output()).isEqualTo("\nbody\n\nmore\n");
        serve(ControlVerb.CAT, id.text(), "BODY", "HEADER");
        assertThat(output()).isEqualTo("Subject: a\nX: b\n\nbody\n\nmore\n");
        serve(ControlVerb.CAT, id.text(), "ENVELOPE");
        assertThat(output())
                .contains("\nsender: root@example.net\n")
                .contains("\nrecipient: x@servidor.org\n")
                .doesNotContain("Subject");
        serve(ControlVerb.CAT, id.text());
        assertThat(output()).contains("***\nSubject: a\n").contains("\nmore\n*** HEADER EXTRACTED ");
    }

    @Test
    void saysThatThereIsNoSuchMessage() throws IOException {
        assertThat(serve(ControlVerb.CAT, "ABCDEF")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("postcat: fatal: open queue file ABCDEF: No such file or directory\n");
    }

    @Test
    void flushesTheSiteThatIsNamedAndNoOther() throws IOException {
        QueueId one = put("x@servidor.org", "\n");
        put("y@otro.org", "\n");
        queue.claimDue(10).forEach(message -> later(message.id()));
        assertThat(desk.flushSite("Servidor.ORG")).isEqualTo(1);
        assertThat(queue.claimDue(10)).extracting(m -> m.id()).containsExactly(one);
    }

    private void later(QueueId id) {
        try {
            queue.deferred(id, 0, "later");
            queue.release(id, java.time.Duration.ofHours(1));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** SAFETY 20: the socket of the administrator. */
    @Test
    @SuppressWarnings("try") // that it ends when it is closed is what is tested
    void answersOverTheControlSocketSeveralRequestsOnOneConnection() throws Exception {
        Path home = Files.createDirectories(folder.resolve("h/control")).getParent();
        put("x@servidor.org", "Subject: " + "long ".repeat(40_000) + "\n\nb\n");
        int own = new ProcessFacts().uids().effective();
        try (ControlServer server = new ControlServer(
                UnixListener.bind(home.resolve(ControlClient.SOCKET).toString(), 0660, 8),
                own,
                desk,
                new MailLog((severity, tag, text) -> log.add(text), "postfix"))) {
            Thread serving = Thread.ofPlatform().daemon().start(() -> run(server));
            try (ControlClient client = ControlClient.connect(home).orElseThrow()) {
                assertThat(client.ask(ControlVerb.LIST, List.of(), out, err)).isZero();
                assertThat(output()).contains("in 1 Request.");
                out.reset();
                String id = queue.claimDue(1).getFirst().id().text();
                assertThat(client.ask(ControlVerb.CAT, List.of(id, "HEADER"), out, err))
                        .isZero();
                assertThat(out.size()).isGreaterThan(200_000);
            }
            server.close();
            serving.join(5_000);
            assertThat(serving.isAlive()).isFalse();
        }
        assertThat(ControlClient.connect(home)).isEqualTo(Optional.empty());
    }

    private static void run(ControlServer server) {
        try {
            server.run();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void findsNoDaemonWhereNoneListens() throws IOException {
        assertThat(ControlClient.connect(folder)).isEmpty();
    }
}
