package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.envelope.ReversePath;
import org.recadero.status.Outcome;

class SmtpDeliveryTest {
    private static final String NEXT = "[smtp.example.net]:587";
    private static final Map<String, String> ACCOUNTS = Map.of(
            "smtp_sasl_auth_enable", "yes",
            "smtp_sender_dependent_authentication", "yes",
            "smtp_sasl_security_options", "noanonymous",
            "smtp_tls_security_level", "encrypt",
            "relayhost", NEXT,
            "smtp_sasl_password_maps", "inline:{ { pepe@gmail.com = pepe:uno } { manolo@example.net = manolo:dos } }");

    private static List<String> login(String plain, String last) {
        return List.of(
                "S: 220 h",
                "C: EHLO client.example.net",
                "S: 250-h",
                "S: 250 STARTTLS",
                "C: STARTTLS",
                "S: 220 go",
                "tls",
                "C: EHLO client.example.net",
                "S: 250-h",
                "S: 250 AUTH PLAIN",
                "C: AUTH PLAIN " + plain,
                last);
    }

    private static List<String> mail(String from) {
        return List.of(
                "C: MAIL FROM:<" + from + ">",
                "S: 250 ok",
                "C: RCPT TO:<x@example.org>",
                "S: 250 ok",
                "C: DATA",
                "S: 354 go",
                "C: S: x",
                "C:",
                "C: .",
                "S: 250 ok");
    }

    private static ScriptedWire wire(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return new ScriptedWire(all);
    }

