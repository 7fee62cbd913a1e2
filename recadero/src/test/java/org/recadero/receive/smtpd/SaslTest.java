package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.recadero.net.sasl.server.PasswordFile;
import org.recadero.net.sasl.server.PlainServer;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.os.PasswordHash;

class SaslTest {
    /** {@code openssl passwd -6 -salt abcdefgh secreto}. */
    private static final String HASH =
            "$6$abcdefgh$.VZA1MmvzjEohP1RNJfx3BmGCxzWdWEDe9rp5w6KjFji667bXQkhvZBOKxlYeI/gfpa/aO3iNHz/JyjGoC.0O.";

    private static final SaslServer.Situation SITUATION =
            new SaslServer.Situation("smtp", InetAddress.getLoopbackAddress(), InetAddress.getLoopbackAddress(), true);

    private static SaslServer.Turn plain(SaslServer server, String response) {
        try (SaslServer.Exchange exchange = server.begin("PLAIN", SITUATION)) {
            return exchange.respond(Optional.of(response.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static SaslServer server(String file) {
        Optional<PasswordHash> hashes = PasswordHash.system();
        assumeTrue(hashes.isPresent(), "no libcrypt");
        return new PlainServer(new PasswordFile(() -> file.getBytes(StandardCharsets.UTF_8), hashes.orElseThrow()));
    }

    @Test
    void checksPasswordsAgainstCryptHashes() {
        SaslServer server = server("# who\npepe:" + HASH + "\nlocked:!" + HASH + "\nempty:\n");
        assertThat(plain(server, "\0pepe\0secreto")).isEqualTo(new SaslServer.Turn.Success("pepe"));
        for (String wrong : new String[] {
            "\0pepe\0falso",
            "\0pepe\0",
            "\0otro\0secreto",
            "\0locked\0secreto",
            "\0empty\0",
            "manolo\0pepe\0secreto",
            "pepe",
            "\0pe\npe\0secreto",
            "\0# who\0x"
        }) {
            assertThat(plain(server, wrong)).as(wrong).isInstanceOf(SaslServer.Turn.Failure.class);
        }
    }

    @Test
    void saysThatItCannotCheckWhereTheFileCannotBeRead() {
        Optional<PasswordHash> hashes = PasswordHash.system();
        assumeTrue(hashes.isPresent(), "no libcrypt");
        SaslServer server = new PlainServer(new PasswordFile(
                () -> {
                    throw new java.io.IOException("gone");
                },
                hashes.orElseThrow()));
        assertThat(plain(server, "\0pepe\0secreto"))
                .isEqualTo(new SaslServer.Turn.Failure("password check unavailable", true));
    }
}
