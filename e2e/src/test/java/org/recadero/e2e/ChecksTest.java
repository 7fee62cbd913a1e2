package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Header and body checks, unwanted characters, masquerading, virtual alias domains, people who have moved and strangers' header fields beside Postfix: the
 * same mail by sendmail and by SMTP, and replies, mailboxes, notices and log lines are the same.
 */
class ChecksTest {
    private static final List<String> SETTINGS = List.of(
            "inet_interfaces = loopback-only",
            "smtpd_peername_lookup = no",
            "append_dot_mydomain = yes",
            "local_header_rewrite_clients =",
            "remote_header_rewrite_domain = domain.invalid",
            "masquerade_domains = !geheim.example.net example.net",
            "masquerade_exceptions = root",
            "virtual_alias_domains = v.example",
            "virtual_alias_maps = texthash:/etc/postfix/virtual",
            "relocated_maps = texthash:/etc/postfix/relocated",
            "smtpd_reject_unlisted_sender = yes",
            "header_checks = regexp:/etc/postfix/header_checks",
            "mime_header_checks = pcre:/etc/postfix/mime_checks",
            "nested_header_checks = regexp:/etc/postfix/nested_checks",
            "body_checks = regexp:/etc/postfix/body_checks",
            "body_checks_size_limit = 200",
            "message_reject_characters = \\a\\1",
            "message_strip_characters = \\1\\0\\177",
            "mime_nesting_limit = 3");

    private static final List<String> FILES = List.of(
            "virtual", "jefe@v.example usuario\n",
            "relocated", "otro  otro@example.org, Calle Mayor 1\n",
            "header_checks", """
                    /^Subject: rechazo$/ REJECT
                    /^Subject: motivo/ REJECT 5.7.9 no me gusta
                    /^Subject: doblado.*linea/ WARN dos lineas
                    /^Subject: retenido/ HOLD quieto
                    /^Subject: tirado/ DISCARD fuera
                    /^Subject: a root/ REDIRECT root@localhost
                    /^Subject: copia/ BCC root@localhost
                    /^Subject: delante (.*)/ PREPEND X-Delante: $1
                    /^X-Cambia: (.*)/ REPLACE Reply-To: $1
                    /^X-Fuera:/ STRIP quitado
                    /^X-Callado:/ IGNORE
                    /^X-Dato:/ INFO un dato
                    /^X-Pasa:/ PASS
                    /^X-Nada:/ DUNNO
                    /^X-Mal:/ PATATA
                    /^Received:.*from userid/ PREPEND X-Primero: si
                    """,
            "mime_checks", "/^Content-Type:.*name\\s*=\\s*\"?(.*\\.exe)/ REJECT adjunto $1\n/^X-Parte/ IGNORE\n",
            "nested_checks", "/^Subject: (.*)/ REPLACE Subject: [dentro] $1\n",
            "body_checks", """
                    /^malo/ REJECT en el cuerpo
                    /^quita/ IGNORE
                    /^cambia (.*)/ REPLACE cambiado $1
                    /^antes/ PREPEND puesto
                    /^avisa/ WARN
                    /^--limite/ INFO
                    """);

    private static final String CLIENT = """
            import smtplib, sys
            server = smtplib.SMTP("127.0.0.1", 25, "cli.example")
            def said(reply):
                print(reply[0], reply[1].decode())
            server.ehlo()
            said(server.docmd("MAIL FROM:<%s>" % sys.argv[1]))
            for recipient in sys.argv[2:]:
                said(server.docmd("RCPT TO:<%s>" % recipient))
            try:
                said(server.data(sys.stdin.buffer.read()))
            except smtplib.SMTPDataError as refused:
                said((refused.smtp_code, refused.smtp_error))
            said(server.docmd("QUIT"))
            """;

    private static final String PARTS = """
            Subject: partes
            MIME-Version: 1.0
            Content-Type: multipart/mixed;
            \tboundary="limite"

            preambulo
            --limite
            Content-Type: message/rfc822
            X-Parte: 1

            Subject: de otro
            X-Fuera: aqui no

            quita
            cuerpo
            --limite
            X-Parte: 2
             sigue
            Content-Type: text/plain

            cambia esto
            antes
            --limite--
            avisa
            """;

    /**
     * Mail.
     *
     * @param arguments of sendmail; of the SMTP client sender and recipients
     */
    private record Mail(String name, boolean bySmtp, List<String> arguments, String text) {
        static Mail sendmail(String name, String text) {
            return new Mail(name, false, List.of("-f", "usuario@host.example.net", "usuario"), text);
        }

        static Mail smtp(String name, String text) {
            return new Mail(name, true, List.of("alguien@a.example", "usuario@localhost", "root@localhost"), text);
        }

