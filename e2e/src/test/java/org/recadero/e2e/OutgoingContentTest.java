package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Content as the clients send it, beside Postfix: {@code smtp_header_checks} and its kin for SMTP and LMTP. A server on loopback says what came.
 */
class OutgoingContentTest {
    private static final List<String> SETTINGS = List.of(
            "default_transport = smtp",
            "relayhost = [127.0.0.1]:2525",
            "transport_maps = texthash:/etc/postfix/transport",
            "smtp_tls_security_level =",
            "smtp_header_checks = regexp:/etc/postfix/headers",
            "smtp_mime_header_checks = regexp:/etc/postfix/parts",
            "smtp_nested_header_checks = regexp:/etc/postfix/nested",
            "smtp_body_checks = regexp:/etc/postfix/bodies",
            "smtp_generic_maps = texthash:/etc/postfix/generic",
            "body_checks_size_limit = 2",
            "lmtp_header_checks = regexp:/etc/postfix/headers",
            "lmtp_body_checks = regexp:/etc/postfix/bodies");

    private static final List<String> FILES = List.of(
            "transport", "lmtp.example lmtp:inet:127.0.0.1:2525\n",
            "generic", "usuario@cliente.example.net generico@fuera.example\n",
            "headers", """
                    /^Subject: (.*)/ REPLACE X-Subject: <$1>
                    /^X-Avisa:/ WARN cuidado
                    /^X-Dato:/ INFO
                    /^X-Callado:/ IGNORE no se ve
                    /^X-Fuera:/ STRIP fuera
                    /^X-Delante:/ PREPEND X-Puesto: antes
                    /^X-Nada:/ DUNNO
                    /^X-Rechazo:/ REJECT no
                    /^X-Tira:/ DISCARD
                    /^X-Quieto:/ HOLD
                    /^X-Copia:/ BCC root@localhost
                    /^X-Otro:/ REDIRECT root@localhost
                    /^X-Pasa:/ PASS
                    /^X-Filtro:/ FILTER smtp:x
                    /^X-Mal:/ PATATA
                    /^X-Sin:/ REPLACE sin dos puntos
                    /^X-Vacio:/ PREPEND
                    /^Received:/ IGNORE
                    /^To:/ REPLACE To: usuario@cliente.example.net
                    """,
            "parts", "/^Content-Type: (.*name=.*)/ REPLACE Content-Type: [$1]\n/^MIME-Version/ INFO version\n",
            "nested", "/^Subject: (.*)/ REPLACE Subject: [dentro] $1\n",
            "bodies", """
                    /^quita/ IGNORE
                    /^cambia (.*)/ REPLACE cambiado $1
                    /^punto/ REPLACE .
                    /^antes/ PREPEND puesto
                    /^avisa/ WARN
                    /^rechaza/ REJECT
                    /^--limite/ INFO
                    """);

    private static final String FIELDS = """
            From: usuario@cliente.example.net
            To: x@y.example
            Message-Id: <1@cliente.example.net>
            Date: Tue, 24 Nov 2026 02:42:55 +0000
            Subject: hola
             doblada
            X-Avisa: 1
            X-Dato: 2
             dos
            X-Callado: 3
            X-Fuera: 4
            X-Delante: 5
            X-Nada: 6
            X-Rechazo: 7
            X-Tira: 8
            X-Quieto: 9
            X-Copia: 10
            X-Otro: 11
            X-Pasa: 12
            X-Filtro: 13
            X-Mal: 14
            X-Sin: 15
            X-Vacio: 16
            """ + "X-Avisa: " + ".".repeat(300) + "\n";

    private static final String PARTS = FIELDS + """
            MIME-Version: 1.0
            Content-Type: multipart/mixed;
            \tboundary="limite"

            preambulo
            quita
            punto
            .de verdad
            --limite
            Content-Type: message/rfc822
            X-Parte: 1

            Subject: de otro
            X-Fuera: 1

            quita
            cuerpo
            --limite
            Subject: parte
            Content-Type: text/plain; name="a"

            cambia esto
            antes
            rechaza
            --limite--
            avisa
            """;

    private static final String EIGHT_BIT = FIELDS + """
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            cambia ñandú
            quita ñ
            antes ñ
            fin
            """;

    private record Mail(String name, String to, String text) {}

    private static final List<Mail> MAILS = List.of(
            new Mail("fields and parts by SMTP", "uno@fuera.example", PARTS),
            new Mail("fields and parts by LMTP", "uno@lmtp.example", PARTS),
            new Mail("a line in pieces", "uno@fuera.example", FIELDS + "\nquita" + "z".repeat(3_000) + "\nfin\n"),
            new Mail("no body", "uno@fuera.example", FIELDS),
            new Mail("8-bit text that is encoded", "uno@fuera.example", EIGHT_BIT));

    private static void prepare(Machine machine) {
        Chapter.configure(machine);
        for (int i = 0; i < FILES.size(); i += 2) {
            machine.exec("root", FILES.get(i + 1), "tee", "/etc/postfix/" + FILES.get(i))
                    .succeeded();
        }
        Chapter.settings(machine, SETTINGS);
        Chapter.start(machine);
    }

    /** What the server took, and the log. */
    private static String observed(Machine machine, Mail mail) {
        Script plain = Script.GOOD.offering(mail.text().equals(EIGHT_BIT) ? "PIPELINING" : "8BITMIME");
        try (ScriptedServer server =
                new ScriptedServer(machine, "servidor", "127.0.0.1", 2525, 5, Certificates.none(machine), plain)) {
            int mark = machine.mailLog().size();
            machine.exec(
                            "root",
                            mail.text(),
                            machine.mta()
                                    .sendmail(Mta.Client.C, List.of("-f", "usuario@cliente.example.net", mail.to())))
                    .succeeded();
            Submission.awaitQuiet(machine, mark);
            List<LogLine> log = Submission.since(machine, mark);
            Masks masks = new Masks(machine.mta(), log);
            return server.took().stream()
                            .map(took -> masks.text(took.text()))
                            .collect(Collectors.joining("== one more\n"))
                    + "== log\n" + masks.log(log)
                    + log.stream()
                            .filter(line -> line.text().startsWith("warning: "))
                            .map(line -> line.program() + " " + line.severity() + " " + line.text() + "\n")
                            .collect(Collectors.joining());
        }
    }

    @Test
    void contentLeavesAsFromPostfix() {
        try (SideBySide machines = SideBySide.with(OutgoingContentTest::prepare)) {
            List<String> differences = new ArrayList<>();
            StringBuilder reference = new StringBuilder();
            for (Mail mail : MAILS) {
                SideBySide.Pair<String> seen = machines.both(machine -> observed(machine, mail));
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
                            "X-Subject: <hola",
                            "To: generico@fuera.example",
                            "X-Puesto: antes",
                            "Subject: [dentro] de otro",
                            "cambiado =C3=B1and=C3=BA",
                            "unsupported command in smtp_header_checks map: REJECT no",
                            "unsupported command in lmtp_body_checks map: REJECT");
        }
    }
}
