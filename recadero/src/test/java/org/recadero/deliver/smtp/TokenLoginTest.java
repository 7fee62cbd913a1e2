package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.route.TokenSource;

/** Logins with an OAuth token: XOAUTH2, and RFC 7628. */
class TokenLoginTest {
    private static final String NEXT = "[smtp.example.net]:587";
    private static final Map<String, String> ACCOUNT = Map.of(
            "smtp_sasl_auth_enable", "yes",
            "smtp_sender_dependent_authentication", "yes",
            "smtp_sasl_security_options", "noanonymous",
            "smtp_tls_security_level", "encrypt",
            "relayhost", NEXT,
            "smtp_sasl_password_maps", "inline:{ { pepe@gmail.com = pepe@gmail.com:uno } }",
            "recadero_smtp_sasl_token_maps",
                    "inline:{ { pepe@gmail.com = pepe@gmail.com:command:pepe:/usr/bin/token pepe } }");
    private static final List<String> MAIL = List.of(
            "C: MAIL FROM:<pepe@gmail.com>",
            "S: 250 ok",
            "C: RCPT TO:<x@example.org>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: S: x",
            "C:",
            "C: .",
            "S: 250 ok");

    private static String xoauth2(String token) {
        return Base64.getEncoder()
                .encodeToString(
                        ("user=pepe@gmail.com\1auth=Bearer " + token + "\1\1").getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> login(String mechanism, String initial, String... last) {
        List<String> all = new ArrayList<>(List.of(
                "S: 220 h",
                "C: EHLO client.example.net",
                "S: 250-h",
                "S: 250 STARTTLS",
                "C: STARTTLS",
                "S: 220 go",
                "tls",
                "C: EHLO client.example.net",
                "S: 250-h",
                "S: 250 AUTH PLAIN " + mechanism,
                "C: AUTH " + mechanism + " " + initial));
        all.addAll(List.of(last));
        return all;
    }

    /** As Google says no: the error as a challenge, which is answered with an empty line, then the refusal. */
    private static ScriptedWire refusing(String token) {
        return new ScriptedWire(
                login("XOAUTH2", xoauth2(token), "S: 334 eyJzdGF0dXMiOiI0MDEifQ==", "C:", "S: 535 5.7.8 no: " + token));
    }

    private static ScriptedWire taking(String token) {
        List<String> all = login("XOAUTH2", xoauth2(token), "S: 235 ok");
        all.addAll(MAIL);
        return new ScriptedWire(all);
    }

    private static String attempt(SmtpBench bench, SmtpDelivery client) {
        return SmtpBench.text(client.deliver(bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org"))
                .getFirst());
    }

    private static SmtpBench bench() {
        SmtpBench bench = new SmtpBench();
        bench.host("smtp.example.net", "10.0.0.2");
        return bench;
    }

    private static void finished(SmtpBench bench) {
        bench.used.forEach(w -> assertThat(w.unfinished()).isEmpty());
        assertThat(bench.log).noneMatch(l -> l.contains("ya29"));
    }

    /** The token comes before the password of the same key, and its command runs once for many logins. */
    @Test
    void aTokenIsKeptUntilItIsRefused() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.add("ya29.first");
            bench.servers.add(taking("ya29.first"));
            assertThat(attempt(bench, bench.client(ACCOUNT))).startsWith("sent");
            bench.servers.add(taking("ya29.first"));
            assertThat(attempt(bench, bench.client(ACCOUNT)))
                    .as("after a reload")
                    .startsWith("sent");
            assertThat(bench.fetched)
                    .containsExactly(new TokenSource.OfCommand("pepe", List.of("/usr/bin/token", "pepe")));
            finished(bench);
        }
    }

    /** RFC 7628 §3.1; a comma and an equals sign of the login are written as RFC 5801 §4 says. */
    @Test
    void speaksOauthbearer() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.add("ya29.first");
            String initial = Base64.getEncoder()
                    .encodeToString("n,a=pepe@gmail.com,\1auth=Bearer ya29.first\1\1".getBytes(StandardCharsets.UTF_8));
            List<String> all = login("OAUTHBEARER", initial, "S: 235 ok");
            all.addAll(MAIL);
            bench.servers.add(new ScriptedWire(all));
            assertThat(attempt(bench, bench.client(ACCOUNT))).startsWith("sent");
            finished(bench);
        }
    }

    /** SAFETY 29: an expired token is refreshed once, in the same attempt. */
    @Test
    void safety29AnExpiredTokenIsRefreshedOnce() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.addAll(List.of("ya29.old", "ya29.new"));
            bench.servers.add(refusing("ya29.old"));
            bench.servers.add(taking("ya29.new"));
            assertThat(attempt(bench, bench.client(ACCOUNT))).startsWith("sent");
            assertThat(bench.clients.waits(Duration.ZERO)).isEmpty();
            finished(bench);
        }
    }

    /** SAFETY 29: only a second refusal holds the account; a third token is not asked for, nor where it is the same one again. */
    @ParameterizedTest
    @ValueSource(strings = {"ya29.new", "ya29.old"})
    void safety29ASecondRefusalHoldsTheAccount(String second) throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.addAll(List.of("ya29.old", second, "ya29.third"));
            bench.servers.add(refusing("ya29.old"));
            if (!second.equals("ya29.old")) {
                bench.servers.add(refusing(second));
            }
            bench.servers.add(taking("ya29.third"));
            SmtpDelivery client = bench.client(ACCOUNT);
            assertThat(attempt(bench, client))
                    .startsWith("waiting 4.7.8")
                    .contains("SASL authentication failed; server smtp.example.net[10.0.0.2] said: 535 5.7.8 no:***")
                    .doesNotContain("ya29");
            assertThat(attempt(bench, client)).as("nothing is asked").startsWith("waiting 4.7.8");
            assertThat(bench.fetched).hasSize(2);
            assertThat(bench.log)
                    .anyMatch(l -> l.contains("the token of pepe@gmail.com for " + NEXT
                            + " was refused; its mail waits, next try in 5 min or when the token changes"));
            assertThat(bench.clients.waits(Duration.ZERO))
                    .extracting(SmtpClients.Wait::what)
                    .containsExactly("pepe@gmail.com at smtp.example.net");
            finished(bench);
        }
    }

    /** After a hold the source is asked first: what was refused is not sent again where there is another token. */
    @Test
    void afterAHoldTheOldTokenIsNotTriedAgain() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.addAll(List.of("ya29.old", "ya29.old", "ya29.third"));
            bench.servers.add(refusing("ya29.old"));
            SmtpDelivery client = bench.client(ACCOUNT);
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            bench.now = bench.now.plus(Duration.ofMinutes(6));
            bench.servers.add(taking("ya29.third"));
            assertThat(attempt(bench, client)).startsWith("sent");
            assertThat(bench.fetched).hasSize(3);
            assertThat(bench.clients.waits(Duration.ZERO)).isEmpty();
            finished(bench);
        }
    }

    /** Where the source has nothing else, the old one is tried once, and the hold goes on. */
    @Test
    void afterAHoldTheSameTokenIsTriedOnce() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.addAll(List.of("ya29.old", "ya29.old", "ya29.old", "ya29.third"));
            bench.servers.add(refusing("ya29.old"));
            SmtpDelivery client = bench.client(ACCOUNT);
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            bench.now = bench.now.plus(Duration.ofMinutes(6));
            bench.servers.add(refusing("ya29.old"));
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(bench.fetched).hasSize(3);
            assertThat(bench.connected).hasSize(2);
            finished(bench);
        }
    }

    /** A refusal for a while (454) says nothing of the token. */
    @Test
    void aTemporaryRefusalRefreshesNothing() throws Exception {
        try (SmtpBench bench = bench()) {
            bench.tokens.addAll(List.of("ya29.first", "ya29.second"));
            bench.servers.add(new ScriptedWire(login("XOAUTH2", xoauth2("ya29.first"), "S: 454 4.7.0 later")));
            assertThat(attempt(bench, bench.client(ACCOUNT))).startsWith("waiting 4.7.0");
            assertThat(bench.fetched).hasSize(1);
            finished(bench);
        }
    }

    /** A command that fails: mail waits with the reason, nobody is connected to, and the command rests like a refused password. */
    @Test
    void aFailingCommandMakesMailWait() throws Exception {
        try (SmtpBench bench = bench()) {
            SmtpDelivery client = bench.client(ACCOUNT);
            String waiting = "waiting 4.7.0 none no token for pepe@gmail.com: /usr/bin/token ended with status 1";
            assertThat(attempt(bench, client)).isEqualTo(waiting);
            assertThat(attempt(bench, client)).isEqualTo(waiting);
            assertThat(bench.connected).isEmpty();
            assertThat(bench.fetched).hasSize(1);
            assertThat(bench.clients.waits(Duration.ZERO))
                    .extracting(SmtpClients.Wait::toString)
                    .containsExactly("mail waits for pepe@gmail.com at smtp.example.net: no token for pepe@gmail.com:"
                            + " /usr/bin/token ended with status 1");
            bench.now = bench.now.plus(Duration.ofMinutes(6));
            bench.tokens.add("ya29.first");
            bench.servers.add(taking("ya29.first"));
            assertThat(attempt(bench, client)).startsWith("sent");
            assertThat(bench.clients.waits(Duration.ZERO)).isEmpty();
            finished(bench);
        }
    }

    /** A file is read each time: who renews it says nothing. */
    @Test
    void aFileIsReadEachTime() throws Exception {
        try (SmtpBench bench = bench()) {
            Map<String, String> file = new HashMap<>(ACCOUNT);
            file.put(
                    "recadero_smtp_sasl_token_maps",
                    "inline:{ { pepe@gmail.com = pepe@gmail.com:file:/etc/postfix/token # comment } }");
            bench.tokens.addAll(List.of("ya29.first", "ya29.second"));
            bench.servers.add(taking("ya29.first"));
            bench.servers.add(taking("ya29.second"));
            assertThat(attempt(bench, bench.client(file))).startsWith("sent");
            assertThat(attempt(bench, bench.client(file))).startsWith("sent");
            assertThat(bench.fetched).containsOnly(new TokenSource.InFile("/etc/postfix/token"));
            finished(bench);
        }
    }

    /** What stands in the wrong place may be a secret: it is not shown. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pepe:ya29.token",
                "pepe",
                ":file:/x",
                "pepe:file:relative",
                "pepe:command:token",
                "pepe:command::/x",
                "pepe:command:/"
            })
    void anEntryThatIsNoneMakesMailWaitAndIsNotShown(String entry) throws Exception {
        try (SmtpBench bench = bench()) {
            Map<String, String> wrong = new HashMap<>(ACCOUNT);
            wrong.put("recadero_smtp_sasl_token_maps", "inline:{ { pepe@gmail.com = " + entry + " } }");
            assertThat(attempt(bench, bench.client(wrong)))
                    .startsWith("deferred 4.7.0")
                    .endsWith("the entry for pepe@gmail.com is not login:file:/path, login:command:/path or"
                            + " login:command:user:/path");
            assertThat(bench.connected).isEmpty();
            finished(bench);
        }
    }

    @Test
    void withoutAUserACommandRunsAsDefaultPrivs() {
        assertThat(TokenSource.parse("command:/usr/bin/token  a\tb", "nobody"))
                .contains(new TokenSource.OfCommand("nobody", List.of("/usr/bin/token", "a", "b")));
    }

    @Test
    void aTrialSaysThatThereIsNoToken() throws Exception {
        try (SmtpBench bench = bench()) {
            assertThat(bench.probe(ACCOUNT, "pepe@gmail.com", NEXT))
                    .containsExactly("AUTH FAILED TOKEN /usr/bin/token ended with status 1");
            bench.tokens.add("ya29.old");
            bench.servers.add(refusing("ya29.old"));
            List<String> steps = bench.probe(ACCOUNT, "pepe@gmail.com", NEXT);
            assertThat(steps.getLast())
                    .startsWith("AUTH FAILED TOKEN SASL authentication failed")
                    .doesNotContain("ya29");
        }
    }
}
