package org.recadero.deliver.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.MasterCf;
import org.recadero.config.Snapshot;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.local.FakeCommands;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.os.Commands.Command;
import org.recadero.os.Commands.End;
import org.recadero.os.Identity;
import org.recadero.os.KnownUsers;
import org.recadero.os.NoIdentities;
import org.recadero.os.UserDatabase;
import org.recadero.queue.Note;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.Outcome;

/** Answers as Postfix 3.7.11 gives them, unless a comment says DIFFERS. */
class PipeDeliveryTest {
    private static final Instant NOW = Instant.parse("2026-11-24T09:00:21Z");
    private static final String CONTENT = "Subject: x\n\n.body\nFrom here\n\nlast";

    private final FakeCommands commands = new FakeCommands();
    private final Map<String, String> settings = new HashMap<>(Map.of(
            "myhostname", "cliente.example.net",
            "recipient_delimiter", "+",
            "queue_directory", "/var/spool/postfix"));
    private final Map<String, UserDatabase.User> users = new HashMap<>(Map.of(
            "vmail", new UserDatabase.User("vmail", 1001, 1001, "", "/home/vmail", "/bin/sh"),
            "root", new UserDatabase.User("root", 0, 0, "", "/root", "/bin/sh"),
            "postfix", new UserDatabase.User("postfix", 100, 100, "", "/", "/bin/false")));
    private final List<String> log = new ArrayList<>();
    private int number;

    private PipeDelivery service(String arguments) throws ConfigurationException {
        return service("-", arguments);
    }

