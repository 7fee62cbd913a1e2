package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What senders and administrators are told without having asked, beside Postfix: nothing of copies that nobody named, whom a notice calls the
 * original recipient, and what is doubtful about a configuration.
 */
class CopiesAndWarningsTest {
    private static final List<String> SETTINGS = List.of(
            "always_bcc = nadie-siempre",
            "sender_bcc_maps = inline:{usuario@example.net=nadie-remite}",
            "recipient_bcc_maps = inline:{otro@example.net=nadie-recibe}",
            "canonical_maps = inline:{viejo@example.net=fracaso@localhost}",
            "virtual_alias_maps = inline:{muchos@example.net=fracaso@localhost}");

    private static final List<Submission> MAILS = List.of(
            new Submission("copies that nobody gets", "usuario", List.of("otro"), "Subject: copias\n\nx\n"),
            new Submission(
                    "copies that nobody gets, success wanted",
                    "usuario",
                    List.of("-N", "success,failure", "otro"),
                    "Subject: copias\n\nx\n"),
            new Submission("a name without a domain", "usuario", List.of("fracaso"), "Subject: falla\n\nx\n"),
            new Submission("a canonical address", "usuario", List.of("viejo"), "Subject: falla\n\nx\n"),
            new Submission("several places that fail", "usuario", List.of("varios"), "Subject: varios\n\nx\n"),
            new Submission(
                    "addresses that look like options",
                    "usuario",
                    List.of("-f", "usuario", "--", "-x", "-y@example.net", "--"),
                    "To: -x@example.org\nSubject: menos\n\nx\n"),
            new Submission(
                    "addresses in a field that look like options",
                    "usuario",
                    List.of("-f", "usuario", "-t"),
                    "To: -x@example.net, -y@example.org\nSubject: menos\n\nx\n"),
            new Submission("a virtual alias", "usuario", List.of("muchos"), "Subject: falla\n\nx\n"),
            new Submission("nobody at all", "usuario", List.of("Nadie@LocalHost"), "Subject: falla\n\nx\n"));

    private static final Submission LIST =
            new Submission("a list whose owner hears of it", "root", List.of("lista"), "Subject: lista\n\nx\n");

    @Test
    void sendersAreToldAsByPostfix() {
        try (SideBySide machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            String fail = "\"|exit 77\"";
            String aliases = "fracaso: " + fail + "\n"
                    + "varios: " + fail + ", \"|cat >/dev/null\", /var/mail, \"|printf no; exit 69\"\n"
                    + "lista: " + fail + ", \"|cat >/dev/null\"\nowner-lista: usuario\n";
            machine.exec("root", aliases, "sh", "-c", "cat >>/etc/aliases; newaliases")
                    .succeeded();
            Chapter.settings(machine, SETTINGS);
            Chapter.start(machine);
        })) {
            String reference = machines.equalFor(MAILS, (mail, machine) -> {
                Submission.Observed observed = mail.observe(machine, Mta.Client.C);
                return observed.result() + observed.mailboxes() + observed.log();
            });
            String list = machines.equalFor(List.of(LIST), (mail, machine) -> {
                Submission.Observed observed = mail.observe(machine, Mta.Client.C);
                // Postfix has told the owner before it says that it bounced
                return observed.mailboxes()
                        + String.join("\n", observed.log().lines().sorted().toList());
            });
            assertThat(list).contains("To: owner-lista@example.net", "<lista@example.net>: permission denied");
            // that Postfix did something at all
            assertThat(reference)
                    .contains(
                            "to=<nadie-siempre@example.net>",
                            "to=<nadie-remite@example.net>",
                            "to=<nadie-recibe@example.net>",
                            "Original-Recipient: rfc822;fracaso@example.net",
                            "Original-Recipient: rfc822;fracaso@localhost",
                            "Original-Recipient: rfc822;muchos@example.net",
                            "Original-Recipient: rfc822;Nadie@LocalHost")
                    .doesNotContain("Final-Recipient: rfc822; nadie-");
        }
    }

    /** Postfix says at the first address of a domain what Recadero says at the start, and by {@code postfix check}. */
    @Test
    void domainsThatTwoListsClaimAreWarnedOfInPostfixsWords() {
        try (SideBySide machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            Chapter.settings(
                    machine,
                    List.of(
                            "mydestination = localhost, example.net, uno.example, dos.example",
                            "virtual_alias_domains = uno.example, tres.example, cinco.example",
                            "virtual_mailbox_domains = dos.example, tres.example, cuatro.example",
                            "relay_domains = cuatro.example, cinco.example"));
        })) {
            Result checked = machines.subject().exec("root", "", "postfix", "check");
            SideBySide.Pair<String> warned = machines.both(machine -> {
                Chapter.start(machine);
                for (String domain : List.of("uno", "dos", "tres", "cuatro", "cinco")) {
                    machine.exec("root", "", "sendmail", "-bv", "a@" + domain + ".example")
                            .succeeded();
                }
                machine.awaitUntil("five warnings", () -> warnings(machine).size() >= 5);
                return String.join("\n", warnings(machine));
            });
            warned.areEqual();
            assertThat(warned.reference().lines())
                    .hasSize(5)
                    .contains(
                            "warning: do not list domain uno.example in BOTH mydestination and virtual_alias_domains");
            if (Differs.applies()) {
                assertThat(checked.err().lines().filter(line -> line.contains("do not list domain")))
                        .hasSize(5);
            }
        }
    }

    private static List<String> warnings(Machine machine) {
        return machine.mailLog().stream()
                .map(LogLine::text)
                .filter(text -> text.contains("do not list domain"))
                .distinct()
                .sorted()
                .toList();
    }

    /** {@code DIFFERS}: Postfix says so at the first look-up only. */
    @Test
    void tablesWithoutAFileAreNamedAtTheStart() {
        try (Machine machine = Machine.with(Mta.RECADERO)) {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("canonical_maps = hash:/etc/postfix/noesta"));
            machine.exec("root", "", "postconf", "-P", "smtp/unix/smtp_generic_maps=regexp:/etc/postfix/tampoco")
                    .succeeded();
            Result checked = machine.exec("root", "", "postfix", "check");
            Chapter.start(machine);
            for (String said : List.of(checked.err(), machine.read(Machine.MAIL_LOG))) {
                assertThat(said)
                        .contains("canonical_maps: hash:/etc/postfix/noesta: No such file or directory")
                        .contains("service smtp/unix: -o smtp_generic_maps: regexp:/etc/postfix/tampoco: No such file");
            }
        }
    }
}
