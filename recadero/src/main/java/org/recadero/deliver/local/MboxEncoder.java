package org.recadero.deliver.local;

import java.io.IOException;

/**
 * Writes content as the body of an mbox entry: a line that begins with {@code From } gets a {@code >}; the last line ends
 * with a line feed and an empty line follows. Header lines are treated alike, as Postfix does. Works on any cut of the input.
 */
final class MboxEncoder {
    /** Takes the encoded bytes; the array is only lent. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int from, int length) throws IOException;
    }

    private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};
    private static final byte[] QUOTED_FROM = {'>', 'F', 'r', 'o', 'm', ' '};
    private static final byte[] NEWLINE = {'\n'};

    private final Sink sink;
    /** How much of «From » was seen since the line began (and is still held back); -1: inside a line. */
    private int matched;

    MboxEncoder(Sink sink) {
        this.sink = sink;
    }

    void write(byte[] bytes, int from, int length) throws IOException {
        int end = from + length;
        int plain = from;
        int i = from;
        while (i < end) {
            if (matched < 0) {
                while (i < end && bytes[i] != '\n') {
                    i++;
                }
                if (i < end) {
                    i++;
                    matched = 0;
                }
            } else if (bytes[i] == FROM[matched]) {
                if (matched == 0) {
                    sink.write(bytes, plain, i - plain);
                }
                i++;
                matched++;
                plain = i;
                if (matched == FROM.length) {
                    sink.write(QUOTED_FROM, 0, QUOTED_FROM.length);
                    matched = -1;
                }
            } else {
                if (matched > 0) {
                    sink.write(FROM, 0, matched);
                }
                matched = bytes[i] == '\n' ? 0 : -1;
                i++;
            }
        }
        sink.write(bytes, plain, end - plain);
    }

    /** Ends the entry. */
    void end() throws IOException {
        if (matched > 0) {
            sink.write(FROM, 0, matched);
        }
        if (matched != 0) {
            sink.write(NEWLINE, 0, 1);
        }
        sink.write(NEWLINE, 0, 1);
        matched = 0;
    }
}
