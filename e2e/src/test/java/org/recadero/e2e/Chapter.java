package org.recadero.e2e;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The chapter's «Sólo correo local» as somebody at the keyboard sets it up: commands only, the same on both systems. */
final class Chapter {
    /** What Debian's installer writes for «Local only», less procmail, and with the mail name among the local domains. */
    static final List<String> LOCAL_ONLY = List.of(
            "alias_database = hash:/etc/aliases",
            "alias_maps = hash:/etc/aliases",
            "append_dot_mydomain = no",
            "biff = no",
            "compatibility_level = 3.6",
            "default_transport = error",
            "inet_interfaces = loopback-only",
            "inet_protocols = all",
            "mailbox_command =",
            "mailbox_size_limit = 0",
            "mydestination = $myhostname, example.net, localhost.example.net, localhost",
            "myhostname = cliente.example.net",
            "mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
            "myorigin = /etc/mailname",
            "readme_directory = no",
            "recipient_delimiter = +",
            "relay_transport = error",
            "relayhost =",
            "smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)",
            "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination");

    /** The chapter's test of the local delivery, as typed to {@code sendmail -t}. */
    static final String MESSAGE = """
            From: root@localhost
            To: usuario@localhost
            Subject: Test SMTP

            Prueba de entrega...
            """;

    private Chapter() {}

    /** {@code recadero init} where there is no configuration, the settings, {@code newaliases}; nothing is started. */
    static void configure(Machine machine) {
        if (machine.mta() == Mta.RECADERO) {
            machine.exec("root", "", "recadero", "init").succeeded();
        }
        settings(machine, LOCAL_ONLY);
        machine.exec("root", "", "newaliases").succeeded();
    }

    /** {@link #configure} and {@code postfix start}. */
    static void setUp(Machine machine) {
        configure(machine);
        start(machine);
    }

    /** {@code postfix start}; when it returns, the daemon has logged that it is there. */
    static void start(Machine machine) {
        long before = started(machine);
        machine.exec("root", "", "postfix", "start").succeeded();
        machine.awaitUntil("the daemon says in the log that it started", () -> started(machine) > before);
    }

    private static long started(Machine machine) {
        return machine.mailLog().stream()
                .filter(line ->
                        line.program().equals("postfix/master") && line.text().startsWith("daemon started"))
                .count();
    }

    /** {@code postconf -e} with these lines. */
    static void settings(Machine machine, List<String> lines) {
        List<String> command = new ArrayList<>(List.of("postconf", "-e"));
        command.addAll(lines);
        machine.exec("root", "", command.toArray(String[]::new)).succeeded();
    }

    /** {@code postconf -e} with these lines and {@code postfix reload}; returns when the reload is in the log. */
    static void reloadWith(Machine machine, String... lines) {
        settings(machine, Arrays.asList(lines));
        reload(machine);
    }

    /** {@code postfix reload}; returns when the reload is in the log, and with Postfix who worked for the old configuration has ended. */
    static void reload(Machine machine) {
        long before = reloads(machine);
        String old = machine.mta() == Mta.REFERENCE
                ? machine.shell("pgrep -x 'qmgr|pickup|local' | paste -sd ' '").line()
                : "";
        machine.exec("root", "", "postfix", "reload").succeeded();
        machine.awaitUntil("the daemon logs the reload", () -> reloads(machine) > before);
        machine.awaitUntil(
                "the old agents have ended",
                () -> machine.shell("for p in " + old + "; do ! kill -0 $p 2>/dev/null || exit 1; done")
                                .status()
                        == 0);
    }

    private static long reloads(Machine machine) {
        return machine.mailLog().stream()
                .filter(line ->
                        line.program().equals("postfix/master") && line.text().startsWith("reload -- version"))
                .count();
    }
}
