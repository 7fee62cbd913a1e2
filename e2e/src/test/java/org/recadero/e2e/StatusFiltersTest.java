package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code default_delivery_status_filter} and each agent's own beside Postfix: what is logged and told is what the administrator's table says. */
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

    private static final List<String> OF_EACH_AGENT = List.of(
            "local_delivery_status_filter = regexp:/etc/postfix/local",
            "smtp_delivery_status_filter = regexp:/etc/postfix/smtp",
            "lmtp_delivery_status_filter = regexp:/etc/postfix/lmtp",
            "pipe_delivery_status_filter = regexp:/etc/postfix/pipe",
            "smtp_tls_security_level =",
            "relayhost =",
            "default_transport = smtp:[127.0.0.1]:2525",
            "transport_maps = inline:{nadie.example=smtp:[127.0.0.1]:9, lmtp.example=lmtp:inet:127.0.0.1:2525,"
                    + " cerrado.example=lmtp:inet:127.0.0.1:9, otro.example=otro:[127.0.0.1]:2525, si@orden.example=bien:,"
                    + " no@orden.example=mal:, luego@orden.example=luego:}");

    private static final List<String> TABLES = List.of(
            "local", "/delivered to mailbox/ 2.1.5 de local\n",
            "smtp",
                    "/^(2\\.[0-9.]+) (250 .*)/ $1 de smtp: $2\n/^4\\.4\\.1 connect to ([^:]*)/ 5.4.1 no hay nadie en $1\n",
            "lmtp", "/^2\\./ 2.7.0 de lmtp\n/^4\\.4\\.1 / 5.4.2 cerrado\n",
            "pipe",
                    "/^2\\.0\\.0 (.*)/ 2.1.9 de pipe: $1\n/^5\\.3\\.0 / 4.3.9 otra vez\n/^4\\.3\\.0 temporary (.*)/ 5.3.1 nunca: $1\n");

    /** {@code otro} has a table of its own. */
    private static final String SERVICES = """
            otro unix - - n - - smtp -o smtp_delivery_status_filter=regexp:/etc/postfix/lmtp
            bien unix - n n - - pipe user=usuario argv=/bin/true
            mal unix - n n - - pipe user=usuario argv=/bin/false
            luego unix - n n - - pipe user=usuario argv=/usr/bin/tardio
            """;

    private static final List<Submission> TO_AGENTS = List.of(
            new Submission("local", "usuario", List.of("otro"), "Subject: x\n\nx\n"),
            new Submission("smtp", "usuario", List.of("a@servidor.example"), "Subject: x\n\nx\n"),
            new Submission("smtp, nobody there", "usuario", List.of("a@nadie.example"), "Subject: x\n\nx\n"),
            new Submission("lmtp", "usuario", List.of("a@lmtp.example"), "Subject: x\n\nx\n"),
            new Submission("lmtp, nobody there", "usuario", List.of("a@cerrado.example"), "Subject: x\n\nx\n"),
            new Submission("a service's own table", "usuario", List.of("a@otro.example"), "Subject: x\n\nx\n"),
            new Submission("pipe", "usuario", List.of("si@orden.example"), "Subject: x\n\nx\n"),
            new Submission("pipe, what would wait", "usuario", List.of("luego@orden.example"), "Subject: x\n\nx\n"));

    @Test
    void eachAgentHasItsOwnTable() {
        try (SideBySide machines = SideBySide.with(StatusFiltersTest::withTables)) {
            SideBySide.Pair<ScriptedServer> servers = machines.both(StatusFiltersTest::server);
            String reference = machines.equalFor(TO_AGENTS, (mail, machine) -> {
                Submission.Observed observed = mail.observe(machine, Mta.Client.C);
                return observed.result() + observed.mailboxes() + observed.log();
            });
            // what would bounce waits
            SideBySide.Pair<String> waits = machines.both(StatusFiltersTest::bouncedThatWaits);
            servers.subject().close();
            servers.reference().close();
            waits.areEqual();
            assertThat(waits.reference()).startsWith("dsn=4.3.9, status=deferred (otra vez)");
            assertThat(reference)
                    .contains(
                            "dsn=2.1.5, status=sent (de local)",
                            "status=sent (de smtp: 250 ",
                            "dsn=5.4.1, status=bounced (no hay nadie en 127.0.0.1[127.0.0.1])",
                            "dsn=2.7.0, status=sent (de lmtp)",
                            "dsn=5.4.2, status=bounced (cerrado)",
                            "dsn=2.1.9, status=sent (de pipe: delivered via bien service)",
                            "dsn=5.3.1, status=bounced (nunca: failure");
        }
    }

    private static void withTables(Machine machine) {
        Chapter.configure(machine);
        for (int i = 0; i < TABLES.size(); i += 2) {
            machine.exec("root", TABLES.get(i + 1), "tee", "/etc/postfix/" + TABLES.get(i))
                    .succeeded();
        }
        machine.exec("root", "#!/bin/sh\nexit 75\n", "sh", "-c", "cat >/usr/bin/tardio; chmod 755 /usr/bin/tardio")
                .succeeded();
        machine.exec("root", SERVICES, "tee", "-a", "/etc/postfix/master.cf").succeeded();
        Chapter.settings(machine, OF_EACH_AGENT);
        Chapter.start(machine);
    }

    private static ScriptedServer server(Machine machine) {
        return new ScriptedServer(
                machine, "servidor", "127.0.0.1", 2525, 5, Certificates.none(machine), Script.GOOD.offering());
    }

    private static String bouncedThatWaits(Machine machine) {
        int mark = machine.mailLog().size();
        machine.exec("usuario", "Subject: x\n\nx\n", machine.mta().sendmail(Mta.Client.C, List.of("no@orden.example")))
                .succeeded();
        String text = Submission.awaitOutcome(machine, mark).text();
        return text.substring(text.indexOf("dsn="));
    }
}
