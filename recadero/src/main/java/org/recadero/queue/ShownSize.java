package org.recadero.queue;

/**
 * Counts the size of a message that log and {@code mailq} show: what its content takes in Postfix's queue file. Each line is a
 * record of a type, its length in digits of seven bits, and the text; a line of {@value #MOST_LINE_BYTES} bytes or more goes into
 * several records. For lines under 128 bytes this is the size with CRLF line ends (RFC 1870 §5). Used by one thread.
 *
 * <p>Postfix: postqueue(1), {@code line_length_limit}.
 */
final class ShownSize {
    private static final int MOST_LINE_BYTES = 2048;
    private static final int ONE_DIGIT_BYTES = 128;

    private long ended;
    private int line;

    void add(byte[] bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (bytes[i] == '\n') {
                endRecord();
            } else if (++line == MOST_LINE_BYTES) {
                endRecord();
            }
        }
    }

    private void endRecord() {
        ended += record(line);
        line = 0;
    }

    private static int record(int bytes) {
        return (bytes < ONE_DIGIT_BYTES ? 2 : 3) + bytes;
    }

    /** So far, in bytes; a last line without its end counts as a line. */
    long bytes() {
        return line == 0 ? ended : ended + record(line);
    }
}
