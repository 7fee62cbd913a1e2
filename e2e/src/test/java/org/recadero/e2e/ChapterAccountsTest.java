package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The chapter's section on sending, word for word: its {@code postconf -e} line, the block for main.cf, the three maps as printed,
 * postmap, chown, chmod, reload, {@code sendmail -f pepe@gmail.com -t}. Each sender's mail goes through his own provider, a real
 * server, with TLS and his password, and lies in the final mailbox.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChapterAccountsTest {
    /** The chapter's block for main.cf. */
    static final String BLOCK = """

            # Servidor de envío dependiendo del emisor
            relayhost = [smtp.gmail.com]:submission
            smtp_sender_dependent_authentication = yes
            sender_dependent_relayhost_maps = hash:/etc/postfix/sender_relay

            # Autenticación
            smtp_sasl_auth_enable = yes
            smtp_sasl_mechanism_filter = plain, login
            smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
            smtp_sasl_security_options = noanonymous

            # Cifradi en el envío
            smtp_use_tls = yes
            smtp_sasl_tls_security_options = noanonymous
            smtp_tls_note_starttls_offer = yes
            smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
            smtp_tls_policy_maps = hash:/etc/postfix/tls_policy
            """;

    static final String SASL_PASSWD = """
            # Emisor                       # usuario:contraseña
            pepe@gmail.com                pepe@gmail.com:soypepe
            manolo@example.net            manolo:soymanolo
            [smtp.gmail.com]:submission   pepe@gmail.com:soypepe   # Para el relayhost predeterminado
            """;
    static final String SENDER_RELAY = """
            # Emisor                    # [servidor]:puerto (puerto sólo si != 25)
            pepe@gmail.com             [smtp.gmail.com]:submission
            manolo@example.net         [smtp.example.net]
            """;
    static final String TLS_POLICY = """
            [smtp.gmail.com]:submission   encrypt
            [smtp.example.net]            encrypt
            """;

    private Machine client;
    private Providers providers;
    private String chapterMain;
    private String chapterMaster;
    private int mark;

    @BeforeAll
    void setUpAsTheChapterSays() {
        client = Machine.withSubject();
        Chapter.setUp(client);
        providers = Providers.of(client);
        client.exec(
                        "root",
                        "",
                        "postconf",
                        "-e",
                        "inet_interfaces = all",
                        "default_transport = smtp",
                        "relay_transport = smtp")
                .succeeded();
        append("/etc/postfix/main.cf", BLOCK);
        chapterMain = client.shell("cat /etc/postfix/main.cf").succeeded().out();
        chapterMaster = client.shell("cat /etc/postfix/master.cf").succeeded().out();
    }

    @BeforeEach
    void theChaptersMaps() {
        write("main.cf", chapterMain);
        write("master.cf", chapterMaster);
        write("sasl_passwd", SASL_PASSWD);
        write("sender_relay", SENDER_RELAY);
        write("tls_policy", TLS_POLICY);
        client.shell("rm -f /etc/postfix/sender_transport*").succeeded();
        reload();
        mark = client.mailLog().size();
    }

    @AfterEach
    void nothingWaitsAndNoSecretIsInTheLog() {
        client.awaitEmptyQueue();
        assertThat(client.read(Machine.MAIL_LOG))
                .doesNotContain("soypepe", "soymanolo", "soyyo", "soyotra", "c295cGVwZ", "c295bWFub2");
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

    private void write(String name, String text) {
        client.exec("root", text, "bash", "-c", "cat > /etc/postfix/" + name).succeeded();
    }

    private void append(String path, String text) {
        client.exec("root", text, "bash", "-c", "cat >> " + path).succeeded();
    }

    /** As printed: postmap for each, then who may read the passwords, then reload. */
    private void reload() {
        client.shell("cd /etc/postfix && postmap sasl_passwd && postmap sender_relay && postmap tls_policy"
                        + " && chown postfix /etc/postfix/sasl_passwd* && chmod 600 /etc/postfix/sasl_passwd*")
                .succeeded();
        Chapter.reload(client);
    }

    /** Sends as the chapter types it and returns the log line of the outcome, once the message lies in the final mailbox. */
    private String send(List<String> arguments, String from, String subject) {
        // Exim takes no underscore in a domain (RFC 1123 §2.1 knows none): for it the chapter's address has a hyphen
        String to =
                "unacuentaexterna@" + (from.startsWith("manolo@") ? "servidor-externo.org" : "servidor_externo.org");
        String text = "From: " + from + "\nTo: " + to + "\nSubject: " + subject + "\n\nVictoria!!!!\n";
        assertThat(client.exec("usuario", text, client.mta().sendmail(Mta.Client.C, arguments)))
                .isEqualTo(new Result(0, "", ""));
        String outcome = Submission.awaitOutcome(client, mark).text();
        assertThat(outcome).contains(", status=sent (");
        client.awaitUntil(
                "«" + subject + "» in the final mailbox",
                () -> !providers.arrived(subject).isEmpty());
        assertThat(providers.arrived(subject))
                .contains("\nFrom: " + from + "\n")
                .endsWith("\nVictoria!!!!\n");
        return outcome;
    }

    private String viaGmail(String sender, String subject) {
        String outcome = send(List.of("-f", sender, "-t"), sender, subject);
        assertThat(outcome).contains("relay=smtp.gmail.com[10.77.0.21]:587,", "dsn=2.0.0");
        return outcome;
    }

    @Test
    void pepesMailGoesThroughGmailWithTlsAndHisPassword() {
        viaGmail("pepe@gmail.com", "Probando postfix como MSA");

        assertThat(providers.gmail().read(Machine.MAIL_LOG))
                .contains(
                        "client=cliente.example.net[10.77.0.10], sasl_method=PLAIN, sasl_username=pepe@gmail.com",
                        "TLS connection established from cliente.example.net[10.77.0.10]: TLSv1.3");
        assertThat(providers.arrived("Probando postfix como MSA"))
                .contains("Return-Path: <pepe@gmail.com>", "(Authenticated sender: pepe@gmail.com)");
    }

    @Test
    void manolosMailGoesThroughHisOwnProvider() {
        String outcome = send(List.of("-f", "manolo@example.net", "-t"), "manolo@example.net", "de manolo");

        assertThat(outcome).contains("relay=smtp.example.net[10.77.0.22]:25,");
        assertThat(providers.exim().shell("cat /var/log/exim4/mainlog").out())
                .containsPattern(
                        "<= manolo@example.net H=\\(cliente.example.net\\) \\[10.77.0.10\\] P=esmtpsa X=TLS\\S+ .*A=PLAIN:manolo");
    }

    @Test
    void anUnknownSendersMailGoesThroughTheDefaultRelayhost() {
        viaGmail("quien@example.org", "de un desconocido");

        assertThat(providers.arrived("de un desconocido"))
                .contains("Return-Path: <quien@example.org>", "(Authenticated sender: pepe@gmail.com)");
        assertThat(client.read(Machine.MAIL_LOG))
                .contains("a comment behind the credentials for [smtp.gmail.com]:submission is left out");
    }

    /** «…depende del emisor, esto es, del campo From:». DIFFERS: Postfix goes by the envelope alone. */
    @Test
    void withoutAnEnvelopeSenderTheFromFieldChoosesTheAccount() {
        String outcome = send(List.of("-t"), "manolo@example.net", "por el From");

        assertThat(outcome).contains("relay=smtp.example.net[10.77.0.22]:25,");
        assertThat(client.read(Machine.MAIL_LOG)).contains(": account=<manolo@example.net>, by the From field");
    }

    /** cron's mail in a form that providers take: the account's address, and where it comes from in the name. */
    @Test
    void cronsMailLeavesAsTheAccountAndShowsWhereItComesFrom() {
        append("/etc/postfix/main.cf", "recadero_rewrite_local_senders = yes\n");
        reload();
        mark = client.mailLog().size();
        client.exec(
                        "root",
                        "From: root (Cron Daemon)\nTo: admin@servidor-externo.org\nSubject: Cron df\n\nlleno\n",
                        client.mta().sendmail(Mta.Client.C, List.of("-i", "-FCronDaemon", "-t")))
                .succeeded();
        client.awaitUntil(
                "cron's mail in the final mailbox",
                () -> !providers.arrived("Cron df").isEmpty());
        assertThat(providers.arrived("Cron df"))
                .contains(
                        "Return-Path: <pepe@gmail.com>\n",
                        "\nFrom: \"Cron Daemon (root@example.net)\" <pepe@gmail.com>\n",
                        "(Authenticated sender: pepe@gmail.com)");
    }

    /** SAFETY 27: two senders on one smarthost, much at once: each message under its own login. */
    @Test
    void twoSendersOnOneSmarthostNeverShareASession() {
        append("/etc/postfix/sasl_passwd", "otra@gmail.com    otra@gmail.com:soyotra\n");
        append("/etc/postfix/sender_relay", "otra@gmail.com    [smtp.gmail.com]:submission\n");
        reload();
        int each = 10;
        client.exec(
                        "usuario",
                        "",
                        "bash",
                        "-c",
                        "for i in $(seq " + each + "); do for s in pepe otra; do"
                                + " printf 'Subject: %s %s\\n\\nhola\\n' $s $i | sendmail -f $s@gmail.com x@servidor-externo.org & done;"
                                + " done; wait")
                .succeeded();
        for (int i = 1; i <= each; i++) {
            for (String sender : List.of("pepe", "otra")) {
                String subject = sender + " " + i;
                client.awaitUntil(
                        "«" + subject + "» in the final mailbox",
                        () -> !providers.arrived(subject).isEmpty());
                assertThat(providers.arrived(subject))
                        .contains(
                                "Return-Path: <" + sender + "@gmail.com>",
                                "(Authenticated sender: " + sender + "@gmail.com)");
            }
        }
    }

    /** The guide's first blocks: main.cf, sender_relay, sasl_passwd. */
    @Test
    void theFilesOfTheGuideWork() throws IOException {
        String guide = Files.readString(Path.of("../docs/guide/en/accounts.md"));
        List<String> blocks = Pattern.compile("```\\n(.*?)```", Pattern.DOTALL)
                .matcher(guide.substring(guide.indexOf("## The files")))
                .results()
                .map(r -> r.group(1))
                .toList();
        client.shell("rm -f /etc/postfix/*.db").succeeded();
        write("main.cf", chapterMain.substring(0, chapterMain.indexOf("# Servidor de envío")) + blocks.get(0));
        write("sender_relay", blocks.get(1));
        write("sasl_passwd", blocks.get(2));
        client.shell("chmod 600 /etc/postfix/sasl_passwd").succeeded();
        Chapter.reload(client);
        mark = client.mailLog().size();

        viaGmail("pepe@gmail.com", "con la guia");
        mark = client.mailLog().size();
        soyYosMailGoesThrough465("con la guia, 465");
        assertThat(client.exec("root", "", "recadero", "explain", "-f", "pepe@gmail.com", "-t", "x@y.org")
                        .out())
                .contains("TLS      secure, by STARTTLS");
    }

    private void addSoyYo(String policy) {
        append("/etc/postfix/sasl_passwd", "soy.yo@juntadeandalucia.es    soy.yo@juntadeandalucia.es:soyyo\n");
        append("/etc/postfix/sender_relay", "soy.yo@juntadeandalucia.es    [mail.juntadeandalucia.es]:465\n");
        append("/etc/postfix/tls_policy", policy);
    }

    private void soyYosMailGoesThrough465(String subject) {
        String outcome = send(List.of("-f", "soy.yo@juntadeandalucia.es", "-t"), "soy.yo@juntadeandalucia.es", subject);

        assertThat(outcome).contains("relay=mail.juntadeandalucia.es[10.77.0.23]:465,");
        assertThat(providers.junta().read("/var/log/dovecot.log"))
                .contains("submission-login: Info: Login: user=<soy.yo@juntadeandalucia.es>");
    }

    @Test
    void port465GoesByATransportOfItsOwn() {
        addSoyYo("[mail.juntadeandalucia.es]:465    encrypt\n");
        write("sender_transport", "soy.yo@juntadeandalucia.es    smtps\n");
        client.exec("root", "", "postmap", "/etc/postfix/sender_transport").succeeded();
        client.exec(
                        "root",
                        "",
                        "sed",
                        "-i",
                        "/^smtp      unix  -       -       y       -       -       smtp$/a"
                                + " smtps      unix  -       -       y       -       -       smtp\\n"
                                + "   -o smtp_tls_wrappermode=yes",
                        "/etc/postfix/master.cf")
                .succeeded();
        append(
                "/etc/postfix/main.cf",
                "sender_dependent_default_transport_maps = hash:/etc/postfix/sender_transport\n");
        reload();
        assertThat(client.exec("root", "", "postconf", "-P", "smtps/unix/smtp_tls_wrappermode")
                        .line())
                .isEqualTo("smtps/unix/smtp_tls_wrappermode = yes");
        assertThat(client.exec("root", "", "recadero", "explain", "-f", "soy.yo@juntadeandalucia.es", "-t", "x@y.org")
                        .out())
                .contains("transport smtps, next hop [mail.juntadeandalucia.es]:465", "encrypt, from the first byte");
        mark = client.mailLog().size();

        soyYosMailGoesThrough465("por el transporte");
        viaGmailToo();
    }

    /** The same configuration serves the others. */
    private void viaGmailToo() {
        mark = client.mailLog().size();
        viaGmail("pepe@gmail.com", "y pepe tambien " + mark);
    }

    /** Beyond Postfix: its WISHLIST asks for a policy that overrides smtp_tls_wrappermode. */
    @Test
    void port465GoesByWrappermodeInThePolicyMap() {
        addSoyYo("[mail.juntadeandalucia.es]:465    encrypt wrappermode=yes\n");
        reload();
        mark = client.mailLog().size();

        soyYosMailGoesThrough465("por wrappermode");
        viaGmailToo();
    }

    /** Beyond Postfix: RFC 8314 §7.3. */
    @Test
    void port465GoesByThePortAlone() {
        addSoyYo("[mail.juntadeandalucia.es]:465    encrypt\n");
        reload();
        mark = client.mailLog().size();

        soyYosMailGoesThrough465("por el puerto");
    }

    @Test
    void passwordsThatRootAloneMayReadServeToo() {
        client.shell("chown root:root /etc/postfix/sasl_passwd* && chmod 600 /etc/postfix/sasl_passwd*")
                .succeeded();
        assertThat(client.ownerAndMode("/etc/postfix/sasl_passwd")).isEqualTo("0:0:600");
        mark = client.mailLog().size();

        viaGmail("pepe@gmail.com", "con root:root 0600");
    }

    /** «Victoria!!!!» without a message: each stage with its time. */
    @Test
    void testTriesAnAccountAndSendsNothing() {
        Result tried = client.exec("root", "", "recadero", "test", "pepe@gmail.com");

        assertThat(tried.out())
                .containsPattern("DNS +\\d+ ms  ok +smtp.gmail.com\\[10.77.0.21\\]\n")
                .containsPattern(
                        "TLS +\\d+ ms  ok +TLSv1.3 with TLS_AES_256_GCM_SHA384; certificate for smtp.gmail.com,"
                                + " imap.gmail.com, pop.gmail.com: verified, until 20")
                .containsPattern("AUTH +\\d+ ms  ok +pepe@gmail.com, PLAIN\n")
                .containsPattern("MAIL FROM +\\d+ ms  ok +250 2.1.0 Ok\n")
                .endsWith("The account works. Nothing was sent.\n");
        assertThat(tried.status()).isZero();
        assertThat(client.mailLog()).hasSize(mark);
    }

    @Test
    void testSaysWhatToDoWhereThePasswordIsWrong() {
        write("sasl_passwd", SASL_PASSWD.replace(":soymanolo", ":olvidada"));
        reload();

        Result tried = client.exec("root", "", "recadero", "test", "manolo@example.net");

        assertThat(tried.status()).isEqualTo(1);
        assertThat(tried.out())
                .containsPattern("AUTH +\\d+ ms  FAILED +SASL authentication failed")
                .contains(
                        "said: 535 ",
                        "What to do: the server refuses login and password.",
                        "/etc/postfix/sasl_passwd:3")
                .doesNotContain("olvidada");
    }

    @Test
    void explainSaysWhoseAccountItIsAndWhy() {
        Result explained = client.exec(
                "root", "", "recadero", "explain", "-f", "manolo@example.net", "-t", "alguien@servidor_externo.org");

        assertThat(explained.status()).isZero();
        assertThat(explained.out())
                .contains(
                        "remote     transport smtp, next hop [smtp.example.net]",
                        "(/etc/postfix/sender_relay:3)",
                        "login    manolo",
                        "(/etc/postfix/sasl_passwd:3)",
                        "TLS      encrypt, by STARTTLS",
                        "(/etc/postfix/tls_policy:2)")
                .doesNotContain("soymanolo");
    }
}