        Result sendOn(Machine machine) {
            List<String> command = new ArrayList<>();
            if (bySmtp) {
                command.addAll(List.of("python3", "-c", CLIENT));
                command.addAll(arguments);
            } else {
                command.addAll(List.of(machine.mta().sendmail(Mta.Client.C, arguments)));
            }
            return machine.exec("root", text.getBytes(StandardCharsets.UTF_8), command.toArray(String[]::new));
        }
    }

    private static String nested(int levels) {
        StringBuilder text = new StringBuilder("Subject: nido\nContent-Type: multipart/mixed; boundary=b0\n");
        for (int i = 1; i < levels; i++) {
            text.append("\n--b")
                    .append(i - 1)
                    .append("\nContent-Type: multipart/mixed; boundary=b")
                    .append(i)
                    .append('\n');
        }
        return text + "\nfin\n";
    }

    private static List<Mail> mails() {
        List<Mail> all = new ArrayList<>();
        for (String subject :
                List.of("retenido", "tirado", "a root", "copia", "delante de todo", "doblado\n en linea")) {
            String text = "From: usuario@host.example.net\nTo: a@x.geheim.example.net, b@y.example.net\nSubject: "
                    + subject + "\n\nhola\n";
            all.add(Mail.sendmail("sendmail, " + subject, text));
            all.add(Mail.smtp("SMTP, " + subject, text));
        }
        for (String subject : List.of("rechazo", "motivo")) {
            all.add(Mail.sendmail("sendmail, " + subject, "Subject: " + subject + "\nX-Dato: no\n\nhola\n"));
            all.add(Mail.smtp("SMTP, " + subject, "Subject: " + subject + "\n\nhola\n"));
        }
        String fields = """
                From: pepe, q@host
                X-Cambia: juan
                X-Fuera: 1
                X-Callado: 2
                X-Nada: 3
                X-Mal: 4
                X-Dato: 5
                 dos
                X-Pasa: 6
                X-Fuera: 7

                malo
                """;
        all.add(Mail.sendmail("sendmail, fields", fields));
        all.add(Mail.smtp("SMTP, fields", fields));
        all.add(Mail.sendmail("sendmail, parts", PARTS));
        all.add(Mail.smtp("SMTP, parts", PARTS));
        all.add(Mail.sendmail("sendmail, body", "Subject: x\n\nbien\nmalo\n"));
        all.add(Mail.smtp("SMTP, body", "Subject: x\n\nbien\nmalo\n"));
        all.add(Mail.smtp("SMTP, beyond body_checks_size_limit", "Subject: x\n\n" + "z".repeat(250) + "\nmalo\n"));
        all.add(Mail.smtp("SMTP, a long line", "Subject: x\n\n" + "z".repeat(2048) + "malo\n"));
        all.add(Mail.smtp(
                "SMTP, an attachment",
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: x/y;\n name=\"a.exe\"\n\nz\n"));
        all.add(Mail.smtp("SMTP, nested", nested(5)));
        all.add(Mail.smtp("SMTP, nested too deep", nested(6)));
        all.add(Mail.sendmail("sendmail, nested too deep", nested(6)));
        for (String text :
                List.of("Subject: a\177b\0c\n\nd\177\177e\0f\n", "Subject: retenido\n\nmalo\0 x \007 y\nmalo\n")) {
            all.add(Mail.sendmail("sendmail, characters in " + text.strip(), text));
            all.add(Mail.smtp("SMTP, characters in " + text.strip(), text));
        }
        all.add(Mail.smtp("SMTP, characters in a header", "Subject: un\001o\n\nx\n"));
        all.add(new Mail(
                "sendmail, who has moved and who never was there",
                false,
                List.of(
                        "-f",
                        "root",
                        "jefe@v.example",
                        "nadie@v.example",
                        "otro@localhost.example.net",
                        "otro+x@localhost.example.net"),
                "Subject: x\n\nx\n"));
        all.add(new Mail(
                "SMTP, who has moved and who never was there",
                true,
                // before one that is taken: until then there is no queue id in Postfix either
                List.of(
                        "alguien@a.example",
                        "nadie@v.example",
                        "otro@localhost.example.net",
                        "otro+x@localhost.example.net",
                        "jefe@v.example"),
                "Subject: x\n\nx\n"));
        all.add(new Mail(
                "SMTP, from whom has moved",
                true,
                List.of("otro@localhost.example.net", "usuario@localhost"),
                "Subject: x\n\nx\n"));
        return all;
    }

    private static void prepare(Machine machine) {
        Chapter.configure(machine);
        for (int i = 0; i < FILES.size(); i += 2) {
            machine.exec("root", FILES.get(i + 1), "tee", "/etc/postfix/" + FILES.get(i))
                    .succeeded();
        }
        Chapter.settings(machine, SETTINGS);
        Chapter.settings(machine, List.of("default_transport = smtp", "relayhost = [127.0.0.1]:9"));
        Chapter.start(machine);
    }

