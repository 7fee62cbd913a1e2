package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Accounts that log in with an OAuth token, at Postfix with Dovecot, which knows tokens (JWT) by their signature. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenLoginsTest {
    private static final String ACCOUNTS = """
            pepe@gmail.com    pepe@gmail.com:command:usuario:/usr/local/bin/ficha pepe
            otra@gmail.com    otra@gmail.com:file:/etc/postfix/ficha-otra
            """;
    /** Prints the token behind a word of its own user's home, and says there who it is and what else it has to say. */
    private static final String PROGRAM = """
            #!/bin/sh
            echo "$(id -un) $*" >>$HOME/llamadas
            echo "hablando demasiado: $(cat $HOME/ficha-$1)" >&2
            exec cat $HOME/ficha-$1
            """;

    private Machine client;
    private Providers providers;
    private String key = "";
    private int mark;

    @BeforeAll
    void setUp() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "recadero_smtp_sasl_token_maps is ours");
        client = Machine.withSubject();
        Chapter.setUp(client);
        providers = Providers.of(client);
        write("root", "/etc/postfix/sasl_token", ACCOUNTS);
        write("root", "/usr/local/bin/ficha", PROGRAM);
        client.shell("chmod 600 /etc/postfix/sasl_token; chmod 755 /usr/local/bin/ficha")
                .succeeded();
        providers.gmail().shell("""
                sed -i 's/^auth_mechanisms = .*/auth_mechanisms = plain login xoauth2 oauthbearer/' /etc/dovecot/dovecot.conf
                cat >>/etc/dovecot/dovecot.conf <<'C'
                passdb {
                  driver = oauth2
                  mechanisms = xoauth2 oauthbearer
                  args = /etc/dovecot/oauth2.conf
                }
                C
                cat >/etc/dovecot/oauth2.conf <<'C'
                introspection_mode = local
                local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
                username_attribute = email
                C
                mkdir -p /etc/dovecot/keys/default/HS256
                """).succeeded();
        Chapter.settings(
                client,
                List.of(
                        "default_transport = smtp",
                        "relay_transport = smtp",
                        "relayhost = [smtp.gmail.com]:submission",
                        "smtp_sender_dependent_authentication = yes",
                        "smtp_sasl_auth_enable = yes",
                        "smtp_sasl_security_options = noanonymous",
                        "smtp_tls_security_level = secure",
                        "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
                        "recadero_smtp_sasl_token_maps = texthash:/etc/postfix/sasl_token"));
    }

    @BeforeEach
    void aKeyAndTokensThatItSigned() {
        renewKey("clave-" + System.nanoTime());
        client.shell("usuario", "rm -f llamadas").succeeded();
        write("usuario", "/home/usuario/ficha-pepe", token("pepe@gmail.com") + "\nresto\n");
        client.shell("chmod 600 /home/usuario/ficha-pepe").succeeded();
        Chapter.settings(client, List.of("smtp_sasl_mechanism_filter = oauthbearer, xoauth2"));
        restart();
    }

    /** The daemon forgets tokens, and which of them were refused. */
    private void restart() {
        client.exec("root", "", "postfix", "stop").succeeded();
        Chapter.start(client);
        mark = client.mailLog().size();
    }

    @AfterEach
    void noTokenIsInTheLogOrInMailq() {
        // each of them begins so: the base64 of {"alg":
        assertThat(client.read(Machine.MAIL_LOG)).doesNotContain("eyJhbGci");
        assertThat(client.exec("root", "", "mailq").out()).doesNotContain("eyJhbGci");
        client.exec("root", "", "postsuper", "-d", "ALL");
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

    private void write(String user, String path, String text) {
        client.exec(user, text, "bash", "-c", "cat >" + path).succeeded();
    }

    private void reloadWith(String... settings) {
        Chapter.reloadWith(client, settings);
        mark = client.mailLog().size();
    }

    /** From now on the server knows tokens of this key alone. */
    private void renewKey(String fresh) {
        key = fresh;
        String encoded = Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
        providers
                .gmail()
                .shell("echo -n " + encoded + " >/etc/dovecot/keys/default/HS256/default; doveadm stop >/dev/null 2>&1;"
                        + " while pgrep -x dovecot >/dev/null; do sleep 0.05; done;"
                        + " dovecot >/dev/null 2>&1 </dev/null || exit 1;"
                        // a server of Postfix keeps to the auth process that it knows, and that one to its key
                        + " old=$(pgrep -x smtpd); postfix reload >/dev/null 2>&1 </dev/null;"
                        + " for p in $old; do while kill -0 $p 2>/dev/null; do sleep 0.05; done; done")
                .succeeded();
    }

    /** RFC 7519, RFC 7515 §3. */
    private String token(String login) {
        long now = Instant.now().getEpochSecond();
        String text = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "."
                + base64("{\"sub\":\"1\",\"email\":\"" + login + "\",\"iat\":" + (now - 60) + ",\"exp\":" + (now + 3600)
                        + "}");
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return text + "."
                    + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void send(String sender, String subject) {
        client.exec(
                        "usuario",
                        "From: " + sender + "\nSubject: " + subject + "\n\nhola\n",
                        client.mta().sendmail(Mta.Client.C, List.of("-f", sender, "amiga@servidor-externo.org")))
                .succeeded();
    }

    private String outcome() {
        String text = Submission.awaitOutcome(client, mark).text();
        mark = client.mailLog().size();
        return text;
    }

    private void arrives(String sender, String subject) {
        send(sender, subject);
        assertThat(outcome()).contains("relay=smtp.gmail.com[10.77.0.21]:587,", "status=sent");
        client.awaitUntil(
                subject + " in the final mailbox",
                () -> !providers.arrived(subject).isEmpty());
        assertThat(providers.arrived(subject)).contains("(Authenticated sender: " + sender + ")");
    }

    private String calls() {
        return client.read("/home/usuario/llamadas");
    }

    @Test
    void aCommandsTokenServesForManyLogins() {
        arrives("pepe@gmail.com", "con ficha");
        assertThat(providers.gmail().read(Machine.MAIL_LOG))
                .contains("sasl_method=OAUTHBEARER, sasl_username=pepe@gmail.com");
        assertThat(calls()).isEqualTo("usuario pepe\n");
        reloadWith("smtp_sasl_mechanism_filter = xoauth2");
        arrives("pepe@gmail.com", "con ficha, XOAUTH2");
        assertThat(providers.gmail().read(Machine.MAIL_LOG))
                .contains("sasl_method=XOAUTH2, sasl_username=pepe@gmail.com");
        assertThat(calls()).as("it was kept").isEqualTo("usuario pepe\n");
    }

    /** SAFETY 29. The server takes the old token no more; the command has a new one, and the mail notices nothing. */
    @Test
    void anExpiredTokenIsRefreshedWhileTheMailIsSent() {
        arrives("pepe@gmail.com", "ficha vieja");
        renewKey("otra-clave");
        write("usuario", "/home/usuario/ficha-pepe", token("pepe@gmail.com"));
        // a connection of its own: the kept one is still logged in
        reloadWith("smtp_sasl_mechanism_filter = xoauth2");
        arrives("pepe@gmail.com", "ficha nueva");
        assertThat(calls()).isEqualTo("usuario pepe\nusuario pepe\n");
    }

    /** SAFETY 29, 30: mail waits, whoever asks is told, and a flush tries again. */
    @Test
    void aTokenThatIsRefusedTwiceMakesMailWait() {
        renewKey("otra-clave");
        send("pepe@gmail.com", "ficha caducada");
        assertThat(outcome())
                .contains("status=deferred", "SASL authentication failed; server smtp.gmail.com[10.77.0.21] said: 535");
        assertThat(client.exec("root", "", "mailq").out())
                .contains("mail waits for pepe@gmail.com at smtp.gmail.com: SASL authentication failed");
        Result status = client.exec("root", "", "recadero", "status");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.out()).contains("pepe@gmail.com at smtp.gmail.com");
    }

    @Test
    void aCommandThatFailsMakesMailWait() {
        client.shell("usuario", "rm ficha-pepe").succeeded();
        Result tried = client.exec("root", "", "recadero", "test", "pepe@gmail.com");
        assertThat(tried.status()).isEqualTo(1);
        assertThat(tried.out())
                .containsPattern("AUTH +\\d+ ms  FAILED +/usr/local/bin/ficha ended with status 1\n")
                .contains("What to do: the token is not to be had", "/etc/postfix/sasl_token:1");
        send("pepe@gmail.com", "sin ficha");
        assertThat(outcome())
                .contains(
                        "relay=none,",
                        "status=deferred (no token for pepe@gmail.com: /usr/local/bin/ficha ended with status 1)");
        assertThat(client.exec("root", "", "mailq").out())
                .contains("no token for pepe@gmail.com: /usr/local/bin/ficha ended with status 1");
    }

    /** As sasl_passwd: what only root may read serves. */
    @Test
    void aFileThatOnlyRootMayReadServes() {
        write("root", "/etc/postfix/ficha-otra", token("otra@gmail.com"));
        client.shell("chmod 600 /etc/postfix/ficha-otra").succeeded();
        arrives("otra@gmail.com", "de un fichero");
        assertThat(client.exec("root", "", "recadero", "test", "otra@gmail.com").out())
                .containsPattern("AUTH +\\d+ ms  ok +otra@gmail.com, OAUTHBEARER\n");
    }

    @Test
    void explainSaysWhenceTheTokenComes() {
        assertThat(client.exec("root", "", "recadero", "explain", "-f", "pepe@gmail.com", "-t", "x@y.org")
                        .out())
                .contains(
                        "login    pepe@gmail.com",
                        "(login pepe@gmail.com, token from command /usr/local/bin/ficha as usuario)"
                                + "  (/etc/postfix/sasl_token:1)");
    }
}
