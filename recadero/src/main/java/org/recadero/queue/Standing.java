package org.recadero.queue;

import java.io.IOException;

/**
 * Where a message as a whole stands: what the index keeps of it and what each record that replaces the earlier ones begins
 * with.
 *
 * @param flags {@link #HELD} …
 * @param attempts finished attempts
 * @param due queue time, ms
 */
record Standing(int flags, int attempts, long due) {
    /** On hold, or to be held as soon as released. */
    static final int HELD = 1;
    /** The delay warning went out. */
    static final int WARNED = 2;
    /** To be returned at the next attempt (postsuper -e). */
    static final int EXPIRED = 4;
    /** To be requeued as soon as released (postsuper -r). */
    static final int REQUEUE = 8;

    /** At some attempt nobody could be asked. */
    static final int WAITED = 16;

    static final int ALL = HELD | WARNED | EXPIRED | REQUEUE | WAITED;

    void encode(Encoder out) {
        out.u8(flags).i32(attempts).i64(due);
    }

    static Standing decode(Decoder in) throws IOException {
        return new Standing(in.u8() & ALL, in.i32(), in.i64());
    }
}