    /** Sends and gives back what was said, what lies in the mailboxes and what the log says, masked. */
    private static String observed(Machine machine, Mail mail) {
        machine.shell("rm -f /var/mail/*").succeeded();
        int mark = machine.mailLog().size();
        Result said = mail.sendOn(machine);
        machine.awaitUntil(
                "«" + mail.name() + "» has come to rest", () -> isQuiet(Submission.news(machine, mark), mail));
        List<LogLine> log = Submission.news(machine, mark);
        Set<String> returned = idsWith(log, "reject: ");
        Masks masks = new Masks(machine.mta(), log);
        StringBuilder seen = new StringBuilder("status " + said.status() + "\n" + masks.text(said.out() + said.err()));
        TreeMap<String, String> mailboxes = new TreeMap<>();
        for (String name : List.of("root", "usuario", "otro")) {
            if (!machine.ownerAndMode("/var/mail/" + name).equals("none")) {
                mailboxes.put(
                        name,
                        Mbox.messages(machine.read("/var/mail/" + name)).stream()
                                .map(message -> masks.text(message.text()))
                                .sorted()
                                .collect(Collectors.joining()));
            }
        }
        mailboxes.forEach(
                (name, text) -> seen.append("=== ").append(name).append('\n').append(text));
        log.stream()
                .filter(line -> line.queueId().isEmpty() && line.text().startsWith("warning: "))
                .forEach(line -> seen.append(line.program())
                        .append(": ")
                        .append(line.text())
                        .append('\n'));
        // Postfix's queue manager never sees what cleanup(8) returns
        // cleanup(8) returns
        return seen
                + masks.log(log.stream()
                        .filter(line -> !(returned.contains(line.queueId())
                                && line.text().equals("removed")))
                        .toList());
    }

    private static Set<String> idsWith(List<LogLine> log, String start) {
        return log.stream()
                .filter(line -> line.text().startsWith(start))
                .map(LogLine::queueId)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /**
     * Whether all that is named is gone, on hold, thrown away or returned, and has its last line in the log: of a session that is its end,
     * of what is held its Message-ID.
     */
    private static boolean isQuiet(List<LogLine> log, Mail mail) {
        Set<String> open = Submission.queued(log);
        boolean seen = mail.bySmtp()
                ? log.stream().anyMatch(line -> line.text().startsWith("disconnect from"))
                : !open.isEmpty();
        open.removeAll(idsWith(log, "removed"));
        Set<String> held = idsWith(log, "hold: ");
        held.retainAll(idsWith(log, "message-id="));
        open.removeAll(held);
        open.removeAll(idsWith(log, "discard: "));
        Set<String> rejected = idsWith(log, "reject: ");
        open.removeAll(rejected);
        boolean told = mail.bySmtp()
                || rejected.isEmpty()
                || log.stream().anyMatch(line -> line.text().contains("notification: "));
        return seen && told && open.isEmpty();
    }

    @Test
    void mailIsCheckedAsPostfixChecksIt() {
        try (SideBySide machines = SideBySide.with(ChecksTest::prepare)) {
            List<String> differences = new ArrayList<>();
            StringBuilder reference = new StringBuilder();
            for (Mail mail : mails()) {
                SideBySide.Pair<String> seen = machines.both(machine -> observed(machine, mail));
                boolean differs = !seen.subject().equals(seen.reference());
                if (Differs.applies() && differs && seen.reference().contains(": redirect: ")) {
                    Differs.note(mail.name(), "nrcpt= counts who gets it, not who was named before REDIRECT");
                    seen = new SideBySide.Pair<>(
                            seen.subject().replaceAll("nrcpt=\\d+", "nrcpt=N"),
                            seen.reference().replaceAll("nrcpt=\\d+", "nrcpt=N"));
                }
                reference.append(seen.reference());
                if (!seen.subject().equals(seen.reference())) {
                    differences.add(
                            mail.name() + "\n--- ours\n" + seen.subject() + "\n--- Postfix\n" + seen.reference());
                }
            }
            assertThat(differences).isEmpty();
            // that Postfix did something at all
            assertThat(reference)
                    .contains(
                            "550 5.7.9 no me gusta",
                            "Subject: [dentro] de otro",
                            "cambiado esto",
                            "5.6.0 MIME nesting exceeds safety limit",
                            "X-Delante: de todo",
                            "adjunto a.exe",
                            "User has moved to otro@example.org, Calle Mayor 1",
                            "User unknown in virtual alias table",
                            "pepe@domain.invalid",
                            "X-Primero: si",
                            "Subject: abc\n",
                            "\ndef\n",
                            "550 5.7.1 disallowed character",
                            "reject: content malo from",
                            "unknown command in header_checks map: PATATA");
        }
    }
}