    private PipeDelivery service(String limit, String arguments) throws ConfigurationException {
        Path file = Path.of("/etc/postfix/master.cf");
        MasterCf.Entry entry = MasterCf.ofText(file, "px unix - n n - " + limit + " pipe\n  " + arguments + "\n")
                .entries()
                .getFirst();
        Snapshot configuration = Configurations.of(Path.of("/etc/postfix"), settings);
        return new PipeDelivery(
                entry,
                configuration,
                new PipeDelivery.Machine(
                        commands,
                        new NoIdentities(),
                        new KnownUsers(users, Map.of("mail", 8, "root", 0)),
                        Map.of("TZ", "UTC"),
                        InstantSource.fixed(NOW),
                        ZoneOffset.UTC),
                new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix"));
    }

    private List<Delivery> mail(String sender, String... recipients) {
        number++;
        List<RecipientState> states = new ArrayList<>();
        for (String recipient : recipients) {
            states.add(new RecipientState(
                    states.size(), EnvelopeRecipient.of(Address.of(recipient)), false, "", false, ""));
        }
        QueuedMessage message = new QueuedMessage(
                QueueId.of(0x48AF9537DL + number),
                new SubmissionId(1, number),
                new SubmissionId(2, number),
                NOW,
                Duration.ZERO,
                CONTENT.length(),
                Envelope.of(
                        ReversePath.of(sender),
                        states.stream().map(RecipientState::recipient).toList()),
                states,
                QueuedMessage.State.ACTIVE,
                NOW,
                0,
                false,
                false,
                false);
        return states.stream()
                .map(s -> new Delivery(
                        message,
                        s,
                        "Next.Hop",
                        () -> new ByteArrayInputStream(CONTENT.getBytes(StandardCharsets.US_ASCII)),
                        place -> Note.WRITTEN))
                .toList();
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus s) -> s.relay() + " sent " + s.code() + " " + s.text();
            case Outcome.Deferred(DeliveryStatus s) -> s.relay() + " deferred " + s.code() + " " + s.text();
            case Outcome.Waiting(DeliveryStatus s) -> "waiting " + s.code() + " " + s.text();
            case Outcome.Bounced(DeliveryStatus s) -> s.relay() + " bounced " + s.code() + " " + s.text();
            case Outcome.HandedTo h -> h.toString();
            case Outcome.Expanded e -> e.toString();
            case Outcome.Several s -> s.toString();
        };
    }

    private List<String> deliver(PipeDelivery service, List<Delivery> batch) {
        return service.deliver(batch).stream().map(PipeDeliveryTest::text).toList();
    }

    // ---- argv

    @Test
    void expandsMacros() throws ConfigurationException { // Postfix: pipe(8), flags hqu
        PipeDelivery service = service("flags=hqu user=vmail argv=/bin/x -s ${sender} -n $nexthop"
                + " [${user}][${extension}] ${mailbox}=$(domain) $size ${recipient} ${queue_id} ${client_address}"
                + " {a  b} x$$y");
        assertThat(deliver(service, mail("Send+Er@B.example", "Us er+E x@A.Test")))
                .containsExactly("px sent 2.0.0 delivered via px service");
        assertThat(commands.run.getFirst().arguments())
                .containsExactly(
                        "/bin/x",
                        "-s",
                        "Send+Er@B.example",
                        "-n",
                        "next.hop",
                        "[us er][e x]",
                        "us er+e x=a.test",
                        Integer.toString(CONTENT.length()),
                        "\"us er+e x\"@a.test",
                        "48AF9537E",
                        "",
                        "a  b",
                        "x$y");
    }

    @Test
    void repeatsAnArgumentForEachRecipient() throws ConfigurationException {
        PipeDelivery service = service("user=vmail argv=/bin/x $sender u=$user e=$extension r=$recipient");
        assertThat(deliver(service, mail("root@example.net", "B@b.test", "a+1@b.test")))
                .hasSize(2);
        assertThat(commands.run).hasSize(1);
        assertThat(commands.run.getFirst().arguments())
                .containsExactly("/bin/x", "root@example.net", "u=B", "u=a", "e=", "e=1", "r=B@b.test", "r=a+1@b.test");
    }

    @Test
    void runsACommandForEachMessageAndForSoManyRecipients() throws ConfigurationException {
        settings.put("px_destination_recipient_limit", "2");
        PipeDelivery service = service("user=vmail argv=/bin/x $user");
        List<Delivery> batch = new ArrayList<>(mail("", "a@b", "b@b", "c@b"));
        batch.addAll(mail("", "d@b"));
        assertThat(deliver(service, batch)).hasSize(4);
        assertThat(commands.lines()).containsExactly("1001 /bin/x a b", "1001 /bin/x c", "1001 /bin/x d");
    }

    @Test
    void saysWhichMacroItDoesNotKnow() throws ConfigurationException {
        assertThat(deliver(service("user=vmail argv=/bin/x $nosuch"), mail("", "a@b")))
                .containsExactly("px deferred 4.3.5 mail system configuration error");
        assertThat(log).containsExactly("postfix/pipe: warning: service px: unknown macro name: \"nosuch\"");
        assertThat(commands.run).isEmpty();
    }

    // ---- content

    @Test
    void writesTheLinesThatFlagsAskFor() throws ConfigurationException { // Postfix: pipe(8), flags BDFOR.>
        assertThat(deliver(service("flags=BDFOR.> user=vmail argv=/bin/x"), mail("", "U x@A.Test")))
                .hasSize(1);
        assertThat(commands.inputs.getFirst()).isEqualTo("""
                        From MAILER-DAEMON  Tue Nov 24 09:00:21 2026
                        Return-Path: <MAILER-DAEMON>
                        X-Original-To: U x@A.Test
                        Delivered-To: "U x"@A.Test
                        Subject: x

                        ..body
                        >From here

                        last

                        """);
    }

    @Test
    void leavesTheContentAsItIsWithoutFlags() throws ConfigurationException {
        PipeDelivery service = service("user=vmail eol=\\r\\n null_sender= argv=/bin/x <$sender>");
        assertThat(deliver(service, mail("", "a@b"))).hasSize(1);
        assertThat(commands.inputs.getFirst()).isEqualTo("Subject: x\r\n\r\n.body\r\nFrom here\r\n\r\nlast\r\n");
        assertThat(commands.run.getFirst().arguments()).containsExactly("/bin/x", "<>");
    }

    // ---- rights and limits

    @Test
    void runsAsTheUserThatTheLineNames() throws ConfigurationException { // SAFETY 1
        settings.put("px_time_limit", "7m");
        assertThat(deliver(service("user=vmail:mail directory=/var/x argv=/bin/x"), mail("", "a@b")))
                .hasSize(1);
        Command command = commands.run.getFirst();
        assertThat(command.identity()).isEqualTo(new Identity(1001, 8, List.of(8)));
        assertThat(command.folder()).isEqualTo("/var/x");
        assertThat(command.folderAsUser()).isTrue();
        assertThat(command.shellKnows()).isFalse();
        assertThat(command.limit()).isEqualTo(Duration.ofMinutes(7));
        assertThat(command.environment()).containsOnlyKeys("PATH", "LANG", "TZ", "MAIL_CONFIG", "PWD");
    }

    @Test
    void neverRunsAsRootOrTheMailSystem() throws ConfigurationException { // SAFETY 5
        for (String user : List.of("root", "postfix", "vmail:root", "nadie", "vmail:nadie")) {
            assertThat(deliver(service("user=" + user + " argv=/bin/x"), mail("", "a@b")))
                    .as(user)
                    .containsExactly("px deferred 4.3.5 mail system configuration error");
        }
        assertThat(commands.run).isEmpty();
    }

    @Test
    void refusesLinesThatMakeNoService() {
        for (String line :
                List.of("argv=/bin/x", "user=vmail", "user=vmail foo=bar argv=/bin/x", "flags=Z user=vmail argv=x")) {
            assertThatThrownBy(() -> service(line)).as(line).isInstanceOf(ConfigurationException.class);
        }
    }

    @Test
    void wantsOneRecipientAtATimeForDeliveredTo() throws ConfigurationException {
        assertThat(deliver(service("flags=D user=vmail argv=/bin/x"), mail("", "a@b", "b@b")))
                .containsOnly("px deferred 4.3.5 mail system configuration error");
        assertThat(log.getFirst()).contains("pipe flag `D' requires px_destination_recipient_limit = 1");
    }

    @Test
    void returnsWhatIsTooLargeOrComesRound() throws ConfigurationException {
        assertThat(deliver(service("user=vmail size=10 argv=/bin/x"), mail("", "a@b")))
                .containsExactly("px bounced 5.2.3 message too large");
        Delivery mail = mail("", "a@b").getFirst();
        Delivery round = new Delivery(
                mail.message(),
                mail.recipient(),
                "b",
                () -> new ByteArrayInputStream("Delivered-To: a@b\n\n".getBytes(StandardCharsets.US_ASCII)),
                place -> Note.WRITTEN);
        assertThat(deliver(service("flags=D user=vmail argv=/bin/x"), List.of(round)))
                .containsExactly("px bounced 5.4.6 mail forwarding loop for a@b");
    }

    @Test
    void tellsWhatTheCommandSaid() throws ConfigurationException {
        PipeDelivery service = service("user=vmail argv=/bin/x $user");
        commands.ends.put("fine", new End.Exited(0, "out put\n"));
        commands.ends.put("no", new End.Exited(1, "out put\n"));
        commands.ends.put("absent", new End.NotRun("execvp /bin/x: No such file or directory"));
        assertThat(deliver(service, mail("", "fine@b")))
                .containsExactly("px sent 2.0.0 delivered via px service (out put)");
        assertThat(deliver(service, mail("", "no@b")))
                .containsExactly("px bounced 5.3.0 Command died with status 1: \"/bin/x\". Command output: out put");
        assertThat(deliver(service, mail("", "absent@b")))
                .containsExactly(
                        "px deferred 4.3.0 temporary failure. Command output: pipe: fatal: pipe_command: execvp"
                                + " /bin/x: No such file or directory");
    }

    // ---- fakes
}
