package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.SubmissionId;

/** header_checks(5) and its kin. The log lines are those that Postfix 3.7.11 wrote for the same rows and messages. */
class ContentChecksTest {
    private static final String FROM_LOCAL = " from local; from=<root@example.net> to=<usuario@localhost>";
    private static final String FROM_NETWORK =
            " from c[192.0.2.1]; from=<a@example.net> to=<otro@localhost> proto=ESMTP helo=<cli.example>";

    private final CleanupFixture fixture = new CleanupFixture();
    private long submissions;

    private void headers(String... rows) {
        checks("header_checks", rows);
    }

    private void checks(String parameter, String... rows) {
        fixture.settings.put(
                parameter,
                List.of(rows).stream().map(row -> "{" + row + "}").collect(Collectors.joining(", ", "regexp:{", "}")));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Receipt byNetwork(String content) {
        return fixture.accept(fixture.byNetwork(), bytes(content));
    }

    private String sent(String content) {
        return fixture.send(fixture.plain(), content);
    }

    private List<String> recipients() {
        return fixture.queue.last().envelope().recipients().stream()
                .map(each -> each.address().internal() + " " + each.original())
                .toList();
    }

    @Test
    void aClientIsToldWithTheRowsOwnWords() {
        headers(
                "/^subject: uno/ REJECT",
                "/^subject: dos/ REJECT 5.7.9 no me gusta",
                "/^subject: tres/ REJECT 4.7.1 luego");
        assertThat(byNetwork("Subject: uno y\n\nz\n"))
                .hasToString(new Receipt.Refused(CheckAction.UNWANTED, "message content rejected", true).toString());
        assertThat(byNetwork("Subject: dos\n\nz\n").toString()).contains("code=5.7.9, text=no me gusta, ownWords=true");
        assertThat(byNetwork("Subject: tres\n\nz\n").toString()).contains("code=4.7.1, text=luego, ownWords=true");
        assertThat(fixture.queue.kept).isEmpty();
        assertThat(fixture.log)
                .containsExactly(
                        "smtpd: ABC: client=c[192.0.2.1]",
                        "cleanup: ABC: reject: header Subject: uno y" + FROM_NETWORK
                                + ": 5.7.1 message content rejected",
                        "smtpd: ABD: client=c[192.0.2.1]",
                        "cleanup: ABD: reject: header Subject: dos" + FROM_NETWORK + ": 5.7.9 no me gusta",
                        "smtpd: ABE: client=c[192.0.2.1]",
                        "cleanup: ABE: reject: header Subject: tres" + FROM_NETWORK + ": 4.7.1 luego");
    }

    /** Postfix: postconf(5), message_reject_characters; what 3.7.11 answered and logged. */
    @Test
    void unwantedCharactersAreRefused() {
        fixture.settings.put("message_reject_characters", "\\0\\a\\r\\n");
        fixture.settings.put("message_strip_characters", "\\0");
        assertThat(byNetwork("Subject: a\r\n\r\nx\0y\r\n").toString())
                .contains("code=5.7.1, text=disallowed character, ownWords=true");
        assertThat(byNetwork("Subject: b\007c\n\nx\n")).isInstanceOf(Receipt.Refused.class);
        assertThat(byNetwork("Subject: c\n\nx\r\ny\007")).isInstanceOf(Receipt.Refused.class);
        assertThat(byNetwork("Subject: d\n\n" + "x\r\n".repeat(5_000) + "y\rz\n"))
                .isInstanceOf(Receipt.Refused.class);
        assertThat(byNetwork("Subject: e\r\n\r\nfin\r\n")).isInstanceOf(Receipt.Queued.class);
        assertThat(fixture.queue.kept).hasSize(1);
        assertThat(fixture.log.stream().filter(line -> line.contains("reject: ")))
                .containsExactly(
                        "cleanup: ABC: reject: content x" + FROM_NETWORK + ": 5.7.1 disallowed character",
                        "cleanup: ABD: reject: content Subject: b?c" + FROM_NETWORK + ": 5.7.1 disallowed character",
                        "cleanup: ABE: reject: content y?" + FROM_NETWORK + ": 5.7.1 disallowed character",
                        "cleanup: ABF: reject: content y?z" + FROM_NETWORK + ": 5.7.1 disallowed character");
    }

    @Test
    void aUsersMessageWithUnwantedCharactersIsReturnedAndOthersChecksEndWithIt() {
        fixture.settings.put("message_reject_characters", "\\0");
        checks("header_checks", "/^subject/ WARN visto");
        checks("body_checks", "/./ HOLD");
        sent("Subject: a\nMessage-Id: <a@b>\n\nx\0y\nz\n");
        assertThat(fixture.givenBack).containsExactly("ABC 5.7.1 disallowed character");
        assertThat(fixture.log)
                .containsExactly(
                        "pickup: ABC: uid=0 from=<root>",
                        "cleanup: ABC: warning: header Subject: a" + FROM_LOCAL + ": visto",
                        "cleanup: ABC: message-id=<a@b>",
                        "cleanup: ABC: reject: content x" + FROM_LOCAL + ": 5.7.1 disallowed character");
    }

    @Test
    void unwantedCharactersPassWhereChecksAreOff() {
        fixture.settings.put("message_reject_characters", "x");
        fixture.overrides = Set.of(ReceiveOverride.NO_HEADER_BODY_CHECKS);
        assertThat(byNetwork("Subject: x\n\nx\n")).isInstanceOf(Receipt.Queued.class);
    }

    @Test
    void aUsersMessageIsTakenAndReturned() {
        headers("/^subject: uno/ REJECT 5.7.9 no me gusta", "/^x-luego/ REJECT");
        assertThat(sent("Subject: uno\nMessage-Id: <a@b>\nX-Luego: 1\n\nz\n")).contains("\nSubject: uno\n", "\nz\n");
        assertThat(fixture.queue.last().hold()).isTrue();
        assertThat(fixture.givenBack).containsExactly("ABC 5.7.9 no me gusta");
        assertThat(fixture.queue.last().envelope().returnFull()).contains(Envelope.Return.HEADERS);
        assertThat(fixture.log)
                .containsExactly(
                        "pickup: ABC: uid=0 from=<root>",
                        "cleanup: ABC: reject: header Subject: uno" + FROM_LOCAL + ": 5.7.9 no me gusta",
                        "cleanup: ABC: message-id=<a@b>");
    }

    @Test
    void aUserWhoMayTryLaterIsToldSo() {
        headers("/^subject/ REJECT 4.7.1 luego");
        assertThat(fixture.accept(fixture.plain(), bytes("Subject: uno\n\nz\n")).toString())
                .contains("Refused", "code=4.7.1, text=luego");
        assertThat(fixture.queue.kept).isEmpty();
    }

    @Test
    void warnsAndInformsAndGoesOn() {
        headers("/^subject: (.*)/ WARN cuidado con $$1", "/^x-info/ INFO", "/^from/ DUNNO", "/^/ IGNORE");
        assertThat(sent("From: root\nMessage-Id: <a@b>\nSubject: uno\n dos\nX-Info: 1\nX: y\n\nz\n"))
                .isEqualTo("""
                        From: root@example.net
                        Subject: uno
                         dos
                        X-Info: 1
                        Message-Id: <20261124024255.ABC@cliente.example.net>
                        Date: Tue, 24 Nov 2026 02:42:55 +0000 (UTC)

                        z
                        """);
        assertThat(fixture.log)
                .containsExactly(
                        "pickup: ABC: uid=0 from=<root>",
                        "cleanup: ABC: warning: header Subject: uno? dos" + FROM_LOCAL + ": cuidado con uno? dos",
                        "cleanup: ABC: info: header X-Info: 1" + FROM_LOCAL,
                        "cleanup: ABC: message-id=<20261124024255.ABC@cliente.example.net>");
    }

    @Test
    void holdsOnce() {
        headers("/^subject/ HOLD quieto", "/^x-hold/ HOLD");
        assertThat(byNetwork("Subject: uno\nX-Hold: 1\n\nz\n")).isInstanceOf(Receipt.Queued.class);
        assertThat(fixture.queue.last().hold()).isTrue();
        assertThat(fixture.givenBack).isEmpty();
        assertThat(fixture.log)
                .contains("cleanup: ABC: hold: header Subject: uno" + FROM_NETWORK + ": quieto")
                .noneMatch(line -> line.contains("X-Hold"));
    }

    @Test
    void whatIsThrownAwayIsReadToItsEnd() {
        headers("/^subject/ DISCARD fuera");
        assertThat(byNetwork("Subject: uno\n\n" + "z\n".repeat(20_000)).toString())
                .startsWith("Discarded[id=ABC, sizeBytes=400");
        assertThat(fixture.accept(fixture.plain(), bytes("Subject: dos\n"))).isInstanceOf(Receipt.Discarded.class);
        assertThat(fixture.queue.kept).isEmpty();
        assertThat(fixture.queue.closedUncommitted).isEqualTo(2);
        assertThat(fixture.log).contains("cleanup: ABC: discard: header Subject: uno" + FROM_NETWORK + ": fuera");
    }

    @Test
    void redirectTakesThePlaceOfAllRecipientsAndCopiesComeOnTop() {
        headers("/^subject: copia/ BCC tercero@localhost", "/^x-a-otro/ REDIRECT jefe@localhost");
        byNetwork("Subject: copia\n\nz\n");
        assertThat(recipients())
                .containsExactly(
                        "usuario@localhost usuario@localhost",
                        "otro@localhost otro@localhost",
                        "tercero@localhost tercero@localhost");
        byNetwork("Subject: copia\nX-A-Otro: 1\nSubject: copia\n\nz\n");
        assertThat(recipients()).containsExactly("jefe@localhost otro@localhost");
        assertThat(fixture.log)
                .contains("cleanup: ABC: bcc: header Subject: copia" + FROM_NETWORK + ": tercero@localhost")
                .contains("cleanup: ABD: redirect: header X-A-Otro: 1" + FROM_NETWORK + ": jefe@localhost");
    }

    @Test
    void putsFieldsInAndReplacesThem() {
        headers(
                "/^subject: (.*)/ PREPEND X-Asunto: $$1",
                "/^x-viejo: (.*)/ REPLACE From: $$1",
                "/^x-quita/ STRIP porque");
        assertThat(sent("Subject: uno\nX-Viejo: pepe\nX-Quita: 1\nDate: x\nMessage-Id: <a@b>\n\nz\n"))
                .isEqualTo(CleanupFixture.TOP
                        + "X-Asunto: uno\nSubject: uno\nFrom: pepe@example.net\nDate: x\nMessage-Id: <a@b>\n\nz\n");
        assertThat(fixture.log)
                .contains("cleanup: ABC: prepend: header Subject: uno" + FROM_LOCAL + ": X-Asunto: uno")
                .contains("cleanup: ABC: replace: header X-Viejo: pepe" + FROM_LOCAL + ": From: pepe")
                .contains("cleanup: ABC: strip: header X-Quita: 1" + FROM_LOCAL + ": porque");
    }

    @Test
    void ourOwnReceivedIsLookedAtAndCountsAsAHopWhereItGoes() {
        headers("/^received:.*from userid/ IGNORE", "/^received: (.*)/ REPLACE X-Received: $$1");
        fixture.settings.put("hopcount_limit", "3");
        assertThat(sent("Subject: uno\n\nz\n")).startsWith("Subject: uno\n");
        assertThat(sent("Received: a\nSubject: uno\n\nz\n")).startsWith("X-Received: a\nSubject: uno\n");
        assertThat(fixture.givenBack).isEmpty();
        sent("Received: a\nReceived: b\n\nz\n");
        assertThat(fixture.givenBack).containsExactly("ABE 5.4.6 too many hops");
    }

    @Test
    void aRowThatMeansNothingIsSaidAndPassedOver() {
        headers(
                "/^subject: 1/ PATATA x",
                "/^subject: 2/ REDIRECT pepe",
                "/^subject: 3/ PREPEND",
                "/^subject: 4/ FILTER x",
                "/^subject: 5/ REPLACE no es campo",
                "/^subject: 6/ BCC pepe");
        for (int i = 1; i <= 6; i++) {
            assertThat(sent("Subject: " + i + "\n\nz\n")).contains("\nSubject: " + i + "\n");
        }
        assertThat(fixture.log.stream().filter(line -> line.contains("warning")))
                .containsExactly(
                        "cleanup: warning: unknown command in header_checks map: PATATA x",
                        "cleanup: warning: bad REDIRECT target \"pepe\" in header_checks map -- need user@domain",
                        "cleanup: warning: PREPEND action without text in header_checks map",
                        "cleanup: warning: bad FILTER command x in header_checks -- need transport:destination",
                        "cleanup: warning: bad REPLACE header text \"no es campo\" in header_checks map"
                                + " -- need \"headername: headervalue\"",
                        "cleanup: warning: bad BCC address \"pepe\" in header_checks map -- need user@domain");
    }

    @Test
    void whatWouldBeFilteredWaits() {
        headers("/^subject/ FILTER smtp:[127.0.0.1]:9");
        assertThat(byNetwork("Subject: uno\n\nz\n").toString()).contains("Refused[code=4.3.0");
        assertThat(fixture.log.getLast())
                .isEqualTo("cleanup: warning: ABC: FILTER smtp:[127.0.0.1]:9 is not supported"
                        + " -- message not accepted, try again later");
    }

    @Test
    void aTableThatFailsMakesMailWait() {
        fixture.settings.put("body_checks", "fail:always");
        assertThat(byNetwork("Subject: uno\n\nz\n").toString()).contains("Refused[code=4.3.0");
        fixture.settings.put("body_checks", "texthash:/nonexistent/body_checks");
        assertThat(byNetwork("Subject: uno\n\nz\n").toString()).contains("Refused[code=4.3.0");
        assertThat(fixture.queue.kept).isEmpty();
    }

    @Test
    void whatTheMailSystemSendsIsNotLookedAtUnlessItsClassIsSet() { // Postfix: internal_mail_filter_classes
        headers("/^Subject: x/ REPLACE Subject: y");
        for (NewMessage.Origin.Kind kind : NewMessage.Origin.Kind.values()) {
            fixture.settings.put("internal_mail_filter_classes", "");
            assertThat(fixture.send(ofTheSystem(kind), "Subject: x\n\nz\n")).contains("\nSubject: x\n");
            fixture.settings.put("internal_mail_filter_classes", "bounce, notify");
            String looked = kind == NewMessage.Origin.Kind.FORWARD ? "\nSubject: x\n" : "\nSubject: y\n";
            assertThat(fixture.send(ofTheSystem(kind), "Subject: x\n\nz\n")).contains(looked);
        }
        assertThat(fixture.givenBack).isEmpty();
    }

    @Test
    void aServiceMayLeaveOutChecks() { // Postfix: receive_override_options
        headers("/^Subject: x/ REPLACE Subject: y");
        assertThat(fixture.send(fixture.byNetwork(), "Subject: x\n\nz\n")).contains("\nSubject: y\n");
        fixture.overrides = Set.of(ReceiveOverride.NO_HEADER_BODY_CHECKS);
        assertThat(fixture.send(fixture.byNetwork(), "Subject: x\n\nz\n")).contains("\nSubject: x\n");
        // sendmail's mail goes by pickup's
        assertThat(fixture.send(fixture.plain(), "Subject: x\n\nz\n")).contains("\nSubject: y\n");
        fixture.settings.put("receive_override_options", "no_header_body_checks");
        assertThat(fixture.send(fixture.plain(), "Subject: x\n\nz\n")).contains("\nSubject: x\n");
    }

    @Test
    void pickupMayLeaveOutChecksByMasterCf(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("master.cf"),
                "pickup unix n - y 60 1 pickup\n  -o receive_override_options=no_header_body_checks\n");
        fixture.folder = folder;
        headers("/^Subject: x/ REPLACE Subject: y");
        assertThat(fixture.send(fixture.plain(), "Subject: x\n\nz\n")).contains("\nSubject: x\n");
        assertThat(fixture.send(fixture.byNetwork(), "Subject: x\n\nz\n")).contains("\nSubject: y\n");
    }

