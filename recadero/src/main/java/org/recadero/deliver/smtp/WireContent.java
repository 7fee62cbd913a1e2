package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Content as it goes over the wire: CRLF line ends, no line over {@code smtp_line_length_limit}, and, for DATA, a dot more where a
 * line begins with one (RFC 5321 §4.5.2). Used by one thread.
 */
final class WireContent extends OutputStream {
    /** Takes pieces; a piece is valid during the call only. */
    interface Sink {
        void write(byte[] bytes, int length) throws IOException;
    }

    private static final int BUFFER_BYTES = 32 << 10;

    private final boolean stuffDots;
    private final int lineLimit;
    private final Sink sink;
    private final byte[] out = new byte[BUFFER_BYTES];
    private int length;
    private int column;

    /** @param lineLimit octets of a line without its end; 0: no limit. Postfix breaks a longer one by CRLF and a blank */
    WireContent(boolean stuffDots, int lineLimit, Sink sink) {
        this.stuffDots = stuffDots;
        this.lineLimit = lineLimit;
        this.sink = sink;
    }

    /** Everything of a stream; the last line gets an end where it has none. */
    void copy(InputStream in) throws IOException {
        byte[] buffer = new byte[16 << 10];
        for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
            write(buffer, 0, got);
        }
        finish();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        for (int i = offset; i < offset + count; i++) {
            byte b = bytes[i];
            if (length > BUFFER_BYTES - 8) {
                drain();
            }
            if (b == '\n') {
                endLine();
                continue;
            }
            if (b == '\r') {
                // RFC 5321 §2.3.8: a CR stands before LF only; cleanup took the stray ones out, this one must not pass
                // either
                b = ' ';
            }
            if (lineLimit > 0 && column >= lineLimit) {
                endLine();
                out[length++] = ' ';
                column = 1;
            }
            if (column == 0 && b == '.' && stuffDots) {
                out[length++] = '.';
            }
            out[length++] = b;
            column++;
        }
    }

    private void endLine() {
        out[length++] = '\r';
        out[length++] = '\n';
        column = 0;
    }

    /** The end: the last line gets one where it has none. */
    void finish() throws IOException {
        if (column > 0) {
            if (length > BUFFER_BYTES - 8) {
                drain();
            }
            endLine();
        }
        drain();
    }

    private void drain() throws IOException {
        if (length > 0) {
            sink.write(out, length);
            length = 0;
        }
    }
}
