package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.recadero.config.ConfigurationException;
import org.recadero.deliver.ServiceFlag;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.status.DeliveryStatus.Handover;
import org.recadero.status.Outcome;

/** Postfix: smtp(8), flags. */
class ClientFlagsTest {
    @Test
    void readsFlagsBetweenOptions() throws Exception {
        ClientFlags flags = ClientFlags.of(List.of("-v", "-o", "smtp_helo_timeout=5", "flags=DX"));
        assertThat(flags.flags()).containsExactlyInAnyOrder(ServiceFlag.DELIVERED_TO, ServiceFlag.FINAL);
        assertThat(ClientFlags.of(List.of())).isEqualTo(ClientFlags.none());
    }

    @Test
    void refusesWhatNobodyKnows() {
        assertThatThrownBy(() -> ClientFlags.of(List.of("flags=DZ")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("unknown flag: Z");
        assertThatThrownBy(() -> ClientFlags.of(List.of("user=x")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("unknown attribute name: user=x");
    }

    @Test
    void anAddressBeginsNoLineOfItsOwn() throws Exception {
        ClientFlags flags = ClientFlags.of(List.of("flags=O"));
        byte[] bytes = flags.onTop(
                        ReversePath.none(),
                        "a\nX-Mal: b@c",
                        Address.of("a@example.org"),
                        new ByteArrayInputStream("Subject: x\n".getBytes(StandardCharsets.US_ASCII)))
                .readAllBytes();
        assertThat(new String(bytes, StandardCharsets.US_ASCII)).isEqualTo("X-Original-To: a?X-Mal: b@c\nSubject: x\n");
    }

    /** RFC 3461 §5.2.1: who takes the request along tells the sender. */
    @ParameterizedTest
    @CsvSource({
        "smtp, DSN,  '',      no,  WITH_REQUEST",
        "smtp, DSN,  flags=X, no,  WITH_REQUEST",
        "smtp, SIZE, '',      no,  PLAIN",
        "smtp, SIZE, flags=X, no,  FINAL",
        "smtp, SIZE, '',      yes, PLAIN",
        "lmtp, SIZE, '',      yes, FINAL",
        "lmtp, SIZE, '',      no,  PLAIN",
        "lmtp, DSN,  '',      yes, WITH_REQUEST"
    })
    void saysWhoTellsTheSenderOfSuccess(String service, String offer, String flags, String assumes, Handover expected)
            throws Exception {
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            bench.servers.add(new ScriptedWire(List.of(
                    "S: 220 h",
                    "C: *",
                    "S: 250-h",
                    "S: 250 " + offer,
                    "C: *",
                    "S: 250 ok",
                    "C: *",
                    "S: 250 ok",
                    "C: DATA",
                    "S: 354 go",
                    "C: Subject: x",
                    "C:",
                    "C: .",
                    "S: 250 ok",
                    "C: QUIT",
                    "S: 221 bye")));
            SmtpDelivery client = bench.client(
                    service,
                    ClientFlags.of(flags.isEmpty() ? List.of() : List.of(flags)),
                    Map.of("lmtp_assume_final", assumes));
            Outcome outcome = client.deliver(
                            bench.message("a@example.net", "[smtp.example.net]:587", "Subject: x\n\n", "x@example.org"))
                    .getFirst();
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Outcome.Sent.class,
                            sent -> assertThat(sent.status().handover()).isEqualTo(expected));
        }
    }
}
