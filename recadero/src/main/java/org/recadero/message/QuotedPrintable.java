package org.recadero.message;

import java.io.ByteArrayOutputStream;

/**
 * Encodes a text, piece by piece, so that it is ASCII in short lines (RFC 2045 §6.7). LF ends a line before and after. Used by one
 * thread.
 */
final class QuotedPrintable {
    /** RFC 2045 §6.7 (5): with the = of a soft line break. */
    private static final int LINE = 76;

    private static final byte[] DIGITS = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
    };

    private final ByteArrayOutputStream out;
    private int column;
    /** A blank or tab that may prove to be the line's last; 0: none. */
    private int blank;

    QuotedPrintable(ByteArrayOutputStream out) {
        this.out = out;
    }

    void encode(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            int b = bytes[i] & 0xff;
            if (b == '\n') {
                // RFC 2045 §6.7 (3): white space at a line's end must be encoded
                flushBlank(true);
                out.write('\n');
                column = 0;
            } else if (b == ' ' || b == '\t') {
                flushBlank(false);
                blank = b;
            } else {
                flushBlank(false);
                put(b, b < ' ' || b > '~' || b == '=');
            }
        }
    }

    /** The end of the text: nothing is kept back. */
    void finish() {
        flushBlank(true);
    }

    private void flushBlank(boolean atTheEnd) {
        if (blank != 0) {
            put(blank, atTheEnd);
            blank = 0;
        }
    }

    private void put(int b, boolean encoded) {
        int width = encoded ? 3 : 1;
        if (column + width > LINE - 1) {
            out.write('=');
            out.write('\n');
            column = 0;
        }
        if (encoded) {
            out.write('=');
            out.write(DIGITS[b >> 4]);
            out.write(DIGITS[b & 15]);
        } else {
            out.write(b);
        }
        column += width;
    }
}
