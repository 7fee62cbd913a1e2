package org.recadero.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class ClientCiphersTest {
    private static final List<String> WEAK =
            List.of("_NULL_", "_anon_", "RC4", "3DES", "_DES_", "_DES40_", "RC2", "EXPORT", "_MD5");

    /**
     * Postfix: postconf(5), smtp_tls_mandatory_ciphers: a grade is the least that is allowed, and OpenSSL's HIGH begins at 128 bits: no
     * grade has anything to take away from what is offered, by client and server.
     */
    @Test
    void whatIsOfferedIsOfTheHighestGrade() throws Exception {
        SSLContext context = SSLContext.getDefault();
        List<String> offered = Stream.of(
                        context.createSSLEngine().getEnabledCipherSuites(),
                        context.getDefaultSSLParameters().getCipherSuites(),
                        context.getServerSocketFactory().getDefaultCipherSuites())
                .flatMap(Stream::of)
                .distinct()
                .filter(suite -> !suite.equals("TLS_EMPTY_RENEGOTIATION_INFO_SCSV"))
                .toList();
        assertThat(offered).isNotEmpty().allSatisfy(suite -> {
            assertThat(suite).matches(".*_(AES_128|AES_256|CHACHA20)_.*");
            assertThat(WEAK).noneMatch(suite::contains);
        });
    }
}
