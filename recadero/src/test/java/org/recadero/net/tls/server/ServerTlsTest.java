package org.recadero.net.tls.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and certificates in the orders that Postfix takes: each was tried with 3.7.11. */
class ServerTlsTest {
    private static final String RSA = resource("rsa-pkcs8.pem");
    private static final String EC = resource("ec-sec1.pem");
    private static final Map<String, String> FILES = Map.of(
            "rsa", part(RSA, true) + part(RSA, false),
            "rsa.key", part(RSA, true),
            "rsa.cert", part(RSA, false),
            "ec.key", part(EC, true),
            "ec.cert", part(EC, false),
            "both", part(EC, true) + part(EC, false) + part(RSA, true) + part(RSA, false),
            "other.key", anotherKey(),
            "none", "nothing of the kind\n");

    private static String resource(String name) {
        try (var in = Objects.requireNonNull(ServerTlsTest.class.getResourceAsStream("/tls/" + name))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The key, or the certificate, of a file with both. */
    private static String part(String pem, boolean key) {
        StringBuilder part = new StringBuilder();
        boolean inside = false;
        for (String line : pem.lines().toList()) {
            if (line.startsWith("-----BEGIN")) {
                inside = line.contains("PRIVATE KEY") == key;
            }
            if (inside) {
                part.append(line).append('\n');
            }
        }
        return part.toString();
    }

    private static String anotherKey() {
        try {
            byte[] der = KeyPairGenerator.getInstance("RSA")
                    .generateKeyPair()
                    .getPrivate()
                    .getEncoded();
            return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
                    + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerTls of(ServerTls.Source source) throws IOException {
        return ServerTls.of(
                List.of(source),
                List.of(),
                List.of(),
                path -> Objects.requireNonNull(FILES.get(path)).getBytes(StandardCharsets.US_ASCII));
    }

    private static ServerTls chains(String files) throws IOException {
        return of(new ServerTls.Chains(List.of(files.split(" "))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa", "rsa.key rsa.cert", "both", "rsa.key rsa.cert ec.key ec.cert", "ec.key ec.cert rsa"})
    void readsChainFilesAsOneText(String files) throws Exception {
        String kind = shown(chains(files)).getPublicKey().getAlgorithm();
        assertThat(kind).isEqualTo(files.startsWith("rsa") && !files.contains("ec") ? "RSA" : "EC");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa.cert rsa.key", "rsa.cert"})
    void theKeyStandsFirst(String files) {
        assertThatThrownBy(() -> chains(files))
                .hasMessage("cannot use rsa.cert: the key must stand before its certificate");
    }

    @Test
    void saysWhatIsMissingOrDoesNotFit() {
        assertThatThrownBy(() -> chains("rsa.key"))
                .hasMessage("cannot use rsa.key: no certificate stands behind the private key");
        assertThatThrownBy(() -> chains("rsa.key ec.key ec.cert"))
                .hasMessage("cannot use ec.key: no certificate stands behind the private key");
        assertThatThrownBy(() -> chains("none")).hasMessage("cannot use none: no private key");
        assertThatThrownBy(() -> chains("rsa.key ec.cert"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot use ec.cert: bad private key: ");
        assertThatThrownBy(() -> chains("other.key rsa.cert"))
                .hasMessage("cannot use rsa.cert: the key is another certificate's");
        assertThatThrownBy(() -> of(new ServerTls.Pair("ec.cert", "rsa.key")))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "cannot use the certificate of ec.cert with the key of rsa.key: bad private key: ");
    }

    /** The certificate that a client is shown. */
    private static X509Certificate shown(ServerTls tls) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket listening = new ServerSocket(0, 1, here);
                Socket socket = new Socket(here, listening.getLocalPort());
                Socket accepted = listening.accept()) {
            socket.setSoTimeout(30_000);
            accepted.setSoTimeout(30_000);
            Thread server = Thread.ofVirtual().start(() -> {
                try {
                    tls.accept(accepted, false);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            SSLSocket client = (SSLSocket)
                    context.getSocketFactory().createSocket(socket, "localhost", listening.getLocalPort(), false);
            client.startHandshake();
            server.join();
            return (X509Certificate) client.getSession().getPeerCertificates()[0];
        }
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
