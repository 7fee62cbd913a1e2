package org.recadero.receive.cleanup;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Looks for the first line of a message that has a byte which is not wanted. Sees the content as it comes, in pieces of any size. Postfix:
 * cleanup(8), message_reject_characters. For one message and one thread; remembers the beginning of one line.
 */
final class UnwantedLine {
    /** What the log may show of it, bytes. */
    private static final int REMEMBERED = 200;

    private final ByteSet unwanted;
    private final byte[] line = new byte[REMEMBERED];
    private int length;
    /** A CR was last, which may belong to the line's end. */
    private boolean pendingCr;

    private boolean found;
    private boolean whole;

    UnwantedLine(ByteSet unwanted) {
        this.unwanted = Objects.requireNonNull(unwanted);
    }

    /**
     * Looks at the next piece, until it knows such a line to its end.
     *
     * @return where that line begins in the piece, which is 0 where it began before; -1: none is known yet
     */
    int look(byte[] piece, int pieceLength) {
        if (unwanted.isEmpty() || whole) {
            return -1;
        }
        int begin = 0;
        for (int i = 0; i < pieceLength; i++) {
            if (piece[i] != '\n') {
                if (pendingCr) {
                    see((byte) '\r');
                }
                pendingCr = piece[i] == '\r';
                if (!pendingCr) {
                    see(piece[i]);
                }
            } else if (found) {
                whole = true;
                return begin;
            } else {
                begin = i + 1;
                length = 0;
                pendingCr = false;
            }
        }
        return -1;
    }

    private void see(byte octet) {
        found |= unwanted.contains(octet);
        if (length < REMEMBERED) {
            line[length++] = octet;
        }
    }

    /** At the content's end: whether its last line, without a line end, is one that was not told of. */
    boolean isLast() {
        return found && !whole;
    }

    /** Octets of the line up to a NUL. */
    String shown() {
        int end = 0;
        while (end < length && line[end] != 0) {
            end++;
        }
        return new String(line, 0, end, StandardCharsets.ISO_8859_1);
    }
}