    @Test
    void whatIsLeftOutDoesNotLetMailPassWhereATableIsBroken() {
        fixture.settings.put("body_checks", "texthash:/nonexistent/body_checks");
        fixture.overrides = Set.of(ReceiveOverride.NO_ADDRESS_MAPPINGS);
        assertThat(byNetwork("Subject: uno\n\nz\n").toString()).contains("Refused[code=4.3.0");
        assertThat(fixture.queue.kept).isEmpty();
    }

    private NewMessage ofTheSystem(NewMessage.Origin.Kind kind) {
        return new NewMessage(
                new SubmissionId(9, ++submissions),
                "",
                Optional.empty(),
                List.of(NewMessage.Recipient.of("usuario@localhost")),
                false,
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.MailSystem(kind));
    }

    private static final String MULTIPART = """
            Subject: uno
            MIME-Version: 1.0
            Content-Type: multipart/mixed;
             boundary="a b"
            Date: x
            Message-Id: <a@b>

            preamble
            --a b
            Content-Type: message/rfc822
            X-Part: 1

            Subject: inner
            Content-Type: text/plain

            body inner
            --a b
            X-Part: 2
             more

            body two
            --a b--
            X-Part: no
            """;

    @Test
    void eachKindOfHeaderHasItsTable() {
        headers("/^/ PREPEND X-H: h");
        checks("mime_header_checks", "/^/ PREPEND X-M: m");
        checks("nested_header_checks", "/^/ PREPEND X-N: n");
        checks("body_checks", "/^body/ PREPEND b", "/^--a b$$/ DUNNO", "/^X-Part/ REPLACE plain", "/^preamble/ IGNORE");
        assertThat(sent(MULTIPART)).isEqualTo("X-H: h\n" + CleanupFixture.TOP + """
                        X-H: h
                        Subject: uno
                        X-M: m
                        MIME-Version: 1.0
                        X-M: m
                        Content-Type: multipart/mixed;
                         boundary="a b"
                        X-H: h
                        Date: x
                        X-H: h
                        Message-Id: <a@b>
                        From: root <root@example.net>

                        --a b
                        X-M: m
                        Content-Type: message/rfc822
                        X-M: m
                        X-Part: 1

                        X-N: n
                        Subject: inner
                        X-M: m
                        Content-Type: text/plain

                        b
                        body inner
                        --a b
                        X-M: m
                        X-Part: 2
                         more

                        b
                        body two
                        --a b--
                        plain
                        """);
    }

