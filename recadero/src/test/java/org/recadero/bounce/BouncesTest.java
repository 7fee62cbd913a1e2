package org.recadero.bounce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.config.Configuration;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.SourceLine;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.Notify;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.DeliveryStatus.Diagnostic;
import org.recadero.status.EnhancedStatusCode;

/**
 * The golden files are real reports of Postfix 3.7.11, without what delivery and cleanup add on top and without the outer
 * Message-Id; ids, times and {@code mail_name} are replaced.
 */
class BouncesTest {
    private static final Instant NOW = Instant.parse("2026-11-24T02:43:23Z");
    private static final QueueId ID = new QueueId("26BDB2B5E");

    private record Sent(NewMessage mail, String content) {}

    private final Map<Parameter<?>, Object> values = new HashMap<>(Map.of(
            Parameters.MYHOSTNAME,
            "cliente.example.net",
            Parameters.MYORIGIN,
            "example.net",
            Parameters.MAIL_NAME,
            "Recadero",
            Parameters.DOUBLE_BOUNCE_SENDER,
            "double-bounce",
            Parameters.NOTIFY_CLASSES,
            List.of("resource", "software"),
            Parameters.BOUNCE_SIZE_LIMIT,
            50_000L,
            Parameters.DELAY_WARNING_TIME,
            Duration.ofSeconds(2),
            Parameters.MAXIMAL_QUEUE_LIFETIME,
            Duration.ofDays(5)));
    private final List<Sent> sent = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private Receipt answer = new Receipt.Queued(new QueueId("30CF52B60"), 1);

    BouncesTest() {
        values.put(Parameters.BOUNCE_TEMPLATE_FILE, "");
        values.put(Parameters.HEADER_FROM_FORMAT, "standard");
        values.put(Parameters.ENABLE_THREADED_BOUNCES, false);
        for (Parameter<?> p : List.of(
                Parameters.BOUNCE_NOTICE_RECIPIENT,
                Parameters.DELAY_NOTICE_RECIPIENT,
                Parameters.ERROR_NOTICE_RECIPIENT,
                Parameters.TWOBOUNCE_NOTICE_RECIPIENT)) {
            values.put(p, "postmaster");
        }
    }

    private Bounces bounces() {
        Configuration configuration = new Configuration() {
            @Override
            public Optional<String> text(String name) {
                return name.equals("myhostname") ? Optional.of("cliente.example.net") : Optional.empty();
            }

            @Override
            public List<String> listOf(String name) {
                return List.of();
            }

            @Override
            @SuppressWarnings("unchecked") // the map holds what the parameter's type says
            public <V> V get(Parameter<V> parameter) {
                return (V) values.get(parameter);
            }

            @Override
            public Optional<SourceLine> source(Parameter<?> parameter) {
                return Optional.empty();
            }

            @Override
            public Path directory() {
                return Path.of("/");
            }
        };
        return new Bounces(
                (mail, content) -> {
                    sent.add(new Sent(mail, new String(content.readAllBytes(), StandardCharsets.UTF_8)));
                    return answer;
                },
                () -> configuration,
                new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix"),
                ZoneId.of("UTC"),
                InstantSource.fixed(NOW));
    }

    // ---- what is told of

    private static EnvelopeRecipient recipient(String address, String original, Notify... when) {
        return new EnvelopeRecipient(Address.of(address), original, Set.of(when), Optional.empty());
    }

    private static FailedRecipient failed(int rank, EnvelopeRecipient recipient, String code, String text) {
        return new FailedRecipient(
                new RecipientState(rank, recipient, false, "", false, ""),
                DeliveryStatus.of("local", EnhancedStatusCode.parse(code).orElseThrow(), text, Duration.ZERO));
    }

    private static FailedRecipient noexiste() {
        return failed(0, recipient("noexiste@localhost", "noexiste@localhost"), "5.1.1", "unknown user: \"noexiste\"");
    }

    private static QueuedMessage message(Envelope envelope, long size) {
        return new QueuedMessage(
                ID,
                new SubmissionId(1, 2),
                new SubmissionId(3, 4),
                NOW,
                Duration.ZERO,
                size,
                envelope,
                List.of(),
                QueuedMessage.State.ACTIVE,
                NOW,
                0,
                false,
                false,
                false);
    }

