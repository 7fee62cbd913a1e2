package org.recadero.e2e;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.recadero.e2e.Script.Fault;
import org.recadero.e2e.Script.Step;

/**
 * An SMTP server (or an LMTP server, for one recipient a message) in the network of a {@link Machine} that follows a {@link Script} and keeps what it took. One virtual thread a
 * connection.
 */
final class ScriptedServer implements AutoCloseable {
    /** Longer than any client here waits. */
    private static final Duration HANGING = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(200);

    /** What a client's thread needs at the most to see that it is connected. */
    private static final Duration CONNECTED = Duration.ofSeconds(1);

    private static final int MOST_LINE = 100_000;

    /**
     * A message as it came.
     *
     * @param taken whether the client was told so
     * @param login who had logged in on this connection; empty: nobody
     */
    record Took(String text, boolean taken, String login) {}

    private final String name;
    private final ServerSocket socket;
    private final Certificates certificates;
    private final Semaphore room;
    private final List<Took> took = new CopyOnWriteArrayList<>();
    private final java.util.Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Script script;

    /** @param most so many clients at a time; more get 421 */
    ScriptedServer(
            Machine machine,
            String name,
            String address,
            int port,
            int most,
            Certificates certificates,
            Script script) {
        this.name = name;
        this.certificates = certificates;
        this.script = script;
        this.room = new Semaphore(most);
        this.socket = Sockets.listen(machine, address, port, 50);
        Thread.ofVirtual().name(name).start(this::accept);
    }

    /** From now on it behaves like this; what hangs is cut off. */
    void behave(Script other) {
        script = other;
    }

