package org.recadero.deliver.smtp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.recadero.net.tls.ClientPeer;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.net.tls.ClientTls;

/** A server that follows a script; what the client says is compared with it. See {@link DialogueTest}. */
final class ScriptedWire implements Wire {
    private final Deque<String> script;
    private final List<String> transcript = new ArrayList<>();
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private boolean closed;

    ScriptedWire(List<String> script) {
        this.script = new ArrayDeque<>(script);
    }

    List<String> transcript() {
        return transcript;
    }

    /** What the script still wanted, or what the client sent beyond it. */
    Optional<String> unfinished() {
        try {
            consumeClient();
        } catch (AssertionError e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        // a goodbye needs no line in the script
        String rest = sent.toString(StandardCharsets.UTF_8).replace("QUIT\r\n", "");
        if (!rest.isEmpty()) {
            return Optional.of("the client sent more: " + rest);
        }
        String next = script.peekFirst();
        return next == null || next.equals("close") || next.startsWith("S! ")
                ? Optional.empty()
                : Optional.of("not reached: " + script);
    }

    private AssertionError difference(String wanted, String got) {
        return new AssertionError(String.join("\n", transcript) + "\n> wanted " + wanted + "\n> got    " + got);
    }

    private void consumeClient() {
        while (!script.isEmpty()
                && (script.getFirst().startsWith("C: ") || script.getFirst().equals("C:"))) {
            String text = sent.toString(StandardCharsets.UTF_8);
            int end = text.indexOf("\r\n");
            String wanted = script.getFirst();
            if (end < 0) {
                throw difference(wanted, text.isEmpty() ? "nothing" : text);
            }
            String line = text.substring(0, end);
            String expected = wanted.length() > 3 ? wanted.substring(3) : "";
            boolean fits = expected.endsWith("*")
                    ? line.startsWith(expected.substring(0, expected.length() - 1))
                    : line.equals(expected);
            if (!fits) {
                throw difference(wanted, line);
            }
            script.removeFirst();
            transcript.add("C: " + line);
            byte[] rest = text.substring(end + 2).getBytes(StandardCharsets.UTF_8);
            sent.reset();
            sent.writeBytes(rest);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length, Duration timeout) {
        unsent.write(bytes, offset, length);
    }

    @Override
    public void flush(Duration timeout) throws IOException {
        if (closed) {
            throw new IOException("closed");
        }
        sent.writeBytes(unsent.toByteArray());
        unsent.reset();
    }

    @Override
    public String readLine(Duration timeout) throws IOException {
        consumeClient();
        String next = script.peekFirst();
        if (next == null) {
            throw difference("the end of the script", "a wait for a reply");
        }
        if (next.equals("close")) {
            throw new EOFException();
        }
        if (next.equals("silence")) {
            script.removeFirst();
            throw new SocketTimeoutException();
        }
        if (!next.startsWith("S: ") && !next.startsWith("S! ")) {
            throw difference(next, "a wait for a reply");
        }
        script.removeFirst();
        transcript.add(next);
        return next.substring(3);
    }

    @Override
    public boolean hasInput() {
        String next = script.peekFirst();
        return next != null && next.startsWith("S! ");
    }

    @Override
    public ClientPeer startTls(ClientTls.Target target, ClientPolicy policy, Duration timeout) throws IOException {
        consumeClient();
        String next = script.pollFirst();
        if (next == null || !next.startsWith("tls")) {
            throw difference(String.valueOf(next), "a TLS handshake");
        }
        transcript.add(next);
        if (next.equals("tls fails")) {
            throw new IOException("handshake_failure");
        }
        boolean trusted = !next.contains("untrusted");
        boolean matched = trusted && !next.contains("wrongname");
        return new ClientPeer(
                "TLSv1.3",
                "TLS_AES_256_GCM_SHA384",
                trusted,
                matched,
                matched ? Optional.empty() : Optional.of(trusted ? "hostname mismatch" : "self-signed certificate"),
                List.of(matched ? target.nextHop() : "other.example.org"),
                Optional.of(Instant.EPOCH),
                Optional.empty(),
                false);
    }

    @Override
    public String localAddress() {
        return "10.0.0.1";
    }

    @Override
    public void close() {
        closed = true;
    }
}
