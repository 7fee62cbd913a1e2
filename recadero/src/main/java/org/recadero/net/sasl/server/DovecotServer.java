package org.recadero.net.sasl.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks Dovecot's auth socket (Dovecot authentication protocol 1.1, client side). A connection for each exchange. Immutable.
 *
 * <p>Postfix: SASL_README, {@code smtpd_sasl_type = dovecot}.
 */
public final class DovecotServer implements SaslServer {
    /** Bound for one line of Dovecot, in bytes (its AUTH_CLIENT_MAX_LINE_LENGTH). */
    private static final int MAX_LINE = 8_192;

    /** Bound for the lines of a greeting. */
    private static final int MAX_LINES = 200;

    private final Path socket;

    public DovecotServer(Path socket) {
        this.socket = Objects.requireNonNull(socket);
    }

    @Override
    public List<Mechanism> mechanisms() throws IOException {
        try (Talk talk = new Talk(socket)) {
            return talk.mechanisms;
        }
    }

    @Override
    public Exchange begin(String mechanism, Situation situation) {
        return new Asking(mechanism, situation);
    }

    /** A connection, greeted. */
    private static final class Talk implements AutoCloseable {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocate(MAX_LINE).limit(0);
        private final List<Mechanism> mechanisms = new ArrayList<>();

        Talk(Path socket) throws IOException {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                send("VERSION\t1\t1\nCPID\t" + ProcessHandle.current().pid() + "\n");
                for (int i = 0; i < MAX_LINES; i++) {
                    String[] words = line().split("\t", -1);
                    if (words[0].equals("VERSION") && words.length > 1 && !words[1].equals("1")) {
                        throw new IOException("Dovecot speaks another version of its protocol: " + words[1]);
                    }
                    if (words[0].equals("MECH") && words.length > 1) {
                        List<String> properties = Arrays.asList(words).subList(2, words.length);
                        if (!properties.contains("private")) {
                            mechanisms.add(new Mechanism(
                                    words[1], properties.contains("plaintext"), properties.contains("anonymous")));
                        }
                    }
                    if (words[0].equals("DONE")) {
                        return;
                    }
                }
                throw new IOException("Dovecot's greeting does not end");
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        void send(String text) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        String line() throws IOException {
            byte[] line = new byte[MAX_LINE];
            int length = 0;
            while (true) {
                if (!in.hasRemaining()) {
                    in.clear();
                    int read = channel.read(in);
                    in.flip();
                    if (read < 0) {
                        throw new EOFException("Dovecot closed the connection");
                    }
                }
                while (in.hasRemaining()) {
                    byte b = in.get();
                    if (b == '\n') {
                        return new String(line, 0, length, StandardCharsets.UTF_8);
                    }
                    if (length == line.length) {
                        throw new IOException("Dovecot's line is too long");
                    }
                    line[length++] = b;
                }
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** One exchange; the connection is made with its first step. */
    private final class Asking implements Exchange {
        private final String mechanism;
        private final Situation situation;
        private Optional<Talk> talk = Optional.empty();

        Asking(String mechanism, Situation situation) {
            this.mechanism = mechanism;
            this.situation = situation;
        }

        @Override
        public Turn respond(Optional<byte[]> response) {
            try {
                if (talk.isEmpty()) {
                    Talk begun = new Talk(socket);
                    talk = Optional.of(begun);
                    begun.send(request(response));
                } else {
                    talk.get().send("CONT\t1\t" + base64(response) + "\n");
                }
                return turn(talk.get().line());
            } catch (IOException e) {
                return new Turn.Failure("Connection lost to authentication server", true);
            }
        }

        private String request(Optional<byte[]> response) {
            StringBuilder request = new StringBuilder("AUTH\t1\t").append(mechanism);
            request.append("\tservice=").append(word(situation.service()));
            request.append("\tnologin\tlip=").append(situation.server().getHostAddress());
            request.append("\trip=").append(situation.client().getHostAddress());
            if (situation.encrypted()) {
                request.append("\tsecured");
            }
            if (response.isPresent()) {
                // the last one: what follows is its value
                request.append("\tresp=").append(base64(response));
            }
            return request.append('\n').toString();
        }

        private static String word(String text) {
            return text.replaceAll("[\\x00-\\x20\\x7f]", "_");
        }

        private static String base64(Optional<byte[]> bytes) {
            return bytes.map(b -> Base64.getEncoder().encodeToString(b)).orElse("");
        }

        private static Turn turn(String line) {
            String[] words = line.split("\t", -1);
            if (words.length < 2 || !words[1].equals("1")) {
                return new Turn.Failure("Invalid response of the authentication server", true);
            }
            List<String> parameters = Arrays.asList(words).subList(2, words.length);
            return switch (words[0]) {
                case "OK" ->
                    value(parameters, "user=")
                            .<Turn>map(Turn.Success::new)
                            .orElse(new Turn.Failure("no user name of the authentication server", true));
                case "CONT" -> new Turn.Challenge(parameters.isEmpty() ? "" : parameters.getFirst());
                case "FAIL" ->
                    new Turn.Failure(
                            value(parameters, "reason=").orElse("authentication failure"), parameters.contains("temp"));
                default -> new Turn.Failure("Invalid response of the authentication server", true);
            };
        }

        private static Optional<String> value(List<String> parameters, String name) {
            return parameters.stream()
                    .filter(p -> p.startsWith(name))
                    .map(p -> p.substring(name.length()).replaceAll("[\\x00-\\x1f\\x7f]", "?"))
                    .findFirst();
        }

        @Override
        public void close() {
            if (talk.isPresent()) {
                try {
                    talk.get().close();
                } catch (IOException e) {
                    talk = Optional.empty();
                }
            }
        }
    }
}