    /** All that came so far. */
    List<Took> took() {
        return List.copyOf(took);
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (Socket each : open) {
                each.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                // closed: the test is over
                return;
            }
        }
    }

    private void serve(Socket client) {
        boolean entered = room.tryAcquire();
        try (client) {
            Dialogue dialogue = new Dialogue(client);
            if (entered) {
                dialogue.run();
            } else {
                dialogue.say("421 4.7.0 " + name + " Error: too many connections");
            }
        } catch (IOException e) {
            // clients hang up as they like
            open.remove(client);
        } finally {
            open.remove(client);
            if (entered) {
                room.release();
            }
        }
    }

    private final class Dialogue {
        private final Script script = ScriptedServer.this.script;
        private final Socket raw;
        private InputStream in;
        private OutputStream out;
        private boolean tls;
        private String login = "";
        private int recipients;
        private int messages;

        Dialogue(Socket raw) throws IOException {
            this.raw = raw;
            this.in = new BufferedInputStream(raw.getInputStream());
            this.out = raw.getOutputStream();
        }

        void run() throws IOException {
            if (script.wrapped()) {
                startTls();
            }
            if (!at(Step.GREETING, "220 " + name + " ESMTP")) {
                return;
            }
            boolean more = true;
            while (more) {
                more = command(line());
            }
        }

        /** Returns whether the dialogue goes on. */
        private boolean command(String line) throws IOException {
            String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
            return switch (verb) {
                case "EHLO", "LHLO" -> at(tls ? Step.EHLO_IN_TLS : Step.EHLO, listed());
                case "STARTTLS" -> at(Step.STARTTLS, "220 2.0.0 Ready to start TLS") && shakeHands();
                case "AUTH" -> at(Step.AUTH, null) && authenticate(line);
                case "MAIL" -> {
                    recipients = 0;
                    if (messages == script.messages()) {
                        say("421 4.7.0 Too many messages in this connection");
                        yield false;
                    }
                    messages++;
                    yield at(Step.MAIL, "250 2.1.0 Ok");
                }
                case "RCPT" -> {
                    boolean refused = script.faults().containsKey(Step.MAIL)
                            || script.faults().containsKey(Step.RCPT);
                    recipients += refused ? 0 : 1;
                    yield at(Step.RCPT, "250 2.1.5 Ok");
                }
                case "DATA" -> data();
                case "BDAT" -> {
                    String[] words = line.split(" ", -1);
                    byte[] chunk = in.readNBytes(Integer.parseInt(words[1]));
                    yield words.length < 3
                            ? at(Step.BDAT, "250 2.0.0 Ok")
                            : ended(Step.BDAT, new String(chunk, StandardCharsets.ISO_8859_1).replace("\r", ""));
                }
                case "HELO" -> at(Step.HELO, "250 " + name);
                case "RSET", "NOOP" -> say("250 2.0.0 Ok");
                case "QUIT" -> {
                    say("221 2.0.0 Bye");
                    yield false;
                }
                default -> say("502 5.5.2 Error: command not recognized");
            };
        }

        private String listed() {
            StringBuilder lines = new StringBuilder("250-" + name);
            (tls ? script.offersInTls() : script.offers())
                    .forEach(o -> lines.append("\r\n250-").append(o));
            return lines.append("\r\n250 ENHANCEDSTATUSCODES").toString();
        }

        private boolean shakeHands() throws IOException {
            if (script.faults().containsKey(Step.STARTTLS)) {
                return true;
            }
            if (script.faults().containsKey(Step.HANDSHAKE)) {
                // only when the handshake has begun: before, it would be a fault of the reply to STARTTLS
                if (in.read() < 0) {
                    throw new EOFException();
                }
                return at(Step.HANDSHAKE, null);
            }
            startTls();
            return true;
        }

        private void startTls() throws IOException {
            SSLContext context = certificates.context(script.certificate());
            SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(raw, null, raw.getPort(), true);
            secure.setUseClientMode(false);
            secure.startHandshake();
            in = new BufferedInputStream(secure.getInputStream());
            out = secure.getOutputStream();
            tls = true;
        }

        /** RFC 4616, and LOGIN as everybody does it. Any password is good. */
        private boolean authenticate(String line) throws IOException {
            if (script.faults().containsKey(Step.AUTH)) {
                return true;
            }
            String[] words = line.split(" ", -1);
            if (words[1].equals("PLAIN")) {
                login = decoded(words[2]).split("\0", -1)[1];
            } else {
                say("334 VXNlcm5hbWU6");
                login = decoded(line());
                say("334 UGFzc3dvcmQ6");
                line();
            }
            return say("235 2.7.0 Authentication successful");
        }

        private static String decoded(String base64) {
            return new String(java.util.Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        }

        private boolean data() throws IOException {
            if (recipients == 0 && !script.faults().containsKey(Step.DATA)) {
                return say("554 5.5.1 Error: no valid recipients");
            }
            if (!at(Step.DATA, "354 End data with <CR><LF>.<CR><LF>")) {
                return false;
            }
            if (script.faults().containsKey(Step.DATA)) {
                return true;
            }
            StringBuilder text = new StringBuilder();
            for (String line = line(); !line.equals("."); line = line()) {
                text.append(line).append('\n');
            }
            return ended(Step.DOT, text.toString());
        }

        private boolean ended(Step step, String text) throws IOException {
            boolean good = !script.faults().containsKey(step);
            took.add(new Took(text, good, login));
            return at(step, "250 2.0.0 Ok: queued as 42");
        }

        /** The script's fault, or the good answer. */
        private boolean at(Step step, @org.jspecify.annotations.Nullable String good) throws IOException {
            Fault fault = script.faults().get(step);
            return switch (fault) {
                case null -> good == null || say(good);
                case Fault.Says(String text) -> {
                    say(text);
                    // RFC 5321 §3.8: who says 421 goes away
                    yield !text.startsWith("421");
                }
                case Fault.Closes c -> false;
                case Fault.Resets r -> {
                    if (step == Step.GREETING) {
                        // the client says nothing before: a reset at once may still be one of its connect(2)
                        LockSupport.parkNanos(CONNECTED.toNanos());
                    }
                    raw.setSoLinger(true, 0);
                    raw.close();
                    yield false;
                }
                case Fault.Hangs h -> {
                    raw.setSoTimeout((int) HANGING.toMillis());
                    yield in.transferTo(OutputStream.nullOutputStream()) < 0;
                }
            };
        }

        private boolean say(String text) throws IOException {
            byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            if (script.slow()) {
                LockSupport.parkNanos(PAUSE.toNanos());
                out.write(bytes, 0, 2);
                out.flush();
                LockSupport.parkNanos(PAUSE.toNanos());
                out.write(bytes, 2, bytes.length - 2);
            } else {
                out.write(bytes);
            }
            out.flush();
            return true;
        }

        private String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0 || line.size() > MOST_LINE) {
                    throw new EOFException();
                }
                line.write(c);
            }
            return line.toString(StandardCharsets.ISO_8859_1).replace("\r", "");
        }
    }
}