    @Test
    void allIsBodyWhereMimeIsNotObeyed() {
        checks("body_checks", "/^X-Part/ IGNORE");
        fixture.settings.put("disable_mime_input_processing", "yes");
        assertThat(sent(MULTIPART)).doesNotContain("X-Part").contains("\n more\n", "\nbody two\n");
    }

    @Test
    void onlySoMuchOfEachBodyIsLookedAt() {
        checks("body_checks", "/^(body|--)/ IGNORE");
        fixture.settings.put("body_checks_size_limit", "10");
        assertThat(sent("Subject: x\n\nbody 5678\nbody b\n")).endsWith("\n\nbody b\n");
        fixture.settings.put("body_checks_size_limit", "0");
        assertThat(sent("Subject: x\n\nbody 5678\nbody b\n")).endsWith("\n\n");
    }

    @Test
    void longLinesAreLookedAtInPieces() {
        fixture.settings.put("line_length_limit", "512");
        checks("body_checks", "/^b/ REPLACE -", "/^c/ IGNORE", "/^d/ PREPEND +");
        String a = "a".repeat(512);
        assertThat(sent("Subject: x\n\n" + a + "b".repeat(512) + "aa\n")).endsWith("\n\n" + a + "-aa\n");
        assertThat(sent("Subject: x\n\n" + a + "c".repeat(20) + "\nx\n")).endsWith("\n\n" + a + "\nx\n");
        assertThat(sent("Subject: x\n\n" + a + "d\nx\n")).endsWith("\n\n" + a + "\n+\nd\nx\n");
        assertThat(sent("Subject: x\n\n" + "c".repeat(600) + "\nx\n")).endsWith("\n\nx\n");
    }

