package org.recadero.envelope;

import java.util.Objects;

/**
 * The name of a message in the queue and in the log: upper-case hexadecimal, at most {@link #MAX_DIGITS} digits, never
 * repeated in the life of a queue folder.
 */
public record QueueId(String text) {
    /** Bound for {@link #text}. */
    public static final int MAX_DIGITS = 15;

    public QueueId {
        Objects.requireNonNull(text);
        if (!isWellFormed(text)) {
            throw new IllegalArgumentException("not a queue id: " + text);
        }
    }

    /** From its number, 1 to 2^60 - 1. */
    public static QueueId of(long number) {
        if (number <= 0 || number >= 1L << 60) {
            throw new IllegalArgumentException("queue number out of range: " + number);
        }
        return new QueueId(Long.toHexString(number).toUpperCase(java.util.Locale.ROOT));
    }

    /** The id as a number, 1 to 2^60 - 1. */
    public long number() {
        return Long.parseLong(text, 16);
    }

    /** Whether a text that somebody typed could be a queue id (canonical: no leading zero). */
    public static boolean isWellFormed(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS || text.charAt(0) == '0') {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F')) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
