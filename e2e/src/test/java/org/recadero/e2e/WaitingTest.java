package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** SAFETY 30: mail that finds no way waits, says so, and goes out by itself: the network away, a wrong password. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WaitingTest {
    private static final int LIFETIME_SECONDS = 10;

    private Machine client;
    private Providers providers;

    @BeforeAll
    void setUp() {
        client = Machine.withSubject();
        Chapter.setUp(client);
        providers = Providers.of(client);
        write("sasl_passwd", "[smtp.gmail.com]:587 pepe@gmail.com:soypepe\n");
        Chapter.reloadWith(
                client,
                "default_transport = smtp",
                "relay_transport = smtp",
                "relayhost = [smtp.gmail.com]:587",
                "smtp_sasl_auth_enable = yes",
                "smtp_sasl_security_options = noanonymous",
                "smtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
                "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
                "maximal_queue_lifetime = " + LIFETIME_SECONDS + "s",
                "bounce_queue_lifetime = " + LIFETIME_SECONDS + "s");
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
        client.exec("root", text, "bash", "-c", "cat > /etc/postfix/" + name + " && chmod 600 /etc/postfix/" + name)
                .succeeded();
    }

    private void send(String subject) {
        client.exec(
                        "usuario",
                        "Subject: " + subject + "\n\nhola\n",
                        client.mta().sendmail(Mta.Client.C, List.of("-f", "pepe@gmail.com", "a@servidor-externo.org")))
                .succeeded();
    }

    private long outcomes(String word) {
        return client.mailLog().stream()
                .filter(l -> l.isOutcome() && l.text().contains("status=" + word))
                .count();
    }

    @Test
    void mailOutlivesItsLifetimeOffLineAndGoesOutWhenTheNetworkIsBack() {
        long sent = outcomes("sent");
        long deferred = outcomes("deferred");
        // a connection that is kept for the next message would hide it for as long as TCP tries
        Chapter.reload(client);
        client.shell("ip link set eth0 down").succeeded();
        List<String> subjects = List.of("uno", "dos", "tres");
        subjects.forEach(this::send);
        client.awaitUntil("three attempts", () -> outcomes("deferred") >= deferred + 3);
        client.awaitRest();
        LockSupport.parkNanos(Duration.ofSeconds(LIFETIME_SECONDS + 1).toNanos());
        long before = outcomes("deferred");
        client.exec("root", "", "postqueue", "-f").succeeded();
        client.awaitUntil("attempts beyond the lifetime", () -> outcomes("deferred") >= before + 3);
        client.awaitRest();

        Result list = client.exec("usuario", "", "mailq");
        assertThat(list.out())
                .startsWith("(mail waits for [smtp.gmail.com]:587: ")
                .contains("-- 3 Requests.".replace("-- 3", "in 3"));
        Result status = client.exec("root", "", "recadero", "status");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.out()).contains("mail waits for [smtp.gmail.com]:587: ");

        client.shell("ip link set eth0 up").succeeded();
        client.awaitUntil("all three are sent", () -> outcomes("sent") == sent + 3);
        subjects.forEach(s -> client.awaitUntil(
                s + " in the final mailbox", () -> !providers.arrived(s).isEmpty()));
        assertThat(client.read(Machine.MAIL_LOG))
                .contains("the network has changed: 3 waiting messages are due now")
                .doesNotContain("status=expired", "status=bounced", "sender non-delivery notification");
        assertThat(client.read("/var/mail/usuario")).isEmpty();
        assertThat(client.exec("root", "", "recadero", "status").status()).isZero();
    }

    @Test
    void aRefusedPasswordIsToldAndTriedNoMoreUntilItChanges() {
        long sent = outcomes("sent");
        long deferred = outcomes("deferred");
        write("sasl_passwd", "[smtp.gmail.com]:587 pepe@gmail.com:olvidada\n");
        send("con la mala");
        send("otra con la mala");
        client.awaitUntil("both wait", () -> outcomes("deferred") == deferred + 2);
        client.awaitRest();
        client.awaitUntil(
                "the log says so",
                () -> client.read(Machine.MAIL_LOG)
                        .contains(
                                "the password of pepe@gmail.com for [smtp.gmail.com]:587 was refused; its mail waits"));
        assertThat(client.exec("root", "", "mailq").out())
                .startsWith("(mail waits for pepe@gmail.com at smtp.gmail.com: SASL authentication failed;");
        assertThat(client.exec("root", "", "recadero", "status").out())
                .contains("mail waits for pepe@gmail.com at smtp.gmail.com: SASL authentication failed;");
        client.awaitUntil("the server's log has it", () -> tries() > 0);
        assertThat(tries()).isEqualTo(1);
        client.exec("root", "", "postqueue", "-f").succeeded();
        client.awaitUntil("the flush", () -> client.read(Machine.MAIL_LOG).contains("flush: 2 waiting messages"));
        client.awaitUntil("both were looked at again", () -> outcomes("deferred") == deferred + 4);
        client.awaitRest();
        assertThat(tries()).as("not again within a minute").isEqualTo(1);

        write("sasl_passwd", "[smtp.gmail.com]:587 pepe@gmail.com:soypepe\n");
        client.exec("root", "", "postqueue", "-f").succeeded();
        client.awaitUntil("both are sent", () -> outcomes("sent") == sent + 2);
        assertThat(client.exec("root", "", "recadero", "status").status()).isZero();
        assertThat(client.read(Machine.MAIL_LOG)).doesNotContain("olvidada");
    }

    private long tries() {
        return providers
                .gmail()
                .read(Machine.MAIL_LOG)
                .lines()
                .filter(l -> l.contains("SASL PLAIN authentication failed")
                        || l.contains("SASL LOGIN authentication failed"))
                .count();
    }
}
