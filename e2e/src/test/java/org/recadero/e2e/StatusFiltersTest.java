package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code default_delivery_status_filter} beside Postfix: what is logged and told is what the administrator's table says. */
class StatusFiltersTest {
    private static final String TABLE = """
            /^2\\.0\\.0 delivered to mailbox/ 2.1.5 en el buzon
            /^2\\.0\\.0 delivered to command: true/ 5.1.1 no
            /^5\\.3\\.0 service/ hola
            /^4\\.3\\.0 temporary/ 5.3.1 nunca
            /^(5\\.1\\.1) unknown user: "(noesta)"/ $1   nadie  de nombre $2
            /^5\\.1\\.1 unknown user: "tampoco"/ 5.1.6
            /^5\\.0\\.0 / 5.1.8 fuera
            """;

    private static final List<Submission> MAILS = List.of(
            new Submission("a mailbox", "usuario", List.of("otro"), "Subject: x\n\nx\n"),
            new Submission("a success that cannot fail", "usuario", List.of("cierto"), "Subject: x\n\nx\n"),
            new Submission("a row that is no code", "usuario", List.of("servicio"), "Subject: x\n\nx\n"),
            new Submission("what would wait", "usuario", List.of("luego"), "Subject: x\n\nx\n"),
            new Submission("another text", "usuario", List.of("noesta"), "Subject: x\n\nx\n"),
            new Submission("another code", "usuario", List.of("tampoco"), "Subject: x\n\nx\n"),
            new Submission("an agent without a filter", "usuario", List.of("a@servidor.org"), "Subject: x\n\nx\n"),
            new Submission("a question", "usuario", List.of("-bv", "tampoco@localhost"), ""));

    @Test
    void whatIsToldIsWhatTheTableSays() {
        try (SideBySide machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            machine.exec("root", TABLE, "sh", "-c", "cat >/etc/postfix/estados").succeeded();
            String aliases = "cierto: \"|true\"\nservicio: \"|exit 69\"\nluego: \"|exit 75\"\n";
            machine.exec("root", aliases, "sh", "-c", "cat >>/etc/aliases; newaliases")
                    .succeeded();
            Chapter.settings(machine, List.of("default_delivery_status_filter = regexp:/etc/postfix/estados"));
            Chapter.start(machine);
        })) {
            String reference = machines.equalFor(MAILS, (mail, machine) -> {
                Submission.Observed observed = mail.observe(machine, Mta.Client.C);
                return observed.result() + observed.mailboxes() + observed.log();
            });
            assertThat(reference)
                    .contains(
                            "dsn=2.1.5, status=sent (en el buzon)",
                            "dsn=2.0.0, status=sent (delivered to command: true)",
                            "dsn=5.3.1, status=bounced (nunca)",
                            "nadie  de nombre noesta",
                            "Status: 5.1.6");
        }
    }
}
