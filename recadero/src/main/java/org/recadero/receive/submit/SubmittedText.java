package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Standard input as sendmail reads it: {@code From } lines in front are dropped (with any number of {@code >} before), CRs
 * before an LF are dropped, and a line with a single dot ends the message unless {@code -i} was given. All else, NUL too,
 * passes byte for byte. Used by one thread; memory is bounded by two buffers.
 *
 * <p>Postfix: sendmail(1), {@code sendmail_fix_line_endings = always}, {@code line_length_limit = 2048}.
 */
final class SubmittedText extends InputStream {
    /** A longer {@code From } line is not recognised (Postfix: {@code line_length_limit}). */
    private static final int MAX_FROM_LINE_BYTES = 2048;

    private static final int PIECE_BYTES = 8 * 1024;
    private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};

    /** Told once, as soon as the single dot was read. */
    @FunctionalInterface
    interface DotListener {
        void dotSeen() throws IOException;
    }

    private final InputStream raw;
    private final boolean dotEnds;
    private final DotListener listener;
    private final byte[] input = new byte[PIECE_BYTES];
    private final Line output = new Line();
    private final Line firstLine = new Line();
    private boolean skippingFrom = true;
    private boolean atLineStart = true;
    private boolean dotHeld;
    private long carriageReturnsHeld;
    private boolean ended;

    /** @param dotEnds whether a line with a single dot ends the message */
    SubmittedText(InputStream raw, boolean dotEnds, DotListener listener) {
        this.raw = raw;
        this.dotEnds = dotEnds;
        this.listener = listener;
    }

    /** An unsynchronized growing buffer; grows to what one piece of input can give, plus held octets. */
    private static final class Line {
        private byte[] octets = new byte[PIECE_BYTES + MAX_FROM_LINE_BYTES + 16];
        private int start;
        private int end;

        void add(int octet) {
            if (end == octets.length) {
                octets = java.util.Arrays.copyOf(octets, 2 * octets.length);
            }
            octets[end++] = (byte) octet;
        }

        void clear() {
            start = 0;
            end = 0;
        }

        int size() {
            return end - start;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (output.size() == 0) {
            if (ended) {
                return -1;
            }
            output.clear();
            pull();
        }
        int piece = Math.min(length, output.size());
        System.arraycopy(output.octets, output.start, into, offset, piece);
        output.start += piece;
        return piece;
    }

    private void pull() throws IOException {
        // held CRs come out a piece at a time, so that 50 MB of them stay a number
        if (carriageReturnsHeld > PIECE_BYTES) {
            carriageReturnsHeld -= PIECE_BYTES;
            releaseDot();
            atLineStart = false;
            for (int i = 0; i < PIECE_BYTES; i++) {
                output.add('\r');
            }
            return;
        }
        int read = raw.read(input, 0, input.length);
        if (read < 0) {
            finish();
            return;
        }
        for (int i = 0; i < read && !ended; i++) {
            if (skippingFrom) {
                first(input[i]);
            } else {
                filter(input[i]);
            }
        }
    }

    /** Holds the beginning of a line back as long as it may be a From_ line. */
    private void first(byte octet) throws IOException {
        firstLine.add(octet);
        boolean lineEnds = octet == '\n';
        int verdict = fromLine(firstLine.octets, firstLine.end);
        if (verdict > 0 && lineEnds && firstLine.end <= MAX_FROM_LINE_BYTES) {
            firstLine.clear();
        } else if (verdict < 0 || lineEnds || firstLine.end > MAX_FROM_LINE_BYTES) {
            releaseFirstLine();
        }
    }

    private void releaseFirstLine() throws IOException {
        skippingFrom = false;
        for (int i = 0; i < firstLine.end && !ended; i++) {
            filter(firstLine.octets[i]);
        }
        firstLine.clear();
    }

    /** 1: begins as a From_ line; 0: may still become one; -1: does not. */
    private static int fromLine(byte[] line, int length) {
        int i = 0;
        while (i < length && line[i] == '>') {
            i++;
        }
        for (int j = 0; j < FROM.length; j++, i++) {
            if (i == length) {
                return 0;
            }
            if (line[i] != FROM[j]) {
                return -1;
            }
        }
        return 1;
    }

    private void filter(byte octet) throws IOException {
        switch (octet) {
            case '\r' -> carriageReturnsHeld++;
            case '\n' -> {
                if (dotHeld) {
                    end();
                    return;
                }
                carriageReturnsHeld = 0;
                output.add('\n');
                atLineStart = true;
            }
            default -> {
                releaseDot();
                releaseCarriageReturns();
                if (octet == '.' && atLineStart && dotEnds) {
                    dotHeld = true;
                } else {
                    output.add(octet);
                }
                atLineStart = false;
            }
        }
    }

    private void releaseDot() {
        if (dotHeld) {
            dotHeld = false;
            output.add('.');
        }
    }

    private void releaseCarriageReturns() {
        if (carriageReturnsHeld > 0) {
            atLineStart = false;
        }
        for (; carriageReturnsHeld > 0; carriageReturnsHeld--) {
            output.add('\r');
        }
    }

    private void end() throws IOException {
        dotHeld = false;
        carriageReturnsHeld = 0;
        ended = true;
        listener.dotSeen();
        // to its true end, so that a wrong end frame still throws
        raw.transferTo(OutputStream.nullOutputStream());
    }

    private void finish() throws IOException {
        if (skippingFrom && firstLine.size() > 0) {
            releaseFirstLine();
        }
        if (dotHeld && carriageReturnsHeld == 0) {
            dotHeld = false;
        }
        releaseDot();
        releaseCarriageReturns();
        ended = true;
    }
}
