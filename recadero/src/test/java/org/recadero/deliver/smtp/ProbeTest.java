package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each stage that fails is named, with what can be done about it; nothing is ever sent. */
class ProbeTest {
    private static final String NEXT = "[smtp.example.net]:587";
    private static final Map<String, String> ACCOUNT = Map.of(
            "smtp_sasl_auth_enable", "yes",
            "smtp_sasl_security_options", "noanonymous",
            "smtp_tls_security_level", "encrypt",
            "relayhost", NEXT,
            "smtp_sasl_password_maps", "inline:{ { [smtp.example.net]:587 = pepe:uno } }");

    private static final List<String> UNTIL_TLS = List.of(
            "S: 220 h ESMTP", "C: EHLO client.example.net", "S: 250-h", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go");
    private static final List<String> UNTIL_AUTH =
            List.of("tls", "C: EHLO client.example.net", "S: 250-h", "S: 250 AUTH PLAIN", "C: AUTH PLAIN AHBlcGUAdW5v");

    private static List<String> script(List<String> first, List<String> second, String... more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        all.addAll(List.of(more));
        return all;
    }

    private static List<String> probe(Map<String, String> settings, List<String> script) throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            bench.servers.add(new ScriptedWire(script));
            List<String> steps = bench.probe(settings, "pepe@gmail.com", NEXT);
            assertThat(bench.used).allMatch(w -> w.transcript().stream().noneMatch(l -> l.startsWith("C: RCPT")));
            assertThat(steps).noneMatch(s -> s.contains("uno") || s.contains("AHBl"));
            return steps;
        }
    }

    @Test
    void allStagesOfAnAccountThatWorks() throws Exception {
        List<String> steps = probe(
                ACCOUNT,
                script(
                        UNTIL_TLS,
                        UNTIL_AUTH,
                        "S: 235 2.7.0 ok",
                        "C: MAIL FROM:<pepe@gmail.com>",
                        "S: 250 2.1.0 Ok",
                        "C: RSET",
                        "S: 250 Ok",
                        "C: QUIT",
                        "S: 221 bye"));
        assertThat(steps).hasSize(6);
        assertThat(steps.get(0)).isEqualTo("DNS ok smtp.example.net[10.0.0.2]");
        assertThat(steps.get(1)).isEqualTo("TCP ok smtp.example.net[10.0.0.2]:587");
        assertThat(steps.get(2)).isEqualTo("GREETING ok 220 h ESMTP");
        assertThat(steps.get(3)).startsWith("TLS ok TLSv1.3 with ");
        assertThat(steps.get(4)).isEqualTo("AUTH ok pepe, PLAIN");
        assertThat(steps.get(5)).isEqualTo("MAIL ok 250 2.1.0 Ok");
    }

    @Test
    void aRefusedPassword() throws Exception {
        List<String> steps = probe(ACCOUNT, script(UNTIL_TLS, UNTIL_AUTH, "S: 535 5.7.8 no"));
        assertThat(steps.getLast())
                .startsWith("AUTH FAILED PASSWORD SASL authentication failed")
                .endsWith("said: 535 5.7.8 no");
    }

    @Test
    void noMechanismThatSuitsBoth() throws Exception {
        Map<String, String> filtered = new HashMap<>(ACCOUNT);
        filtered.put("smtp_sasl_mechanism_filter", "login");
        assertThat(probe(filtered, script(UNTIL_TLS, UNTIL_AUTH.subList(0, 4))).getLast())
                .startsWith("AUTH FAILED MECHANISM");
    }

    @Test
    void aServerWithoutStartTls() throws Exception {
        assertThat(probe(ACCOUNT, List.of("S: 220 h", "C: EHLO client.example.net", "S: 250 h"))
                        .getLast())
                .startsWith("TLS FAILED NO_TLS TLS is required, but was not offered");
    }

    @Test
    void aCertificateThatProvesNothing() throws Exception {
        Map<String, String> secure = new HashMap<>(ACCOUNT);
        secure.put("smtp_tls_security_level", "secure");
        List<String> steps =
                probe(secure, script(UNTIL_TLS, List.of("tls wrongname", "C: EHLO client.example.net", "S: 250 h")));
        assertThat(steps.getLast()).startsWith("TLS FAILED CERTIFICATE Server certificate not verified");
        assertThat(steps).filteredOn(s -> s.startsWith("TLS")).hasSize(1);
    }

    @Test
    void aServerThatWantsTlsAtOnce() throws Exception {
        assertThat(probe(ACCOUNT, List.of("silence")).getLast()).startsWith("GREETING FAILED TLS_AT_ONCE");
    }

    @Test
    void aSenderThatIsNotTaken() throws Exception {
        assertThat(probe(
                                ACCOUNT,
                                script(
                                        UNTIL_TLS,
                                        UNTIL_AUTH,
                                        "S: 235 ok",
                                        "C: MAIL FROM:<pepe@gmail.com>",
                                        "S: 553 5.7.1 not yours"))
                        .getLast())
                .isEqualTo("MAIL FAILED SENDER 553 5.7.1 not yours");
    }

    @Test
    void aPortWithoutLogin() throws Exception {
        List<String> steps =
                probe(ACCOUNT, script(UNTIL_TLS, List.of("tls", "C: EHLO client.example.net", "S: 250 h")));
        assertThat(steps.getLast())
                .as("such an account does not count as working")
                .startsWith("AUTH FAILED NO_AUTH");
    }

    @Test
    void whatCannotBeReached() throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            assertThat(bench.probe(ACCOUNT, "pepe@gmail.com", NEXT).getLast()).startsWith("DNS FAILED NO_SUCH_NAME");
            bench.host("smtp.example.net", "10.0.0.2", "10.0.0.3");
            assertThat(bench.probe(ACCOUNT, "pepe@gmail.com", NEXT))
                    .containsExactly(
                            "DNS ok smtp.example.net[10.0.0.2], smtp.example.net[10.0.0.3]",
                            "TCP FAILED UNREACHABLE smtp.example.net[10.0.0.2]:587: Connection refused",
                            "TCP FAILED UNREACHABLE smtp.example.net[10.0.0.3]:587: Connection refused");
        }
    }
}