    /** SAFETY 27: two accounts on one smarthost never share a session, though both wait to be used again. */
    @Test
    void sessionsOfTwoAccountsNeverMix() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), mail("pepe@gmail.com")));
            bench.servers.add(wire(login("AG1hbm9sbwBkb3M=", "S: 235 ok"), mail("manolo@example.net")));
            SmtpDelivery client = bench.client(ACCOUNTS);
            List<Delivery> batch = new ArrayList<>();
            batch.addAll(bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org"));
            batch.addAll(bench.message("manolo@example.net", NEXT, "S: x\n\n", "x@example.org"));
            assertThat(client.deliver(batch).stream().map(SmtpBench::text).toList())
                    .allMatch(t -> t.startsWith("sent"));
            bench.used.forEach(w -> assertThat(w.unfinished()).isEmpty());
            assertThat(bench.connected).hasSize(2);
        }
    }

    /** SAFETY 27: a kept session is used again by the same account without connecting. */
    @Test
    void aKeptSessionTakesTheNextMessageOfItsAccount() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> twice = new ArrayList<>(mail("pepe@gmail.com"));
            twice.addAll(mail("pepe@gmail.com"));
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), twice));
            SmtpDelivery client = bench.client(ACCOUNTS);
            for (int i = 0; i < 2; i++) {
                List<Delivery> one = bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org");
                assertThat(SmtpBench.text(client.deliver(one).getFirst())).startsWith("sent");
            }
            assertThat(bench.connected).hasSize(1);
        }
    }

    /** Two more messages of pepe's wait behind a batch. */
    private static final class TwoMore implements Further {
        private final SmtpBench bench;
        private int left = 2;
        private final List<String> heard = new ArrayList<>();

        TwoMore(SmtpBench bench) {
            this.bench = bench;
        }

        @Override
        public List<Delivery> next(ReversePath account) {
            assertThat(account).isEqualTo(ReversePath.of("pepe@gmail.com"));
            return left-- > 0 ? bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org") : List.of();
        }

        @Override
        public void settled(Delivery delivery, Outcome outcome) {
            heard.add(delivery.message().envelope().sender() + " "
                    + SmtpBench.text(outcome).substring(0, 4));
        }
    }

    /** One round trip a message: the next one's envelope leaves with the end of the last, also beyond the batch. */
    @Test
    void whatWaitsBehindTheBatchGoesInTheFlightOfTheLastMessagesEnd() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> envelope = List.of("C: MAIL FROM:<pepe@gmail.com>", "C: RCPT TO:<x@example.org>", "C: DATA");
            List<String> agreed = List.of("S: 250 ok", "S: 250 ok", "S: 354 go");
            List<String> content = List.of("C: S: x", "C:", "C: .");
            List<String> all = new ArrayList<>(login("AHBlcGUAdW5v", "S: 235 ok"));
            all.set(all.indexOf("S: 250 AUTH PLAIN"), "S: 250-PIPELINING\nS: 250 AUTH PLAIN");
            all = new ArrayList<>(all.stream().flatMap(String::lines).toList());
            all.addAll(envelope);
            all.addAll(agreed);
            for (int i = 0; i < 2; i++) {
                all.addAll(content);
                all.addAll(envelope);
                all.add("S: 250 taken");
                all.addAll(agreed);
            }
            all.addAll(content);
            all.add("S: 250 taken");
            bench.servers.add(new ScriptedWire(all));
            TwoMore more = new TwoMore(bench);
            List<Outcome> outcomes = bench.client(ACCOUNTS)
                    .deliver(bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org"), more);
            assertThat(outcomes.stream().map(SmtpBench::text)).hasSize(3).allMatch(t -> t.startsWith("sent"));
            assertThat(more.heard).hasSize(3).containsOnly("pepe@gmail.com sent");
            assertThat(bench.used.getFirst().unfinished()).isEmpty();
        }
    }

    /** Postfix: smtp_connection_reuse_count_limit. */
    @Test
    void aConnectionTakesNoMoreThanItMayCarry() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> twice = new ArrayList<>(mail("pepe@gmail.com"));
            twice.addAll(mail("pepe@gmail.com"));
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), twice));
            Map<String, String> limited = new HashMap<>(ACCOUNTS);
            limited.put("smtp_connection_reuse_count_limit", "2");
            assertThat(bench.client(limited)
                            .deliver(
                                    bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org"),
                                    new TwoMore(bench)))
                    .hasSize(2);
        }
    }

    /** A message whose turn had not come when the connection ended goes on the next one. */
    @Test
    void whatWasTakenBesidesOutlivesItsConnection() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> thenEnds = new ArrayList<>(mail("pepe@gmail.com"));
            thenEnds.add("C: MAIL FROM:<pepe@gmail.com>");
            thenEnds.add("S: 421 4.7.0 enough of this connection");
            thenEnds.add("close");
            List<String> twice = new ArrayList<>(mail("pepe@gmail.com"));
            twice.addAll(mail("pepe@gmail.com"));
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), thenEnds));
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), twice));
            TwoMore more = new TwoMore(bench);
            List<Outcome> outcomes = bench.client(ACCOUNTS)
                    .deliver(bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org"), more);
            assertThat(outcomes.stream().map(SmtpBench::text)).hasSize(3).allMatch(t -> t.startsWith("sent"));
            assertThat(bench.connected).hasSize(2);
        }
    }

    /** A kept session that the server ended meanwhile costs no attempt. */
    @Test
    void aKeptSessionThatHasEndedIsReplaced() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> thenEnds = new ArrayList<>(mail("pepe@gmail.com"));
            thenEnds.add("C: MAIL FROM:<pepe@gmail.com>");
            thenEnds.add("close");
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), thenEnds));
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), mail("pepe@gmail.com")));
            SmtpDelivery client = bench.client(ACCOUNTS);
            for (int i = 0; i < 2; i++) {
                List<Delivery> one = bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org");
                assertThat(SmtpBench.text(client.deliver(one).getFirst())).startsWith("sent");
            }
            assertThat(bench.connected).hasSize(2);
        }
    }

    /** SAFETY 26: a sender's credentials go to no other next hop than the one his relayhost entry names. */
    @Test
    void credentialsOfTheSenderGoToHisOwnRelayOnly() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("other.example.org", "10.0.0.9");
            bench.servers.add(new ScriptedWire(List.of(
                    "S: 220 h",
                    "C: EHLO client.example.net",
                    "S: 250-h",
                    "S: 250-AUTH PLAIN",
                    "S: 250 STARTTLS",
                    "C: STARTTLS",
                    "S: 220 go",
                    "tls",
                    "C: EHLO client.example.net",
                    "S: 250-h",
                    "S: 250 AUTH PLAIN",
                    "C: MAIL FROM:<pepe@gmail.com>",
                    "S: 530 5.7.0 Authentication required",
                    "C: RSET",
                    "S: 250 ok")));
            List<Delivery> one = bench.message("pepe@gmail.com", "[other.example.org]", "S: x\n\n", "x@example.org");
            assertThat(SmtpBench.text(bench.client(ACCOUNTS).deliver(one).getFirst()))
                    .startsWith("bounced 5.7.0");
            assertThat(bench.used.getFirst().transcript()).noneMatch(l -> l.startsWith("C: AUTH"));
        }
    }

    /** SAFETY 26: a host that MX named must prove the next hop's name before it gets a password. */
    @Test
    void aHostThatMxNamedGetsNoCredentialsUnlessItProvesTheNextHop() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.exchangers.put(
                    "example.org",
                    new org.recadero.net.dns.Answer.Found<>(
                            List.of(new org.recadero.net.dns.MailExchanger(10, "evil.example.com")), false));
            bench.host("evil.example.com", "10.0.0.9");
            List<String> script = new ArrayList<>(login("", "").subList(0, 6));
            script.addAll(List.of("tls wrongname", "C: EHLO client.example.net", "S: 250-h", "S: 250 AUTH PLAIN"));
            bench.servers.add(new ScriptedWire(script));
            Map<String, String> settings = Map.of(
                    "smtp_sasl_auth_enable", "yes",
                    "smtp_sasl_security_options", "noanonymous",
                    "smtp_tls_security_level", "encrypt",
                    "smtp_sasl_password_maps", "inline:{ { example.org = pepe:uno } }");
            List<Delivery> one = bench.message("pepe@gmail.com", "example.org", "S: x\n\n", "x@example.org");
            assertThat(SmtpBench.text(bench.client(settings).deliver(one).getFirst()))
                    .startsWith("deferred 4.7.5")
                    .endsWith("Server certificate not verified");
        }
    }

    /** SAFETY 26: who proved his name once and no longer does gets no password, though {@code encrypt} asks for no proof. */
    @Test
    void aServerThatProvedItsNameOnceAndNoLongerDoesGetsNoCredentials() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            Map<String, String> once = new HashMap<>(ACCOUNTS);
            once.put("smtp_connection_reuse_count_limit", "1");
            SmtpDelivery client = bench.client(once);
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), mail("pepe@gmail.com")));
            assertThat(attempt(bench, client)).startsWith("sent");
            List<String> other = new ArrayList<>(login("", "").subList(0, 6));
            other.addAll(List.of("tls untrusted", "C: EHLO client.example.net", "S: 250-h", "S: 250 AUTH PLAIN"));
            bench.servers.add(new ScriptedWire(other));
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.5").endsWith("Server certificate not verified");
            assertThat(bench.log)
                    .anyMatch(l -> l.contains("smtp.example.net[10.0.0.2]:587 proved its name before and no longer does"
                            + " (self-signed certificate): no credentials are sent, mail waits"));
        }
    }

    /** SAFETY 26: after a failed handshake nothing is tried in the clear where there is a password to lose. */
    @Test
    void aFailedHandshakeIsTriedInTheClearWithoutCredentialsOnly() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> fails = new ArrayList<>(login("", "").subList(0, 6));
            fails.add("tls fails");
            bench.servers.add(new ScriptedWire(fails));
            Map<String, String> may = new HashMap<>(ACCOUNTS);
            may.put("smtp_tls_security_level", "may");
            assertThat(attempt(bench, bench.client(may)))
                    .startsWith("waiting 4.7.5")
                    .endsWith("handshake failure");
            assertThat(bench.connected).hasSize(1);

            bench.servers.add(new ScriptedWire(fails));
            bench.servers.add(wire(login("", "").subList(0, 4), mail("pepe@gmail.com")));
            may.put("smtp_sasl_auth_enable", "no");
            assertThat(attempt(bench, bench.client(may))).startsWith("sent");
            assertThat(bench.connected).hasSize(3);
        }
    }

    /** SAFETY 27: a session of one TLS policy, or of a configuration that was, serves no other. */
    @Test
    void aKeptSessionServesNoOtherPolicyAndNoOtherConfiguration() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            Map<String, String> secure = new HashMap<>(ACCOUNTS);
            secure.put("smtp_tls_security_level", "secure");
            for (Map<String, String> settings : List.of(ACCOUNTS, secure, ACCOUNTS)) {
                bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), mail("pepe@gmail.com")));
                assertThat(attempt(bench, bench.client(settings))).startsWith("sent");
            }
            assertThat(bench.connected).hasSize(3);
        }
    }

    /** SAFETY 27: what was offered before STARTTLS counts no more: no AUTH that only the first EHLO listed. */
    @Test
    void whatWasOfferedInTheClearIsForgottenInTls() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            List<String> script = new ArrayList<>(login("", "").subList(0, 3));
            script.addAll(List.of(
                    "S: 250-AUTH PLAIN",
                    "S: 250-CHUNKING",
                    "S: 250 STARTTLS",
                    "C: STARTTLS",
                    "S: 220 go",
                    "tls",
                    "C: EHLO client.example.net",
                    "S: 250 h"));
            bench.servers.add(wire(script, mail("pepe@gmail.com")));
            assertThat(attempt(bench, bench.client(ACCOUNTS))).startsWith("sent");
            assertThat(bench.used.getFirst().unfinished()).isEmpty();
        }
    }

    /** SAFETY 30: a refused password is held; a flush tries it once after a minute; a changed one is tried at once. */
    @Test
    void aRefusedPasswordIsHeldUntilItChangesOrItsTimeComes() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            SmtpDelivery client = bench.client(ACCOUNTS);
            bench.servers.add(new ScriptedWire(login("AHBlcGUAdW5v", "S: 535 5.7.8 no")));
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(bench.connected).hasSize(1);
            bench.clients.flushed();
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(bench.connected).hasSize(1);
            bench.now = bench.now.plus(Duration.ofSeconds(61));
            bench.clients.flushed();
            bench.servers.add(new ScriptedWire(login("AHBlcGUAdW5v", "S: 454 4.7.0 later")));
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.0");
            assertThat(bench.connected).hasSize(2);
            assertThat(bench.clients.waits(Duration.ZERO))
                    .extracting(SmtpClients.Wait::what)
                    .contains("pepe at smtp.example.net");
            Map<String, String> changed = new HashMap<>(ACCOUNTS);
            changed.put("smtp_sasl_password_maps", "inline:{ { pepe@gmail.com = pepe:tres } }");
            bench.servers.add(wire(login("AHBlcGUAdHJlcw==", "S: 235 ok"), mail("pepe@gmail.com")));
            assertThat(attempt(bench, bench.client(changed))).startsWith("sent");
            assertThat(bench.clients.waits(Duration.ZERO))
                    .as("the old one is no password any more")
                    .isEmpty();
        }
    }

    /** SAFETY 30: a relay that does not answer is told of until it does; a domain's dead exchanger is that domain's affair. */
    @Test
    void aRelayThatDoesNotAnswerIsWaitedFor() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            bench.host("dead.example.org", "10.0.0.9");
            SmtpDelivery client = bench.client(ACCOUNTS);
            assertThat(attempt(bench, client))
                    .isEqualTo("waiting 4.4.1 none connect to smtp.example.net[10.0.0.2]:587: Connection refused");
            assertThat(bench.clients.waits(Duration.ZERO))
                    .extracting(SmtpClients.Wait::toString)
                    .containsExactly("mail waits for [smtp.example.net]:587: connect to smtp.example.net[10.0.0.2]:587:"
                            + " Connection refused");
            assertThat(bench.clients.waits(Duration.ofMinutes(1))).isEmpty();
            bench.now = bench.now.plus(Duration.ofHours(7));
            assertThat(bench.clients.waits(Duration.ZERO))
                    .as("nobody has tried it since: no mail waits for it")
                    .isEmpty();
            assertThat(attempt(bench, client)).startsWith("waiting 4.4.1");
            assertThat(bench.clients.waits(Duration.ZERO)).hasSize(1);
            List<Delivery> direct =
                    bench.message("a@example.net", "dead.example.org", "S: x\n\n", "x@dead.example.org");
            assertThat(SmtpBench.text(client.deliver(direct).getFirst())).startsWith("deferred 4.4.1");
            List<Delivery> offLine = bench.message("a@example.net", "away.example", "S: x\n\n", "x@away.example");
            bench.exchangers.put("away.example", new org.recadero.net.dns.Answer.Failed<>("Host not found, try again"));
            assertThat(SmtpBench.text(client.deliver(offLine).getFirst())).startsWith("waiting 4.4.3");
            bench.servers.add(wire(login("AHBlcGUAdW5v", "S: 235 ok"), mail("pepe@gmail.com")));
            assertThat(attempt(bench, client)).startsWith("sent");
            assertThat(bench.clients.waits(Duration.ZERO)).isEmpty();
        }
    }

    /** Postfix: smtp_tls_ciphers, smtp_tls_mandatory_ciphers: a grade that is none is found at the start. */
    @Test
    void aCipherGradeIsOneOfPostfixs() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            for (String name : List.of("smtp_tls_ciphers", "smtp_tls_mandatory_ciphers")) {
                assertThat(bench.client(Map.of(name, "HIGH"))).isNotNull();
                assertThatThrownBy(() -> bench.client(Map.of(name, "strong")))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining(name + ": invalid cipher grade \"strong\"");
            }
        }
    }

    /** SAFETY 30: whose mail it is that waits is known, also of mail that was not tried: he is told. */
    @Test
    void itIsKnownWhoseMailWaits() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            SmtpDelivery client = bench.client(ACCOUNTS);
            bench.uid = Optional.of(1001);
            assertThat(attempt(bench, client)).startsWith("waiting 4.4.1");
            bench.uid = Optional.of(1002);
            client.suspended(bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org")
                    .getFirst());
            assertThat(bench.clients.waits(Duration.ZERO))
                    .singleElement()
                    .extracting(SmtpClients.Wait::submitters)
                    .isEqualTo(Set.of(Optional.of(1001), Optional.of(1002)));
            bench.uid = Optional.empty();
            assertThat(attempt(bench, client)).startsWith("waiting 4.4.1");
            assertThat(bench.clients.waits(Duration.ZERO).getFirst().submitters())
                    .contains(Optional.empty(), Optional.of(1002));

            bench.servers.add(new ScriptedWire(login("AHBlcGUAdW5v", "S: 535 5.7.8 no")));
            bench.uid = Optional.of(1001);
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            bench.uid = Optional.of(1003);
            assertThat(attempt(bench, client)).startsWith("waiting 4.7.8");
            assertThat(bench.connected).hasSize(3);
            assertThat(bench.clients.waits(Duration.ZERO))
                    .filteredOn(w -> w.what().equals("pepe at smtp.example.net"))
                    .singleElement()
                    .extracting(SmtpClients.Wait::submitters)
                    .isEqualTo(Set.of(Optional.of(1001), Optional.of(1003)));
        }
    }

    /** SAFETY 30: one server that cannot be reached on a network that works is called a probable mistake, and mail still waits. */
    @Test
    void oneUnreachableRelayAmongOthersThatAnswerIsCalledAMistake() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            bench.host("mx.example.org", "10.0.0.3");
            SmtpDelivery client = bench.client(ACCOUNTS);
            assertThat(attempt(bench, client)).startsWith("waiting 4.4.1");
            assertThat(bench.clients.waits(Duration.ZERO))
                    .singleElement()
                    .asString()
                    .endsWith(": Connection refused");
            bench.now = bench.now.plusSeconds(1);
            bench.servers.add(wire(login("", "").subList(0, 4), mail("a@example.net")));
            List<Delivery> other = bench.message("a@example.net", "[mx.example.org]", "S: x\n\n", "x@example.org");
            assertThat(SmtpBench.text(bench.client(Map.of()).deliver(other).getFirst()))
                    .startsWith("sent");
            assertThat(attempt(bench, client)).startsWith("waiting 4.4.1");
            assertThat(bench.clients.waits(Duration.ZERO))
                    .singleElement()
                    .asString()
                    .endsWith(": Connection refused (other servers answer: probably a mistake, here or there)");
        }
    }

    private static String attempt(SmtpBench bench, SmtpDelivery client) {
        List<Delivery> one = bench.message("pepe@gmail.com", NEXT, "S: x\n\n", "x@example.org");
        return SmtpBench.text(client.deliver(one).getFirst());
    }

    @Test
    void aRelayThatDoesNotExistMakesMailWaitAndADomainThatDoesNotExistReturnsIt() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            SmtpDelivery client = bench.client(Map.of());
            List<Delivery> one = bench.message("a@example.net", "[typo.example.net]", "S: x\n\n", "x@nowhere.example");
            assertThat(SmtpBench.text(client.deliver(one).getFirst()))
                    .isEqualTo("waiting 4.4.4 none Host or domain name not found. Name service error for"
                            + " name=typo.example.net type=AAAA: Host not found");
            List<Delivery> two = bench.message("a@example.net", "nowhere.example", "S: x\n\n", "x@nowhere.example");
            assertThat(SmtpBench.text(client.deliver(two).getFirst())).startsWith("bounced 5.4.4 none");
        }
    }
}
