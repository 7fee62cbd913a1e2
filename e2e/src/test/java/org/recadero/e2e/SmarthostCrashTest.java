package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code kill -9} of the daemon in the midst of a burst through a smarthost with TLS and AUTH (SAFETY 28): every message arrives, and at
 * most one of each connection that was open at a kill arrives twice. The random moments can be repeated with {@code -Drecadero.seed=}.
 */
class SmarthostCrashTest {
    private static final int MESSAGES = 200;
    private static final int KILLS = 3;
    private static final Duration DELIVERED_WITHIN = Duration.ofMinutes(3);
    private static final Pattern SUBJECT = Pattern.compile("\nSubject: (rafaga \\d+)\n");

    @Test
    void losesNothingAndDoublesAtMostWhatWasInDoubt() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "the daemon that is killed is ours");
        String named = System.getProperty("recadero.seed", "");
        long seed = named.isEmpty() ? new Random().nextLong() : Long.parseLong(named);
        Figure.print("seed", seed);
        Random random = new Random(seed);
        try (Machine client = Machine.withSubject()) {
            Chapter.setUp(client);
            try (Providers providers = Providers.of(client)) {
                fill(client);
                // each end of data takes the server a second: most of the time one message a connection is in doubt
                providers
                        .gmail()
                        .shell("postconf -e 'smtpd_end_of_data_restrictions=sleep 1' && postfix reload")
                        .succeeded();
                Chapter.reloadWith(client, "defer_transports =");
                client.exec("root", "", "postqueue", "-f").succeeded();
                int inDoubt = 0;
                for (int i = 0; i < KILLS; i++) {
                    int before = sent(client);
                    client.awaitUntil("some are through", () -> sent(client) > before);
                    LockSupport.parkNanos(
                            Duration.ofMillis(random.nextInt(1_500)).toNanos());
                    inDoubt += kill(client);
                    Chapter.start(client);
                    client.exec("root", "", "postqueue", "-f").succeeded();
                }
                assertThat(inDoubt).as("it was killed in the midst").isPositive();
                client.awaitUntil(
                        "all has left",
                        () -> client.exec("root", "", "mailq").out().equals("Mail queue is empty\n"),
                        DELIVERED_WITHIN);
                providers
                        .gmail()
                        .awaitUntil(
                                "the smarthost has passed it on",
                                () -> providers
                                        .gmail()
                                        .exec("root", "", "mailq")
                                        .out()
                                        .contains("Mail queue is empty"));
                client.awaitUntil(
                        "all have arrived", () -> arrived(providers.outside()).size() == MESSAGES);
                Map<String, Integer> arrived = arrived(providers.outside());
                int doubles =
                        arrived.values().stream().mapToInt(Integer::intValue).sum() - MESSAGES;
                Figure.print("connections open at a kill", inDoubt);
                Figure.print("messages delivered twice", doubles);
                assertThat(doubles).isLessThanOrEqualTo(inDoubt);
                assertThat(client.read(Machine.MAIL_LOG)).doesNotContain("status=bounced");
            }
        } catch (AssertionError e) {
            throw new AssertionError("with -Drecadero.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    /** Mail of a whole burst waits. */
    private static void fill(Machine client) {
        client.exec(
                        "root",
                        "[smtp.gmail.com]:587 pepe@gmail.com:soypepe\n",
                        "bash",
                        "-c",
                        "cat >/etc/postfix/sasl_passwd && chmod 600 /etc/postfix/sasl_passwd")
                .succeeded();
        Chapter.reloadWith(
                client,
                "default_transport = smtp",
                "relay_transport = smtp",
                "defer_transports = smtp",
                "relayhost = [smtp.gmail.com]:587",
                "smtp_sasl_auth_enable = yes",
                "smtp_sasl_security_options = noanonymous",
                "smtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
                "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
                "minimal_backoff_time = 5s");
        client.shell(
                        "usuario",
                        "for ((i = 1; i <= " + MESSAGES
                                + "; i++)); do printf 'Subject: rafaga %s\\n\\nhola\\n' $i |"
                                + " sendmail -f pepe@gmail.com a@servidor-externo.org || exit; done")
                .succeeded();
    }

    private static int sent(Machine client) {
        return (int) client.mailLog().stream()
                .filter(l -> l.isOutcome() && l.text().contains("status=sent"))
                .count();
    }

    /** Returns how many connections to the smarthost were open at that moment. */
    private static int kill(Machine client) {
        long pid = client.daemonPid();
        client.shell("kill -STOP " + pid).succeeded();
        String connections = client.read("/proc/" + pid + "/net/tcp") + client.read("/proc/" + pid + "/net/tcp6");
        client.shell("kill -9 " + pid).succeeded();
        client.awaitUntil("it is gone", () -> client.proc(pid, "status").isEmpty());
        // remote port 587, state 01: established
        Pattern open = Pattern.compile("^ *\\d+: \\S+ \\S+:024B 01 ");
        return (int) connections.lines().filter(open.asPredicate()).count();
    }

    /** How often each has arrived. */
    private static Map<String, Integer> arrived(Machine outside) {
        Map<String, Integer> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(outside.file(Providers.FINAL_MAILDIR))) {
            for (Path file : files.toList()) {
                Matcher subject = SUBJECT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
                if (subject.find()) {
                    found.merge(subject.group(1), 1, Integer::sum);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(IntStream.rangeClosed(1, MESSAGES).mapToObj(i -> "rafaga " + i))
                .containsAll(found.keySet());
        return found;
    }
}
