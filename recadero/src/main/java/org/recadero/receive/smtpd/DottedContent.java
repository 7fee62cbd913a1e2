package org.recadero.receive.smtpd;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A message as DATA brings it, up to CRLF.CRLF and nothing else (RFC 5321 §4.1.1.4), the dots in front of lines taken away
 * (§4.5.2). A line may end in LF, but {@code LF.LF}, {@code LF.CRLF} and {@code CRLF.LF} end nothing: such a line is left out, as
 * Postfix does under {@code smtpd_forbid_bare_newline = normalize}, so that no server behind us sees an end there (SMTP
 * smuggling). Used by one thread.
 */
final class DottedContent extends InputStream {
    private enum State {
        /** Behind CRLF: a dot may be the end. */
        AFTER_CRLF,
        /** Behind a bare LF: a dot is never the end. */
        AFTER_LF,
        INSIDE,
        END
    }

    private final Wire wire;
    private final EndCheck check;
    private State state = State.AFTER_CRLF;
    private boolean lastWasCr;
    private boolean pendingCr;
    private boolean bareNewline;
    private boolean lonelyDot;
    private long count;

    /** Asked when the end was read; what it throws goes to the reader, who then queues nothing. */
    @FunctionalInterface
    interface EndCheck {
        void atEnd(long sizeBytes, boolean bareNewline) throws IOException;
    }

    DottedContent(Wire wire, EndCheck check) {
        this.wire = wire;
        this.check = check;
    }

    /** Octets of content so far, as they came. */
    long count() {
        return count;
    }

    /** Whether a line with nothing but a dot came that was no end, for want of CR: the client may wait for a reply in vain. */
    boolean sawLonelyDot() {
        return lonelyDot;
    }

    boolean isAtEnd() {
        return state == State.END;
    }

    /** Reads over what is left, so that the next line is a command again. */
    void drain() throws IOException {
        if (state == State.END) {
            return;
        }
        byte[] waste = new byte[4_096];
        while (state != State.END) {
            next(waste, 0, waste.length);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int length = read(one, 0, 1);
        return length < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (state == State.END) {
            return -1;
        }
        int read = next(into, offset, length);
        if (read < 0) {
            check.atEnd(count, bareNewline);
        }
        return read;
    }

    /** One octet at least; -1 when the end was just read. */
    private int next(byte[] into, int offset, int length) throws IOException {
        while (true) {
            switch (state) {
                case END -> {
                    return -1;
                }
                case AFTER_CRLF, AFTER_LF -> lineStart();
                case INSIDE -> {
                    if (pendingCr) {
                        pendingCr = false;
                        into[offset] = '\r';
                        return 1;
                    }
                    return inside(into, offset, length);
                }
            }
        }
    }

    private int inside(byte[] into, int offset, int length) throws IOException {
        int read = wire.readToNewline(into, offset, length);
        if (read < 0) {
            throw new EOFException();
        }
        count += read;
        byte last = into[offset + read - 1];
        if (last == '\n') {
            boolean cr = read > 1 ? into[offset + read - 2] == '\r' : lastWasCr;
            bareNewline |= !cr;
            state = cr ? State.AFTER_CRLF : State.AFTER_LF;
            lastWasCr = false;
        } else {
            lastWasCr = last == '\r';
        }
        return read;
    }

    private void lineStart() throws IOException {
        boolean mayEnd = state == State.AFTER_CRLF;
        lastWasCr = false;
        if (octet() != '.') {
            state = State.INSIDE;
            return;
        }
        take();
        int second = octet();
        if (second == '\n') {
            take();
            bareNewline = true;
            lonelyDot = true;
            state = State.AFTER_LF;
        } else if (second == '\r') {
            take();
            if (octet() != '\n') {
                pendingCr = true;
                lastWasCr = true;
                state = State.INSIDE;
                return;
            }
            take();
            lonelyDot |= !mayEnd;
            state = mayEnd ? State.END : State.AFTER_CRLF;
        } else {
            state = State.INSIDE;
        }
    }

    private int octet() throws IOException {
        int octet = wire.peekOctet();
        if (octet < 0) {
            throw new EOFException();
        }
        return octet;
    }

    private void take() {
        wire.takeOctet();
        count++;
    }
}
