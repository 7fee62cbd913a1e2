package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.queue.QueuedMessage;

class SmtpServerTest {
    @TempDir
    Path folder;

    /** A client that says a line and hears the last line of the reply. */
    static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(9_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }

        String reply() throws IOException {
            String line = in.readLine();
            while (line != null && line.length() > 3 && line.charAt(3) == '-') {
                line = in.readLine();
            }
            return String.valueOf(line);
        }

        String say(String line) throws IOException {
            send(line + "\r\n");
            return reply();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Seen with Postfix 3.7.11: smtpd_client_connection_count_limit, smtpd_reject_footer. */
    @Test
    void whoHasTooManyConnectionsIsToldWithTheFooter() throws IOException {
        Map<String, String> settings = Map.of(
                "smtpd_client_connection_count_limit", "1",
                "smtpd_client_event_limit_exceptions", "",
                "smtpd_reject_footer", "\\c. Call $client_address");
        try (SmtpFixture fixture = new SmtpFixture(folder, settings);
                SmtpServer server = fixture.server();
                Client first = new Client(server.ports().getFirst())) {
            assertThat(first.reply()).startsWith("220 ");
            try (Client second = new Client(server.ports().getFirst())) {
                assertThat(second.reply())
                        .isEqualTo(
                                "421 4.7.0 cliente.example.net Error: too many connections from 127.0.0.1. Call 127.0.0.1");
                assertThat(second.reply()).isEqualTo("null");
            }
            assertThat(fixture.log)
                    .contains("smtpd: warning: Connection concurrency limit exceeded: 2 from localhost[127.0.0.1]"
                            + " for service 127.0.0.1:0");
        }
    }

    @Test
    void takesAMessageOverASocketIntoTheQueue() throws IOException {
        try (SmtpFixture fixture = new SmtpFixture(folder, Map.of());
                SmtpServer server = fixture.server();
                Client client = new Client(server.ports().getFirst())) {
            assertThat(client.reply()).isEqualTo("220 cliente.example.net ESMTP Recadero");
            assertThat(client.say("EHLO client.example.net")).isEqualTo("250 CHUNKING");
            assertThat(client.say("MAIL FROM:<orig@example.org>")).isEqualTo("250 2.1.0 Ok");
            assertThat(client.say("RCPT TO:<usuario@localhost>")).isEqualTo("250 2.1.5 Ok");
            assertThat(client.say("DATA")).isEqualTo("354 End data with <CR><LF>.<CR><LF>");
            assertThat(client.say("Subject: one\r\n\r\n..dot\r\ntext\r\n."))
                    .matches("250 2.0.0 Ok: queued as [0-9A-F]+");
            assertThat(client.say("QUIT")).isEqualTo("221 2.0.0 Bye");

            QueuedMessage message = fixture.queued().getFirst();
            String id = message.id().text();
            assertThat(fixture.content(message)
                            .replaceAll("[A-Z][a-z]{2}, .*\\(UTC\\)", "DATE")
                            .replaceAll("<[0-9]{14}\\.", "<STAMP."))
                    .isEqualTo("Received: from client.example.net (localhost [127.0.0.1])\n"
                            + "\tby cliente.example.net (Recadero) with ESMTP id " + id + "\n"
                            + "\tfor <usuario@localhost>; DATE\n"
                            + "Subject: one\nMessage-Id: <STAMP." + id
                            + "@cliente.example.net>\nDate: DATE\nFrom: orig@example.org\n\n.dot\ntext\n");
        }
    }
}
