package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.smtp.Reply;
import org.recadero.status.EnhancedStatusCode;

/** Of which sessions the postmaster hears. The classes were seen with Postfix 3.7.11, one {@code notify_classes} after the other. */
class TranscriptTest {
    private static final String ALL = "bounce, 2bounce, data, delay, policy, protocol, resource, software";

    @TempDir
    Path folder;

    private List<String> told(String classes, String said) throws Exception {
        return told(classes, said, new Receipt.Refused(EnhancedStatusCode.of(4, 3, 0), "queue file write error"));
    }

    private List<String> told(String classes, String said, Receipt receipt) throws Exception {
        Map<String, String> settings = new HashMap<>();
        settings.put("notify_classes", classes);
        settings.put("message_size_limit", "2000");
        settings.put("smtpd_recipient_limit", "1");
        settings.put(
                "smtpd_recipient_restrictions",
                "check_recipient_access inline:{{usuario+r@localhost=REJECT no},{usuario+u@localhost=nosuch}}, permit");
        try (SmtpFixture fixture = new SmtpFixture(folder, settings)) {
            MessageIntake intake = (message, content) -> {
                content.readAllBytes();
                return receipt;
            };
            byte[] bytes =
                    ("EHLO c\n" + said + "\nQUIT\n").replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            var _ = SmtpSafetyTest.talk(fixture, intake, bytes);
            return List.copyOf(fixture.told);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POLICY| MAIL FROM:<a@example.org>/RCPT TO:<usuario+r@localhost>",
                "SOFTWARE| MAIL FROM:<a@example.org>/RCPT TO:<usuario+u@localhost>",
                "POLICY| MAIL FROM:<a@example.org> SIZE=99999",
                "PROTOCOL| FOO",
                "PROTOCOL| RCPT TO:<usuario@localhost>",
                "PROTOCOL| MAIL FROM:<a",
                "PROTOCOL| VRFY",
                "PROTOCOL| AUTH PLAIN",
                "RESOURCE| MAIL FROM:<a@example.org>/RCPT TO:<usuario@localhost>/DATA/.",
                "| MAIL FROM:<a@example.org>/RCPT TO:<nadie@localhost>",
                "| MAIL FROM:<a@example.org>/RCPT TO:<usuario@localhost>/RCPT TO:<root@localhost>",
                "| ETRN x"
            })
    void eachTroubleHasItsClass(String kind, String said) throws Exception {
        List<String> told = told(ALL, said.replace('/', '\n'));
        if (kind == null) {
            assertThat(told).isEmpty();
        } else {
            assertThat(told)
                    .startsWith("[" + kind + "] unknown[192.0.2.9]")
                    .contains("In:  EHLO c", "Out: 221 2.0.0 Bye");
            assertThat(told.get(1)).startsWith("Out: 220 cliente.example.net ESMTP");
        }
    }

    @Test
    void whatIsNotWantedIsNotTold() throws Exception {
        assertThat(told("policy, resource, software", "FOO\nMAIL FROM:<a")).isEmpty();
    }

    @Test
    void aRefusedContentIsAMatterOfPolicy() throws Exception {
        Receipt refused = new Receipt.Refused(EnhancedStatusCode.of(5, 7, 1), "message content rejected");
        assertThat(told(ALL, "MAIL FROM:<a@example.org>\nRCPT TO:<usuario@localhost>\nDATA\n.", refused))
                .startsWith("[POLICY] unknown[192.0.2.9]");
    }

    @Test
    void neverHoldsAPassword() throws Exception {
        List<String> told = told(ALL, "AUTH PLAIN AHBlcGUAc295cGVwZQ==\n auth  login   c295cGVwZQ==");
        assertThat(told)
                .contains("In:  AUTH PLAIN ****")
                .noneMatch(l -> l.contains("c295cGVwZQ") || l.contains("AHBlcGUA"));
        Transcript transcript = new Transcript(new Transcript.Rules(java.util.Set.of(SessionTrouble.PROTOCOL), 10));
        transcript.said("AUTH LOGIN");
        transcript.saidInSecret();
        transcript.trouble(SessionTrouble.PROTOCOL);
        transcript.tell(
                (kinds, client, lines) -> assertThat(lines).containsExactly("In:  AUTH LOGIN", "In:  ****"), "c");
    }

    @Test
    void holdsLittle() {
        Transcript quiet = new Transcript(new Transcript.Rules(java.util.Set.of(SessionTrouble.PROTOCOL), 5));
        for (int i = 0; i < 12; i++) {
            quiet.said("NOOP " + i);
        }
        quiet.trouble(SessionTrouble.PROTOCOL);
        for (int i = 0; i < 3 * Transcript.MOST_LINES; i++) {
            quiet.answered(Reply.of(500, "5.5.2", "x".repeat(1_900)));
        }
        quiet.tell(
                (kinds, client, lines) -> {
                    assertThat(lines).startsWith("In:  NOOP 10", "In:  NOOP 11").hasSize(Transcript.MOST_LINES + 1);
                    assertThat(lines).allMatch(l -> l.length() <= 1_000);
                },
                "c");
    }

    /** A client may get AUTH wrong, or go on with the password though AUTH was refused. */
    @Test
    void noPasswordIsInItHoweverTheClientErrs() throws Exception {
        String password = "c295cGVwZQ==";
        for (String said : List.of(
                "AUTH LOGIN\ncGVwZQ==\n" + password,
                "AUTH LOGIN\n" + password,
                "AUTHPLAIN " + password,
                "AUTH " + password,
                "auth plain " + password + " " + password,
                "AUTH" + password)) {
            List<String> told = told(ALL, said + "\nFOO\nNOOP\nFOO");
            assertThat(String.join("\n", told)).as(said).contains("In:  NOOP").doesNotContain(password);
        }
    }
}