    private static Envelope envelope(String sender, Optional<String> id, Optional<Envelope.Return> full) {
        return new Envelope(
                ReversePath.of(sender),
                Optional.empty(),
                List.of(recipient("noexiste@localhost", "noexiste@localhost")),
                BodyType.UNSTATED,
                id,
                full,
                Optional.empty());
    }

    private static QueuedMessage from(String sender) {
        return message(envelope(sender, Optional.empty(), Optional.empty()), 300);
    }

    private static String golden(String name) {
        try (InputStream in = BouncesTest.class.getResourceAsStream(name + ".eml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The original that a golden report carries; where it carries only the header, with a body. */
    private static Content original(String golden) {
        int part = golden.indexOf("Content-Description: Undelivered Message");
        int path = golden.indexOf("Return-Path:", part);
        String text = golden.substring(golden.indexOf('\n', path) + 1, golden.lastIndexOf("\n--" + ID + "."));
        boolean headers = golden.indexOf("Undelivered Message Headers") >= 0;
        String whole = headers ? text + "\nhola\n" : text;
        return () -> new ByteArrayInputStream(whole.getBytes(StandardCharsets.UTF_8));
    }

    private String only() {
        assertThat(sent).hasSize(1);
        return sent.getFirst().content();
    }

    // ---- golden reports

    /** RFC 3461 §5.2.7; beside Postfix in the end-to-end NotificationsTest. */
    @Test
    void saysOfAnAliasThatItWasExpanded() throws IOException {
        EnvelopeRecipient list = recipient("todos@localhost", "todos@localhost", Notify.SUCCESS);
        FailedRecipient expanded = FailedRecipient.expanded(new RecipientState(0, list, false, "", false, ""), "local");
        bounces()
                .success(
                        from("usuario@localhost"),
                        List.of(expanded),
                        () -> new ByteArrayInputStream("Subject: x\n\nhola\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(only())
                .contains("<todos@localhost>: delivery via local: alias expanded\n")
                .contains("Final-Recipient: rfc822; todos@localhost\n")
                .contains("Action: expanded\nStatus: 2.0.0\n")
                .doesNotContain("hola");
    }

    /** As Postfix 3.7.11 sent it, but for its name. */
    @Test
    void sendsThePostmasterATranscript() throws IOException {
        List<String> lines = List.of(
                "In:  EHLO c",
                "Out: 450 4.1.1 <nadie@localhost>: Recipient address rejected: User unknown in local recipient table");
        bounces().session(new SubmissionId(1, 2), "unknown[127.0.0.1]", lines);
        assertThat(only()).isEqualTo("""
                From: Mail Delivery System <MAILER-DAEMON@cliente.example.net>
                To: Postmaster <postmaster@example.net>
                Subject: Recadero SMTP server: errors from unknown[127.0.0.1]
                Auto-Submitted: auto-generated

                Transcript of session follows.

                 In:  EHLO c
                 Out: 450 4.1.1 <nadie@localhost>: Recipient address rejected: User unknown in
                     local recipient table


                For other details, see the local mail logfile
                """);
        assertThat(sent.getFirst().mail().sender()).isEqualTo("double-bounce@cliente.example.net");
    }

    /** Postfix: sendmail(1), {@code -bv}; beside Postfix in the end-to-end NotificationsTest. */
    @Test
    void tellsASenderWhatHeAskedFor() throws IOException {
        FailedRecipient there = failed(0, recipient("usuario@localhost", ""), "2.0.0", "delivers to mailbox");
        List<FailedRecipient> asked = Stream.of(there, noexiste())
                .map(f -> new FailedRecipient(
                        f.recipient(), f.status(), Optional.of(FailedRecipient.Action.ifAsked(f.status()))))
                .toList();
        Content probe = () -> new ByteArrayInputStream("Subject: probe\n".getBytes(StandardCharsets.UTF_8));
        bounces().trace(from("otro@localhost"), asked, probe);
        assertThat(only())
                .contains("Subject: Mail Delivery Status Report\n")
                .contains(
                        "Enclosed is the mail delivery report that you requested.\n\n                   The mail system\n")
                .contains("<usuario@localhost>: delivery via local: delivers to mailbox\n")
                .contains("Action: deliverable\nStatus: 2.0.0\n")
                .contains("Action: undeliverable\nStatus: 5.1.1\n")
                .contains("Content-Description: Message Headers\n");
        assertThat(log).containsExactly("postfix/bounce: 26BDB2B5E: sender delivery status notification: 30CF52B60");
    }

    /** Postfix: bounce(5), {@code bounce_template_file}: subject and sender stand as they are, names in the text are replaced. */
    @Test
    void saysItInTheAdministratorsWords(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("b.cf"), """
                failure_template = <<EOF
                Charset: utf-8
                From: Pepe <a@b.example>
                Subject: [$myhostname] No
                Postmaster-Subject: PM

                hola ñ de $myhostname
                EOF
                """);
        values.put(Parameters.BOUNCE_TEMPLATE_FILE, file.toString());
        values.put(Parameters.NOTIFY_CLASSES, List.of("bounce"));
        Content original = () -> new ByteArrayInputStream("Subject: x\n\nhola\n".getBytes(StandardCharsets.UTF_8));
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original);
        assertThat(sent).hasSize(2);
        assertThat(sent.getFirst().content())
                .contains("From: Pepe <a@b.example>\nSubject: [$myhostname] No\nTo: usuario@localhost\n")
                .contains("\n\nhola ñ de cliente.example.net\n\n<noexiste@localhost>: unknown user");
        assertThat(sent.getLast().content()).contains("\nSubject: PM\n").doesNotContain("hola ñ");
    }

    @Test
    void nobodyIsToldOfWhatTheNullSenderAskedFor() throws IOException {
        bounces().trace(from(""), List.of(noexiste()), () -> new ByteArrayInputStream(new byte[0]));
        assertThat(sent).isEmpty();
        assertThat(log)
                .containsExactly(
                        "postfix/bounce: 26BDB2B5E: not sending trace/success notification for single-bounce message");
    }

    @Test
    void reportsAnUnknownUserAsPostfixDoes() throws IOException {
        String golden = golden("unknown-user");
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original(golden));
        assertThat(only()).isEqualTo(golden);
        NewMessage mail = sent.getFirst().mail();
        assertThat(mail.sender()).isEmpty();
        assertThat(mail.recipients()).containsExactly(NewMessage.Recipient.of("usuario@localhost"));
        assertThat(mail.origin()).isEqualTo(new NewMessage.Origin.MailSystem(NewMessage.Origin.Kind.BOUNCE));
        assertThat(log).containsExactly("postfix/bounce: 26BDB2B5E: sender non-delivery notification: 30CF52B60");
    }

    @Test
    void reportsARemoteRecipientUnderLocalMailOnlyAsPostfixDoes() throws IOException {
        String golden = golden("remote-recipient");
        EnvelopeRecipient recipient = recipient("alguien@servidor-externo.org", "alguien@servidor-externo.org");
        bounces()
                .failure(
                        from("usuario@localhost"),
                        List.of(failed(0, recipient, "5.0.0", "servidor-externo.org")),
                        original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void reportsTwoRecipientsAsPostfixDoes() throws IOException {
        String golden = golden("two-recipients");
        FailedRecipient nadie = failed(2, recipient("nadie@example.net", "nadie"), "5.1.1", "unknown user: \"nadie\"");
        bounces().failure(from("usuario@localhost"), List.of(nadie, noexiste()), original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void returnsTheHeaderOnlyWhereTheSenderWantsIt() throws IOException { // RFC 3461 §4.3
        String golden = golden("ret-hdrs");
        Envelope envelope =
                envelope("usuario@localhost", Optional.of("abc+2Bdef"), Optional.of(Envelope.Return.HEADERS));
        bounces().failure(message(envelope, 300), List.of(noexiste()), original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void returnsTheHeaderOnlyOfALargeMessage() throws IOException { // Postfix: bounce_size_limit
        String golden = golden("size-limit");
        values.put(Parameters.BOUNCE_SIZE_LIMIT, 1_000L);
        QueuedMessage large = message(envelope("usuario@localhost", Optional.empty(), Optional.empty()), 1_001);
        bounces().failure(large, List.of(noexiste()), original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void foldsLongTextsAsPostfixDoes() throws IOException {
        String golden = golden("long-names");
        String name = "averyveryveryveryveryveryveryveryveryveryveryveryverylongnamethatdoesnotfitintoonelineatall";
        String whole = name + "+extension@localhost";
        bounces()
                .failure(
                        from("usuario@localhost"),
                        List.of(
                                failed(0, recipient(whole, whole), "5.1.1", "unknown user: \"" + name + "\""),
                                failed(
                                        1,
                                        recipient("no existe@localhost", "no existe@localhost"),
                                        "5.1.1",
                                        "unknown user: \"no existe\"")),
                        original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void reportsATroubleWithAMailboxAsPostfixDoes() throws IOException {
        String golden = golden("maildir-trouble");
        String text = "maildir delivery failed: create maildir file"
                + " /home/verylongname/Maildir/tmp/1795488203.P1.cliente.example.net: Permission denied";
        EnvelopeRecipient recipient = recipient("verylongname@localhost", "verylongname@localhost");
        bounces().failure(from("usuario@localhost"), List.of(failed(0, recipient, "5.2.0", text)), original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    @Test
    void foldsAtSeventyNineColumns() {
        String text = "<pepe@example.net> (expanded from <pepe>): cannot update mailbox /var/mail/pepe"
                + " for user pepe. cannot open file: Is a directory";
        assertThat(Folding.fold(text))
                .isEqualTo("<pepe@example.net> (expanded from <pepe>): cannot update mailbox /var/mail/pepe\n"
                        + "    for user pepe. cannot open file: Is a directory");
        assertThat(Folding.fold("")).isEmpty();
        assertThat(Folding.fold("a".repeat(200))).isEqualTo("a".repeat(200));
        assertThat(Folding.fold("a ".repeat(100)).lines()).allMatch(l -> l.length() <= 79);
    }

    @Test
    void warnsOfADelayAsPostfixDoes() throws IOException {
        String golden = golden("delay-warning");
        bounces().delay(from("usuario@localhost"), waiting(), original(golden));
        assertThat(only()).isEqualTo(golden);
        assertThat(log).containsExactly("postfix/bounce: 26BDB2B5E: sender delay notification: 30CF52B60");
    }

    private static List<FailedRecipient> waiting() {
        return List.of(
                failed(0, recipient("x@later.test", "x@later.test"), "4.2.1", "mailbox busy"),
                failed(1, recipient("y@later.test", "y@later.test"), "4.2.1", "mailbox busy"));
    }

    @Test
    void returnsExpiredMailWithTheReasonItWaitedFor() throws IOException {
        String golden = golden("expired");
        Envelope envelope = envelope("usuario@localhost", Optional.of("env1"), Optional.empty());
        bounces().failure(message(envelope, 300), waiting().subList(0, 1), original(golden));
        assertThat(only()).isEqualTo(golden);
    }

    // ---- the postmaster

    @Test
    void tellsThePostmasterOfAFailureWhereTheClassIsSet() throws IOException {
        String golden = golden("postmaster-copy");
        values.put(Parameters.NOTIFY_CLASSES, List.of("bounce"));
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original(golden));
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).content()).isEqualTo(golden);
        assertThat(sent.get(1).mail().sender()).isEqualTo("double-bounce@cliente.example.net");
        assertThat(sent.get(1).mail().recipients()).containsExactly(NewMessage.Recipient.of("postmaster"));
        assertThat(log)
                .containsExactly(
                        "postfix/bounce: 26BDB2B5E: sender non-delivery notification: 30CF52B60",
                        "postfix/bounce: 26BDB2B5E: postmaster non-delivery notification: 30CF52B60");
    }

    @Test
    void tellsThePostmasterOfADelayWhereTheClassIsSet() throws IOException {
        String golden = golden("postmaster-delay");
        values.put(Parameters.NOTIFY_CLASSES, List.of("delay"));
        bounces().delay(from("usuario@localhost"), waiting(), original(golden));
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).content()).isEqualTo(golden);
    }

    @Test
    void neverAnswersTheNullSender() throws IOException { // RFC 5321 §4.5.5
        values.put(Parameters.NOTIFY_CLASSES, List.of("delay"));
        bounces().failure(from(""), List.of(noexiste()), original(golden("null-sender")));
        bounces().delay(from(""), waiting(), original(golden("null-sender")));
        assertThat(sent).isEmpty();
        assertThat(log).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2bounce", "bounce"}) // Postfix: postconf(5): bounce implies 2bounce
    void givesDoubleBouncesToThePostmasterWhereTheClassIsSet(String classes) throws IOException {
        values.put(Parameters.NOTIFY_CLASSES, List.of(classes));
        String golden = golden("null-sender");
        bounces().failure(from(""), List.of(noexiste()), original(golden));
        assertThat(only()).isEqualTo(golden);
        sent.clear();
        String whole = golden("double-bounce");
        FailedRecipient lost = failed(
                0,
                recipient("nosuchsender@localhost", "nosuchsender@localhost"),
                "5.1.1",
                "unknown user: \"nosuchsender\"");
        bounces().failure(from(""), List.of(lost), original(whole));
        assertThat(only()).isEqualTo(whole);
        assertThat(sent.getFirst().mail().sender()).isEqualTo("double-bounce@cliente.example.net");
    }

    @Test
    void throwsAPostmasterNoticeAwayThatNobodyTakes() throws IOException {
        values.put(Parameters.NOTIFY_CLASSES, List.of("bounce", "2bounce", "delay"));
        bounces()
                .failure(
                        from("double-bounce@cliente.example.net"),
                        List.of(noexiste()),
                        original(golden("unknown-user")));
        bounces().delay(from("double-bounce@cliente.example.net"), waiting(), original(golden("unknown-user")));
        assertThat(sent).isEmpty();
        assertThat(log)
                .containsExactly("postfix/bounce: 26BDB2B5E: warning: undeliverable postmaster notification discarded");
    }

    @Test
    void tellsThePostmasterOfTroubleWhereTheClassIsSet() throws IOException {
        Optional<QueueId> id = bounces()
                .trouble(
                        Bounces.Trouble.RESOURCE,
                        new SubmissionId(5, 6),
                        "the disk is full\nX-Evil: 1",
                        List.of("queue_minfree is touched"));
        assertThat(id).contains(new QueueId("30CF52B60"));
        assertThat(only()).isEqualTo("""
                        From: Mail Delivery System <MAILER-DAEMON@example.net>
                        To: Postmaster <postmaster@example.net>
                        Subject: Recadero: the disk is full?X-Evil: 1
                        Auto-Submitted: auto-generated

                        Transcript of session follows.

                         queue_minfree is touched


                        For other details, see the local mail logfile
                        """);
        values.put(Parameters.NOTIFY_CLASSES, List.of("software"));
        assertThat(bounces().trouble(Bounces.Trouble.RESOURCE, new SubmissionId(5, 6), "x", List.of()))
                .isEmpty();
    }

    // ---- who wants to hear what

    @Test
    void tellsNobodyWhoDoesNotWantToHear() throws IOException { // RFC 3461 §4.1
        FailedRecipient never = failed(
                0,
                recipient("noexiste@localhost", "noexiste@localhost", Notify.NEVER),
                "5.1.1",
                "unknown user: \"noexiste\"");
        FailedRecipient delayOnly =
                failed(1, recipient("b@localhost", "b@localhost", Notify.DELAY), "5.1.1", "unknown user: \"b\"");
        Content original = original(golden("unknown-user"));
        bounces().failure(from("usuario@localhost"), List.of(never, delayOnly), original);
        assertThat(sent).isEmpty();
        bounces().delay(from("usuario@localhost"), List.of(never), original);
        assertThat(sent).isEmpty();
        bounces().failure(from("usuario@localhost"), List.of(never, noexiste()), original);
        assertThat(only()).isEqualTo(golden("unknown-user"));
        // the postmaster hears of them all
        values.put(Parameters.NOTIFY_CLASSES, List.of("bounce"));
        sent.clear();
        bounces().failure(from("usuario@localhost"), List.of(never), original);
        assertThat(only()).isEqualTo(golden("postmaster-copy"));
    }

    @Test
    void namesTheServerAndWhatItSaid() throws IOException { // RFC 3464 §2.3.5, §2.3.6
        DeliveryStatus status = new DeliveryStatus(
                "mx.test[192.0.2.1]:25",
                EnhancedStatusCode.of(5, 7, 1),
                "host mx.test[192.0.2.1] said: 550 5.7.1 no (in reply to RCPT TO command)",
                Optional.of(new Diagnostic("smtp", "550 5.7.1 no")),
                Optional.of("mx.test"),
                Duration.ZERO,
                Duration.ZERO);
        EnvelopeRecipient recipient = new EnvelopeRecipient(
                Address.of("a@mx.test"), "a@mx.test", Set.of(), Optional.of("rfc822;zz@localhost"));
        bounces()
                .failure(
                        from("usuario@localhost"),
                        List.of(new FailedRecipient(new RecipientState(0, recipient, false, "", false, ""), status)),
                        original(golden("unknown-user")));
        assertThat(only()).contains("""
                        Final-Recipient: rfc822; a@mx.test
                        Original-Recipient: rfc822;zz@localhost
                        Action: failed
                        Status: 5.7.1
                        Remote-MTA: dns; mx.test
                        Diagnostic-Code: smtp; 550 5.7.1 no

                        """);
    }

    @Test
    void aListsOwnerHearsOfItsMembers() throws IOException { // RFC 3461 §5.2.7.3; Postfix: local(8), owner-aliases
        FailedRecipient list = failed(1, EnvelopeRecipient.of(Address.of("lista@localhost")), "5.7.0", "no");
        DeliveryStatus owned = list.status().ownedBy(Address.of("owner-lista@localhost"));
        FailedRecipient never = failed(
                2,
                new EnvelopeRecipient(Address.of("b@localhost"), "b", Set.of(Notify.NEVER), Optional.empty()),
                "5.1.1",
                "no");
        bounces()
                .failure(
                        from("usuario@localhost"),
                        List.of(noexiste(), new FailedRecipient(list.recipient(), owned), never),
                        original(golden("unknown-user")));
        assertThat(sent)
                .extracting(s -> s.mail().recipients().getFirst().address())
                .containsExactly("usuario@localhost", "owner-lista@localhost");
        assertThat(sent.getFirst().content()).doesNotContain("lista@localhost");
        assertThat(sent.getLast().content())
                .contains("\n<lista@localhost>: no\n", "\nFinal-Recipient: rfc822; lista@localhost\nAction: failed\n")
                .doesNotContain("noexiste");
        assertThat(sent.getFirst().mail().submission())
                .isNotEqualTo(sent.getLast().mail().submission());
    }

    @Test
    void letsNothingFromOutsideBeginALine() throws IOException {
        FailedRecipient evil = failed(
                0,
                new EnvelopeRecipient(
                        Address.of("a\tb\u0001@localhost"), "x\u0007", Set.of(), Optional.of("rfc822;a\nX-Evil: 1")),
                "5.1.1",
                "text");
        Envelope envelope = envelope("usuario@localhost", Optional.of("e\r\nX-Evil: 2"), Optional.empty());
        bounces().failure(message(envelope, 300), List.of(evil), original(golden("unknown-user")));
        assertThat(only()).doesNotContain("\nX-Evil").doesNotContain("\u0001").doesNotContain("\u0007");
    }

    // ---- durable and not doubled

    @Test
    void givesTheSameReportTheSameSubmissionId() throws IOException { // SAFETY 10: a crash does not double it
        Content original = original(golden("unknown-user"));
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original);
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original);
        bounces().delay(from("usuario@localhost"), List.of(noexiste()), original);
        values.put(Parameters.NOTIFY_CLASSES, List.of("bounce"));
        bounces().failure(from("usuario@localhost"), List.of(noexiste()), original);
        List<SubmissionId> ids = sent.stream().map(s -> s.mail().submission()).toList();
        assertThat(ids.get(1)).isEqualTo(ids.get(0)).isEqualTo(ids.get(3));
        assertThat(Set.copyOf(ids)).hasSize(3);
        assertThat(ids).doesNotContain(new SubmissionId(1, 2), new SubmissionId(3, 4));
    }

    @Test
    void saysSoWhereAReportCannotBeQueued() { // SAFETY 10
        answer = new Receipt.Refused(EnhancedStatusCode.of(4, 3, 1), "insufficient system storage");
        assertThatThrownBy(() -> bounces()
                        .failure(from("usuario@localhost"), List.of(noexiste()), original(golden("unknown-user"))))
                .isInstanceOf(IOException.class)
                .hasMessage("a report was refused: 4.3.1 insufficient system storage");
        assertThat(log).isEmpty();
    }

    @Test
    void splitsAReportOfVeryManyRecipients() throws IOException {
        List<FailedRecipient> many = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            many.add(failed(i, recipient("u" + i + "@localhost", "u" + i + "@localhost"), "5.1.1", "unknown user"));
        }
        bounces().failure(from("usuario@localhost"), many, original(golden("unknown-user")));
        assertThat(sent).hasSize(3);
        assertThat(sent.stream().map(s -> s.mail().submission()).distinct()).hasSize(3);
        assertThat(sent.stream()
                        .mapToInt(s -> s.content().split("\nFinal-Recipient", -1).length - 1)
                        .sum())
                .isEqualTo(2_500);
    }
}
