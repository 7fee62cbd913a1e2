package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** {@code sendmail -bs}, SMTP over a pipe as the calling user, and {@code sendmail -bd}, beside Postfix. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StandAloneTest {
    private static final String DIALOGUE = """
            EHLO programa
            MAIL FROM:<otro@example.net>
            RCPT TO:<usuario@localhost>
            RCPT TO:<noexiste@localhost>
            DATA
            Subject: por un tubo

            ..punto
            hola
            .
            MAIL FROM:<otro@example.net>
            RSET
            FOO
            MAIL FROM:<otro@example.net>
            RCPT TO:<usuario@localhost>
            DATA
            Subject: otra vez

            adiós
            .
            QUIT
            """.replace("\n", "\r\n");

    private SideBySide machines;

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(Chapter::setUp);
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    /** DIFFERS: one Received says all: Postfix's second names a file that nobody else knows of. ETRN is not served, and not offered. */
    @Test
    void speaksSmtpOverAPipeAsTheUser() {
        machines.both(machine -> {
                    int mark = machine.mailLog().size();
                    Result result =
                            machine.exec("otro", DIALOGUE, machine.mta().sendmail(Mta.Client.C, List.of("-bs")));
                    assertThat(result.out()).contains("queued as");
                    machine.awaitUntil(
                            "two messages and a notice",
                            () -> Mbox.messages(machine.read("/var/mail/usuario"))
                                                    .size()
                                            == 2
                                    && !machine.read("/var/mail/otro").isEmpty());
                    // what lies there is whole
                    machine.awaitUntil(
                            "the log has the end of all three",
                            () -> Submission.news(machine, mark).stream()
                                            .filter(line -> line.text().equals("removed"))
                                            .count()
                                    == 3);
                    Masks masks = new Masks(machine.mta(), Submission.news(machine, mark));
                    // the two may overtake each other
                    String text = Mbox.messages(machine.read("/var/mail/usuario")).stream()
                            .map(Mbox.Message::text)
                            .sorted(Comparator.comparing(StandAloneTest::subject))
                            .collect(Collectors.joining());
                    assertThat(text).contains("from userid 1002)").contains("\n.punto\nhola\n");
                    assertThat(machine.read("/var/mail/otro")).contains("noexiste@localhost");
                    return "status " + result.status() + "\n"
                            + result.out()
                                    .replaceAll("queued as [0-9A-F]+", "queued as ID")
                                    .replace("250-ETRN\r\n", "")
                                    .replace(machine.mta().mailName(), "MTA")
                            + result.err() + "\n"
                            + masks.text(text)
                                    .replaceAll("\\b(?:Q\\d+|[0-9A-F]{7,15})\\b", "ID")
                                    .replaceAll("Received: from programa [^\n]*\n\t[^\n]*\n(?:\t[^\n]*\n)?", "");
                })
                .areEqual();
    }

    private static String subject(String message) {
        return message.substring(message.indexOf("\nSubject: "));
    }

    @Test
    void endsWhereTheInputEnds() {
        machines.both(machine -> {
                    Result result = machine.exec(
                            "usuario",
                            "NOOP\r\nMAIL FROM:<>\r\n",
                            machine.mta().sendmail(Mta.Client.C, List.of("-bs")));
                    return result.status() + result.out().replace(machine.mta().mailName(), "MTA") + result.err();
                })
                .areEqual();
    }

    @Test
    void startsTheMailSystemThatIsDown() {
        machines.both(machine -> {
                    machine.exec("root", "", "postfix", "stop").succeeded();
                    int status = machine.exec("root", "", machine.mta().sendmail(Mta.Client.C, List.of("-bd")))
                            .status();
                    machine.awaitUntil(
                            "it runs",
                            () -> machine.exec("root", "", "postfix", "status").status() == 0);
                    return status;
                })
                .areEqual();
    }
}