    @Test
    void bytesStayBytes() {
        checks("body_checks", "/^x/ REPLACE y\u00e9");
        headers("/^z/ IGNORE");
        String binary = "\u0000\u0001\u00ff\u00e9 no UTF-8";
        assertThat(sent("Subject: " + "\u00ff\u00e9" + "\n\n" + binary + "\nx\n"))
                .contains("\nSubject: \u00ff\u00e9\n")
                .endsWith("\n" + binary + "\ny\u00c3\u00a9\n");
    }

    @Test
    void refusesMailThatIsNestedTooDeep() {
        headers("/^nunca/ IGNORE");
        fixture.settings.put("mime_nesting_limit", "2");
        StringBuilder deep = new StringBuilder("Content-Type: multipart/mixed; boundary=b0\n");
        for (int i = 1; i < 4; i++) {
            deep.append("\n--b")
                    .append(i - 1)
                    .append("\nContent-Type: multipart/mixed; boundary=b")
                    .append(i)
                    .append('\n');
        }
        assertThat(byNetwork(deep + "\nz\n")).isInstanceOf(Receipt.Queued.class);
        deep.append("\n--b3\nContent-Type: multipart/mixed; boundary=b4\n\nz\n");
        assertThat(byNetwork(deep.toString()).toString())
                .contains("Refused[code=5.6.0, text=MIME nesting exceeds safety limit");
        assertThat(fixture.log.getLast())
                .startsWith("cleanup: ABD: reject: mime-error MIME nesting exceeds safety limit:"
                        + " Content-Type: multipart/mixed; boundary=b4 from c[192.0.2.1]; from=<a@example.net>");
    }

    @Test
    void aLargeMessageGoesByInPieces() throws IOException {
        headers("/^nunca/ IGNORE");
        checks("body_checks", "/^nunca/ IGNORE");
        fixture.settings.put("message_size_limit", "0");
        fixture.queue.countOnly = true;
        long length = 100L << 20;
        InputStream oneLine = new InputStream() {
            private long left = length;

            @Override
            public int read() {
                return left-- > 0 ? 'x' : -1;
            }

            @Override
            public int read(byte[] into, int offset, int most) {
                int count = (int) Math.min(most, left);
                left -= count;
                java.util.Arrays.fill(into, offset, offset + count, (byte) 'x');
                return count == 0 ? -1 : count;
            }
        };
        assertThat(fixture.cleanup().accept(fixture.plain(), oneLine)).isInstanceOf(Receipt.Queued.class);
        assertThat(fixture.queue.counted).isGreaterThan(length);
    }
}
