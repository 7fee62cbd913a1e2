package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people and machines send with, through the chapter's accounts: mutt and git send-email with two identities each, cron. Every
 * mail leaves through the provider of its identity with his login, and what only this machine knows as a sender arrives as the
 * account's address.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SendersTest {
    private static final String TO = "amiga@servidor-externo.org";
    private Machine client;
    private Providers providers;

    /** A person's address, and the provider whose server must have taken his mail after his login. */
    enum Identity {
        PEPE("pepe@gmail.com", "relay=smtp.gmail.com[10.77.0.21]:587,"),
        MANOLO("manolo@example.net", "relay=smtp.example.net[10.77.0.22]:25,");

        private final String address;
        private final String relay;

        Identity(String address, String relay) {
            this.address = address;
            this.relay = relay;
        }
    }

    /**
     * One way to send with an identity.
     *
     * @param name for the report
     * @param identity who sends
     * @param script of usuario, with {@code $to} and {@code $subject}
     */
    record Way(String name, Identity identity, String script) {
        @Override
        public String toString() {
            return name + " as " + identity;
        }
    }

    static Stream<Way> ways() {
        return Stream.of(Identity.values()).flatMap(identity -> {
            String folder = identity.name().toLowerCase(Locale.ROOT);
            String mutt = "mutt -F ~/.muttrc -e 'source ~/.mutt/" + folder + "'";
            String git = "cd ~/" + folder
                    + " && echo \"$subject\" >que && git add que && git commit -q -m \"$subject\" && git send-email -q --confirm=never"
                    + " --to=$to -1 ";
            return Stream.of(
                    // the identity's address is the envelope's sender
                    new Way("mutt", identity, mutt + " -s \"$subject\" -- $to"),
                    // no -f: the envelope has the login name, which only this machine knows; the From field chooses the
                    // account
                    new Way(
                            "mutt without an envelope sender",
                            identity,
                            mutt + " -e 'unset envelope_from' -s \"$subject\" -- $to"),
                    new Way("git by its repository", identity, git),
                    new Way("git --identity", identity, git.replace("~/" + folder, "~/both") + "--identity=" + folder),
                    new Way(
                            "git, sendmailCmd",
                            identity,
                            git + "--sendmail-cmd='/usr/sbin/sendmail -i' --envelope-sender=auto"),
                    new Way("git by SMTP", identity, git + "--smtp-server=localhost"));
        });
    }

    @BeforeAll
    void setUpAsTheChapterSays() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "recadero_rewrite_local_senders is ours");
        client = Machine.withSenders();
        // where programs look for it, as a package puts it there
        client.shell("ln -s " + Machine.DIST + "/bin/sendmail /usr/sbin/sendmail")
                .succeeded();
        Chapter.setUp(client);
        providers = Providers.of(client);
        Chapter.settings(
                client,
                List.of(
                        "inet_interfaces = all",
                        "default_transport = smtp",
                        "relay_transport = smtp",
                        "recadero_rewrite_local_senders = yes"));
        put("root", ">>/etc/postfix/main.cf", ChapterAccountsTest.BLOCK);
        put("root", ">/etc/postfix/sasl_passwd", ChapterAccountsTest.SASL_PASSWD);
        put("root", ">/etc/postfix/sender_relay", ChapterAccountsTest.SENDER_RELAY);
        put("root", ">/etc/postfix/tls_policy", ChapterAccountsTest.TLS_POLICY);
        client.shell("cd /etc/postfix && postmap sasl_passwd && postmap sender_relay && postmap tls_policy"
                        + " && chown postfix sasl_passwd* && chmod 600 sasl_passwd*")
                .succeeded();
        Chapter.reload(client);
        put("usuario", ">~/.muttrc", """
                set use_from=yes envelope_from=yes copy=no realname='Usuario de Prueba'
                """);
        client.shell("usuario", """
                set -e
                mkdir ~/.mutt
                git config --global user.name 'Usuario de Prueba'
                git config --global user.email usuario@example.net
                git config --global init.defaultBranch main
                git config --global sendemail.smtpserver /usr/sbin/sendmail
                git config --global sendemail.suppresscc all
                for who in pepe:pepe@gmail.com manolo:manolo@example.net; do
                  echo "set from=${who#*:}" >~/.mutt/${who%%:*}
                  git init -q ~/${who%%:*}
                  git -C ~/${who%%:*} config sendemail.from "${who#*:}"
                  git -C ~/${who%%:*} commit -q --allow-empty -m principio
                  git config --global sendemail.${who%%:*}.from "${who#*:}"
                  git config --global sendemail.${who%%:*}.envelopesender auto
                done
                git init -q ~/both
                git -C ~/both commit -q --allow-empty -m principio
                """).succeeded();
    }

    @AfterEach
    void nothingWaitsAndNoSecretIsInTheLog() {
        if (client != null) {
            client.awaitEmptyQueue();
            assertThat(client.read(Machine.MAIL_LOG)).doesNotContain("soypepe", "soymanolo", "c295cGVwZ", "c295bWFub2");
        }
    }

    @AfterAll
    void close() {
        if (providers != null) {
            providers.close();
        }
        if (client != null) {
            client.close();
        }
    }

    private void put(String user, String where, String text) {
        client.exec(user, text, "bash", "-c", "cat " + where).succeeded();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void eachIdentitysMailGoesThroughItsOwnProvider(Way way) {
        int mark = client.mailLog().size();
        int logins = manolosLogins();
        String subject = way.toString().replace("--", "");
        Result sent = client.exec(
                "usuario", "hola\n", "bash", "-c", "to=" + TO + "; subject='" + subject + "'; " + way.script());
        assertThat(sent.status()).as(sent.out() + sent.err()).isZero();

        String arrived = arrived("[PATCH] " + subject, subject);
        assertThat(Submission.awaitOutcome(client, mark).text())
                .containsPattern("to=<amiga@servidor-externo.org>, " + quoted(way.identity().relay));
        assertThat(arrived)
                .contains("Return-Path: <" + way.identity().address + ">\n")
                .containsPattern("\nFrom: (Usuario de Prueba <)?" + quoted(way.identity().address) + ">?\n");
        switch (way.identity()) {
            case PEPE -> assertThat(arrived).contains("(Authenticated sender: pepe@gmail.com)");
            case MANOLO -> {
                assertThat(arrived).contains("by smtp.example.net with esmtpsa");
                assertThat(manolosLogins()).isGreaterThan(logins);
            }
        }
    }

    /** How often Exim has taken mail after manolo's login. */
    private int manolosLogins() {
        String log = providers.exim().shell("cat /var/log/exim4/mainlog").out();
        return (int) log.lines()
                .filter(line -> line.contains(" <= manolo@example.net ") && line.contains("A=PLAIN:manolo"))
                .count();
    }

    private static String quoted(String text) {
        return Pattern.quote(text);
    }

    /** The message with the first of these subjects that has come to the final mailbox. */
    private String arrived(String... subjects) {
        client.awaitUntil(
                String.join(" or ", subjects) + " in the final mailbox",
                () -> Stream.of(subjects).anyMatch(s -> !providers.arrived(s).isEmpty()));
        return Stream.of(subjects)
                .map(providers::arrived)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElseThrow();
    }

    /**
     * cron's own mail: to the address in MAILTO, to root, whose alias leads out, and to a user's own MAILTO. Nobody out there knows
     * root@example.net or usuario@example.net.
     */
    @Test
    void cronsMailArrivesFromTheAccountAndShowsWhoseItIs() {
        put("root", ">>/etc/aliases", "root: admin@servidor-externo.org\n");
        client.exec("root", "", "newaliases").succeeded();
        put("root", ">/etc/cron.d/lab", """
                MAILTO=guardia@servidor-externo.org
                @reboot root echo con MAILTO
                """);
        put("root", ">/etc/cron.d/lab2", """
                @reboot root echo sin MAILTO
                """);
        put("usuario", ">/tmp/crontab && crontab /tmp/crontab", """
                MAILTO=amiga@servidor-externo.org
                @reboot echo de usuario
                """);
        int mark = client.mailLog().size();
        client.shell("/usr/sbin/cron").succeeded();

        assertCron("Cron <root@cliente> echo con MAILTO", "guardia");
        assertCron("Cron <root@cliente> echo sin MAILTO", "admin");
        assertCron("Cron <usuario@cliente> echo de usuario", "amiga");
        String outcome = "to=<guardia@servidor-externo.org>, " + Identity.PEPE.relay;
        client.awaitUntil(
                "the log has «" + outcome + "»",
                () -> Submission.outcomes(client, mark).stream()
                        .anyMatch(line -> line.text().contains(outcome)));
    }

    private void assertCron(String subject, String to) {
        assertThat(arrived(subject))
                .contains(
                        "Return-Path: <pepe@gmail.com>\n",
                        "Delivered-To: " + to + "@servidor-externo.org\n",
                        // Debian's cron writes root there whosever job it is
                        "\nFrom: \"Cron Daemon (root@example.net)\" <pepe@gmail.com>\n",
                        "(Authenticated sender: pepe@gmail.com)");
    }
}
