package org.recadero.table;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * What an index says about the text it was made from. It lies under a key that no look-up can ask for (it is no UTF-8) and no
 * source line can hold (a line ends at NUL).
 *
 * @param source empty where there was none (entries came from standard input)
 * @param syntax of the source
 * @param nulTerminated keys and values end in NUL ({@code postmap -N})
 */
record IndexStamp(Optional<Source> source, Syntax syntax, boolean nulTerminated) {
    private static final byte[] KEY = {(byte) 0xff, 0, 'r', 'e', 'c', 'a', 'd', 'e', 'r', 'o'};
    private static final byte VERSION = 1;
    private static final int BYTES = 28;

    /**
     * The state of a source.
     *
     * @param mtimeNanos since 1970
     * @param sizeBytes its size
     */
    record Source(long mtimeNanos, long sizeBytes, long inode) {}

    static byte[] key() {
        return KEY.clone();
    }

    static boolean isKey(byte[] key) {
        return Arrays.equals(key, KEY);
    }

    byte[] encoded() {
        Source known = source.orElse(new Source(0, 0, 0));
        return ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .put((byte) (source.isPresent() ? 1 : 0))
                .put((byte) (syntax == Syntax.ALIASES ? 1 : 0))
                .put((byte) (nulTerminated ? 1 : 0))
                .putLong(known.mtimeNanos())
                .putLong(known.sizeBytes())
                .putLong(known.inode())
                .array();
    }

    /** Empty for a stamp that this version does not know: the index then counts as older than its text. */
    static Optional<IndexStamp> decoded(byte[] bytes) {
        if (bytes.length != BYTES || bytes[0] != VERSION) {
            return Optional.empty();
        }
        ByteBuffer numbers = ByteBuffer.wrap(bytes, 4, BYTES - 4);
        Source source = new Source(numbers.getLong(), numbers.getLong(), numbers.getLong());
        return Optional.of(new IndexStamp(
                bytes[1] == 1 ? Optional.of(source) : Optional.empty(),
                bytes[2] == 1 ? Syntax.ALIASES : Syntax.MAP,
                bytes[3] == 1));
    }
}
