package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What access tables order for a message, as 3.7.11 of Postfix obeys them; the replies are in the golden dialogues. */
class AccessOrdersTest {
    @TempDir
    Path folder;

    private final Map<String, String> settings = new HashMap<>();
    private int machines;
    private List<String> log = List.of();
    private List<String> replies = List.of();

    /** What is in the queue after one message to these recipients. */
    private List<String> queued(String... recipients) throws Exception {
        String said = "EHLO c.example\nMAIL FROM:<a@example.org>\n"
                + Stream.of(recipients)
                        .map(r -> "RCPT TO:<" + r + "@localhost>\n")
                        .collect(Collectors.joining())
                + "DATA\nSubject: x\n\ntext\n.\nQUIT\n";
        try (SmtpFixture fixture = new SmtpFixture(folder.resolve("m" + machines++), settings)) {
            byte[] bytes = said.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
            replies = SmtpSafetyTest.talk(fixture, fixture.cleanup(), bytes);
            log = List.copyOf(fixture.log);
            return fixture.queued().stream()
                    .map(m -> m.state() + " "
                            + m.recipients().stream()
                                    .map(r -> r.recipient().address() + "/"
                                            + r.recipient().original())
                                    .collect(Collectors.joining(" "))
                            + " "
                            + fixture.content(m)
                                    .replaceAll("(?s)Subject:.*", "")
                                    .replaceAll("\\s+", " "))
                    .toList();
        }
    }

    private void atRcpt(String table) {
        settings.put("smtpd_recipient_restrictions", "check_recipient_access inline:{" + table + "}, permit");
    }

    private void atEnd(String entry) {
        settings.put("smtpd_end_of_data_restrictions", "check_sender_access inline:{{a@=" + entry + "}}");
    }

    @Test
    void copiesAreNotShownInReceived() throws Exception {
        atRcpt("{usuario@=BCC root@localhost}");
        assertThat(queued("usuario"))
                .singleElement()
                .asString()
                .startsWith("INCOMING usuario@localhost/usuario@localhost root@localhost/root@localhost ")
                .contains("for <usuario@localhost>");
        assertThat(log)
                .anyMatch(l ->
                        l.startsWith("smtpd: NOQUEUE: bcc: RCPT from unknown[192.0.2.9]: <usuario@localhost>: Recipient"
                                + " address triggers BCC root@localhost; from=<a@example.org> to=<usuario@localhost>"));
    }

    @Test
    void aRedirectionReplacesEveryRecipient() throws Exception {
        atRcpt("{usuario+x@localhost=REDIRECT root@localhost}");
        assertThat(queued("usuario", "usuario+x"))
                .singleElement()
                .asString()
                .startsWith("INCOMING root@localhost/usuario+x@localhost Received: ");
    }

    @Test
    void prependedFieldsStandAboveReceived() throws Exception {
        atRcpt("{usuario@localhost=PREPEND X-A: 1}, {usuario+x@localhost=PREPEND X-B: 2}");
        assertThat(queued("usuario", "usuario+x")).singleElement().asString().contains(" X-A: 1 X-B: 2 Received: from");
    }

    @Test
    void holdsAndDiscards() throws Exception {
        atRcpt("{usuario@localhost=HOLD}");
        assertThat(queued("usuario")).singleElement().asString().startsWith("HOLD ");
        settings.clear();
        atRcpt("{usuario@localhost=DISCARD}");
        assertThat(queued("usuario")).isEmpty();
        assertThat(replies).anyMatch(l -> l.startsWith("250 2.0.0 Ok: queued as "));
    }

    /** The message is on its way into the queue already when the end of the data is asked for. */
    @Test
    void theEndOfTheDataMayOrderToo() throws Exception {
        atEnd("DISCARD");
        assertThat(queued("usuario")).isEmpty();
        atEnd("HOLD");
        assertThat(queued("usuario")).singleElement().asString().startsWith("HOLD usuario@localhost/");
        atEnd("PREPEND X-Late: 1");
        assertThat(queued("usuario")).hasSize(1).noneMatch(m -> m.contains("X-Late"));
        assertThat(log).anyMatch(l -> l.contains("action PREPEND must be used before smtpd_end_of_data_restrictions"));
    }

    @Test
    void whatComesBeforeMailCanOrderNothing() throws Exception {
        settings.put("smtpd_delay_reject", "no");
        settings.put("smtpd_helo_restrictions", "check_helo_access inline:{{c.example=DISCARD}}");
        assertThat(queued("usuario")).hasSize(1);
        assertThat(log)
                .anyMatch(l ->
                        l.contains("with smtpd_delay_reject=no, action DISCARD is always skipped in Helo command"));
    }

    @Test
    void classesMayNameEachOtherAndEnd() throws Exception {
        settings.put("smtpd_restriction_classes", "one, two");
        settings.put("one", "two, two");
        settings.put("two", "warn_if_reject one, one");
        settings.put("smtpd_recipient_restrictions", "one, permit");
        assertThat(queued("usuario")).isEmpty();
        assertThat(replies).contains("451 4.3.5 Server configuration error");
        assertThat(log).anyMatch(l -> l.contains("classes and access tables name each other without an end"));
    }

    @Test
    void aClassMayCloseTheRelay() throws Exception {
        settings.put("smtpd_relay_restrictions", "");
        settings.put("smtpd_restriction_classes", "inner, outer");
        settings.put("outer", "permit_mynetworks, inner");
        settings.put("inner", "reject_unauth_destination");
        settings.put("smtpd_recipient_restrictions", "outer");
        assertThat(queued("usuario")).hasSize(1);
    }
}
