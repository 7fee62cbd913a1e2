package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpTlsTest {
    @TempDir
    Path folder;

    static SSLSocket encrypted(Socket socket) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsAnybody()}, null);
        SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", 0, true);
        encrypted.startHandshake();
        return encrypted;
    }

    /** For a test's certificate that nobody signed. */
    private static final class TrustsAnybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    private static String last(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (line.charAt(3) == '-') {
            line = in.readLine();
        }
        return line;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** RFC 3207 §4.2: what stood behind STARTTLS in the clear is never obeyed, and what was said before is forgotten. */
    @ParameterizedTest
    @ValueSource(strings = {"rsa-pkcs8.pem", "rsa-pkcs1.pem", "ec-sec1.pem"})
    void throwsAwayWhatStandsBehindStartTls(String file)
            throws IOException, GeneralSecurityException, URISyntaxException {
        Path key = Path.of(Objects.requireNonNull(SmtpTlsTest.class.getResource("/tls/" + file))
                .toURI());
        Map<String, String> settings = Map.of(
                "smtpd_tls_security_level",
                "may",
                "smtpd_tls_chain_files",
                key.toString(),
                "smtpd_helo_required",
                "yes");
        try (SmtpFixture fixture = new SmtpFixture(folder, settings);
                SmtpServer server = fixture.server();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), server.ports().getFirst())) {
            socket.setSoTimeout(9_000);
            BufferedReader in = reader(socket);
            assertThat(last(in)).startsWith("220");
            send(socket, "EHLO c.example\r\n");
            assertThat(last(in)).startsWith("250");
            send(socket, "STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n");
            assertThat(last(in)).isEqualTo("220 2.0.0 Ready to start TLS");
            try (SSLSocket encrypted = encrypted(socket)) {
                BufferedReader inTls = reader(encrypted);
                send(encrypted, "MAIL FROM:<a@example.org>\r\n");
                assertThat(last(inTls)).isEqualTo("503 5.5.1 Error: send HELO/EHLO first");
                send(encrypted, "EHLO c.example\r\nSTARTTLS\r\n");
                assertThat(last(inTls)).isEqualTo("250 CHUNKING");
                assertThat(last(inTls)).isEqualTo("554 5.5.1 Error: TLS already active");
            }
        }
    }
}
