package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What the clients send, beside Postfix: {@code smtp_header_checks} and its kin for SMTP and LMTP, {@code flags=} of a service, and who tells
 * the sender of success. A server on loopback says what came.
 */
class OutgoingContentTest {
    private static final String EQUIS = "success with flags=X";

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
            // each message finds the server as it is then
            "smtp_connection_reuse_count_limit = 1",
            "lmtp_connection_reuse_count_limit = 1",
            "uno_destination_recipient_limit = 1",
            "otro_destination_recipient_limit = 1",
            "virtual_alias_maps = inline:{alias@example.net=a@uno.example}",
            "lmtp_header_checks = regexp:/etc/postfix/headers",
            "lmtp_body_checks = regexp:/etc/postfix/bodies");

    private static final List<String> FILES = List.of(
            "transport", """
                    lmtp.example lmtp:inet:127.0.0.1:2525
                    uno.example uno:[127.0.0.1]:2525
                    otro.example otro:inet:127.0.0.1:2525
                    fin.example fin:inet:127.0.0.1:2525
                    equis.example equis:[127.0.0.1]:2525
                    """,
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
                    /^X-Original-To: (.*)/ REPLACE X-Original: <$1>
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

    /** {@code uno} has one process: a recipient after the other, as the order of their lines is compared. */
    private static final String SERVICES = """
            uno unix - - n - 1 smtp flags=DRO
            otro unix - - n - - lmtp flags=OD
            fin unix - - n - - lmtp -o lmtp_assume_final=yes
            equis unix - - n - - smtp flags=X
            mal unix - - n - - smtp flags=Z
            """;

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

    private static final String SHORT = "Message-Id: <1@cliente.example.net>\nSubject: hola\n\nx\n";

    /**
     * Mail.
     *
     * @param arguments of sendmail
     * @param offers what the server lists
     */
    private record Mail(String name, List<String> arguments, String text, String offers) {
        static Mail to(String name, String recipient, String text) {
            return new Mail(name, List.of("-f", "usuario@cliente.example.net", recipient), text, "8BITMIME");
        }

        static Mail with(String name, String offers, String... arguments) {
            List<String> all = new ArrayList<>(List.of("-f", "usuario@cliente.example.net"));
            all.addAll(Arrays.asList(arguments));
            return new Mail(name, all, SHORT, offers);
        }
    }

    private static final List<Mail> MAILS = List.of(
            Mail.to("fields and parts by SMTP", "a@fuera.example", PARTS),
            Mail.to("fields and parts by LMTP", "a@lmtp.example", PARTS),
            Mail.to("a line in pieces", "a@fuera.example", FIELDS + "\nquita" + "z".repeat(3_000) + "\nfin\n"),
            Mail.to("no body", "a@fuera.example", FIELDS),
            new Mail(
                    "8-bit text that is encoded",
                    List.of("-f", "usuario@cliente.example.net", "a@fuera.example"),
                    EIGHT_BIT,
                    "PIPELINING"),
            Mail.with("fields on top", "PIPELINING", "a@uno.example", "b+c@uno.example"),
            Mail.with("fields on top by LMTP", "8BITMIME", "a@otro.example"),
            Mail.with("fields on top for an alias", "8BITMIME", "alias"),
            Mail.with("fields on top, from nobody", "8BITMIME", "-f", "", "a@uno.example"),
            Mail.to("who had it before", "a@uno.example", "Delivered-To: A@uno.example\n" + SHORT),
            Mail.with("success, the server tells", "DSN", "-N", "success", "a@fuera.example"),
            Mail.with("success, relayed", "8BITMIME", "-N", "success", "a@fuera.example"),
            Mail.with("success by LMTP", "8BITMIME", "-N", "success", "a@lmtp.example"),
            Mail.with("success by LMTP, final", "8BITMIME", "-N", "success", "a@fin.example"),
            Mail.with("success by LMTP, final, the server tells", "DSN", "-N", "success", "a@fin.example"),
            Mail.with(EQUIS, "8BITMIME", "-N", "success", "a@equis.example"));

    private static void prepare(Machine machine) {
        Chapter.configure(machine);
        for (int i = 0; i < FILES.size(); i += 2) {
            machine.exec("root", FILES.get(i + 1), "tee", "/etc/postfix/" + FILES.get(i))
                    .succeeded();
        }
        machine.exec("root", SERVICES, "tee", "-a", "/etc/postfix/master.cf").succeeded();
        Chapter.settings(machine, SETTINGS);
        Chapter.start(machine);
    }

    /** What the server took, what the sender was told, and the log. */
    private static String observed(Machine machine, ScriptedServer server, Mail mail) {
        server.behave(Script.GOOD.offering(mail.offers()));
        int before = server.took().size();
        int mark = machine.mailLog().size();
        machine.shell("rm -f /var/mail/usuario").succeeded();
        machine.exec("root", mail.text(), machine.mta().sendmail(Mta.Client.C, mail.arguments()))
                .succeeded();
        Submission.awaitQuiet(machine, mark);
        List<LogLine> log = Submission.news(machine, mark);
        Masks masks = new Masks(machine.mta(), log);
        List<ScriptedServer.Took> took = server.took();
        return took.subList(before, took.size()).stream()
                        .map(each -> masks.text(each.text()))
                        .sorted()
                        .collect(Collectors.joining("== one more\n"))
                + "== told\n" + told(machine, masks)
                + "== log\n" + masks.log(log)
                + log.stream()
                        .filter(line -> line.text().startsWith("warning: ")
                                // Postfix's client says so with its first message, ours at the start
                                && !line.text().contains("lmtp_assume_final is obsolete"))
                        .map(line -> line.program() + " " + line.severity() + " " + line.text() + "\n")
                        .collect(Collectors.joining());
    }

    private static ScriptedServer server(Machine machine) {
        return new ScriptedServer(
                machine, "servidor", "127.0.0.1", 2525, 5, Certificates.none(machine), Script.GOOD.offering());
    }

    private static String told(Machine machine, Masks masks) {
        return machine.ownerAndMode("/var/mail/usuario").equals("none")
                ? ""
                : masks.text(machine.read("/var/mail/usuario"));
    }

    @Test
    void contentLeavesAsFromPostfix() {
        try (SideBySide machines = SideBySide.with(OutgoingContentTest::prepare)) {
            SideBySide.Pair<ScriptedServer> servers = machines.both(OutgoingContentTest::server);
            List<String> differences = new ArrayList<>();
            StringBuilder reference = new StringBuilder();
            for (Mail mail : MAILS) {
                SideBySide.Pair<String> seen = machines.both(machine -> observed(
                        machine, machine == machines.subject() ? servers.subject() : servers.reference(), mail));
                reference.append(seen.reference());
                if (mail.name().equals(EQUIS) && Differs.applies()) {
                    assertThat(seen.subject()).contains("Action: delivered");
                    Differs.note(EQUIS, "flags=X says «delivered», as smtp(8) has it; Postfix 3.7.11 says «relayed»");
                    seen = new SideBySide.Pair<>(
                            seen.subject().replace("Action: delivered", "Action: relayed"), seen.reference());
                }
                if (!seen.subject().equals(seen.reference())) {
                    differences.add(
                            mail.name() + "\n--- ours\n" + seen.subject() + "\n--- Postfix\n" + seen.reference());
                }
            }
            servers.subject().close();
            servers.reference().close();
            assertThat(differences).isEmpty();
            // that Postfix did something at all
            assertThat(reference)
                    .contains(
                            "X-Subject: <hola",
                            "To: generico@fuera.example",
                            "X-Puesto: antes",
                            "Subject: [dentro] de otro",
                            "cambiado =C3=B1and=C3=BA",
                            "Delivered-To: b+c@uno.example",
                            "X-Original: <a@otro.example>",
                            "mail forwarding loop for a@uno.example",
                            "Action: delivered",
                            "Action: relayed",
                            "unsupported command in smtp_header_checks map: REJECT no",
                            "unsupported command in lmtp_body_checks map: REJECT");
        }
    }
}
