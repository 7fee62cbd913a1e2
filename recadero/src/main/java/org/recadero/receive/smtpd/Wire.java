package org.recadero.receive.smtpd;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.recadero.smtp.Reply;

/**
 * Lines in, replies out. Replies are gathered until the client must be waited for (RFC 2920 §3.2), so that a client that
 * pipelines gets them in one packet. Used by one thread.
 */
final class Wire {
    private static final int SMALL_BYTES = 512;
    private static final int CONTENT_BYTES = 4_096;
    private static final int MOST_BYTES = 16_384;

    private InputStream in;
    private OutputStream out;
    /** Small until content comes: a thousand silent clients cost little. Of much content it grows. */
    private byte[] buffer = new byte[SMALL_BYTES];

    private int at;
    private int end;
    private final byte[] outgoing = new byte[2_048];
    private int outgoingLength;

    Wire(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    /**
     * A line of a client.
     *
     * @param text without its end
     * @param bareNewline whether LF stood without CR
     * @param cut whether it was longer than the limit; then the rest is not in the text
     * @param wellFormed whether it was UTF-8; else one char stands for each octet
     */
    record Line(String text, boolean bareNewline, boolean cut, boolean wellFormed) {}

    /** TLS began: what came before it in the clear is thrown away (RFC 3207 §4.2). */
    void replace(InputStream newIn, OutputStream newOut) {
        in = newIn;
        out = newOut;
        at = 0;
        end = 0;
    }

    /** Whether the next read will not wait. */
    boolean hasBuffered() {
        return at < end;
    }

    /** Whether something has come that was not read yet. */
    boolean hasInput() throws IOException {
        return at < end || in.available() > 0;
    }

    /** What has come and was not read, at most so many octets, for the log. */
    String peek(int most) throws IOException {
        if (at == end && in.available() > 0) {
            fill();
        }
        return new String(buffer, at, Math.min(most, end - at), StandardCharsets.ISO_8859_1)
                .replace("\r", "\\r")
                .replace("\n", "\\n");
    }

    /**
     * The next line; empty at the end of the stream.
     *
     * @param limitBytes what is beyond is read over
     */
    Optional<Line> line(int limitBytes) throws IOException {
        byte[] line = new byte[80];
        int length = 0;
        boolean cut = false;
        while (true) {
            if (at == end && !fill()) {
                if (length > 0) {
                    // a line without an end is no command
                    throw new EOFException();
                }
                return Optional.empty();
            }
            int lf = at;
            while (lf < end && buffer[lf] != '\n') {
                lf++;
            }
            int take = Math.min(lf - at, limitBytes - length);
            cut |= take < lf - at;
            if (length + take > line.length) {
                line = java.util.Arrays.copyOf(line, Math.max(line.length * 2, length + take));
            }
            System.arraycopy(buffer, at, line, length, take);
            length += take;
            boolean complete = lf < end;
            at = complete ? lf + 1 : lf;
            if (complete) {
                return Optional.of(finished(line, length, cut));
            }
        }
    }

    private static Line finished(byte[] line, int length, boolean cut) {
        int end = length;
        while (end > 0 && line[end - 1] == '\r') {
            end--;
        }
        boolean bare = end == length && !cut;
        for (int i = 0; i < end; i++) {
            if (line[i] == 0) {
                // Postfix: a NUL ends a command
                end = i;
            }
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, 0, end))
                    .toString();
            return new Line(text, bare, cut, true);
        } catch (CharacterCodingException e) {
            return new Line(new String(line, 0, end, StandardCharsets.ISO_8859_1), bare, cut, false);
        }
    }

    /** Waits for input; false at its end. */
    private boolean fill() throws IOException {
        flush();
        if (end == buffer.length && end >= CONTENT_BYTES && end < MOST_BYTES) {
            // the last read might have brought more
            buffer = new byte[2 * buffer.length];
        }
        int length = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(length, 0);
        return length > 0;
    }

    /** Content comes: read it in larger pieces from here on. */
    void expectContent() {
        if (buffer.length < CONTENT_BYTES) {
            byte[] larger = new byte[CONTENT_BYTES];
            System.arraycopy(buffer, at, larger, 0, end - at);
            end -= at;
            at = 0;
            buffer = larger;
        }
    }

    /** The content is over: a client may stay silent for long now. */
    void expectCommands() {
        if (buffer.length > SMALL_BYTES && at == end) {
            buffer = new byte[SMALL_BYTES];
            at = 0;
            end = 0;
        }
    }

    /** Up to so many octets as they come; -1 at the end of the stream. */
    int read(byte[] into, int offset, int length) throws IOException {
        if (at == end && !fill()) {
            return -1;
        }
        int take = Math.min(length, end - at);
        System.arraycopy(buffer, at, into, offset, take);
        at += take;
        return take;
    }

    /** The next octet without taking it; -1 at the end of the stream. */
    int peekOctet() throws IOException {
        return at == end && !fill() ? -1 : buffer[at] & 0xFF;
    }

    /** Takes the octet that {@link #peekOctet} showed. */
    void takeOctet() {
        at++;
    }

    /**
     * Copies up to and including the next LF, at most so many octets, of what is in the buffer; waits where it is empty. Returns
     * how many; -1 at the end of the stream.
     */
    int readToNewline(byte[] into, int offset, int length) throws IOException {
        if (at == end && !fill()) {
            return -1;
        }
        int stop = Math.min(end, at + length);
        int i = at;
        while (i < stop && buffer[i] != '\n') {
            i++;
        }
        int take = Math.min(i + 1, stop) - at;
        System.arraycopy(buffer, at, into, offset, take);
        at += take;
        return take;
    }

    /** Queues a reply. */
    void reply(Reply reply) throws IOException {
        for (String line : reply.wire()) {
            byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.UTF_8);
            if (outgoingLength + bytes.length > outgoing.length) {
                flush();
            }
            if (bytes.length > outgoing.length) {
                out.write(bytes);
            } else {
                System.arraycopy(bytes, 0, outgoing, outgoingLength, bytes.length);
                outgoingLength += bytes.length;
            }
        }
    }

    /** Sends what is queued. */
    void flush() throws IOException {
        if (outgoingLength > 0) {
            int length = outgoingLength;
            outgoingLength = 0;
            out.write(outgoing, 0, length);
            out.flush();
        }
    }
}
