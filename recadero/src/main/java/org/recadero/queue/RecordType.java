package org.recadero.queue;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of records in a segment. Codes are format: they never change their meaning, and none is used again.
 *
 * <p>A record says in its header whether it is critical: a critical one of an unknown kind refuses to start (SAFETY 9), another
 * is passed over.
 */
enum RecordType {
    /** First in each segment: id high-water mark, clocks, void parts of other segments, submissions taken lately. */
    START(1, true),
    /** A message: its content, or the number of the file in large/ that holds it. Replaces all that was said of it before. */
    MESSAGE(2, true),
    /** How far all recipients are, flags, attempts and the next due time. Replaces all earlier progress. */
    STATE(3, true),
    /** A recipient is done. */
    DONE(4, true),
    /** A recipient waits, and why. */
    DEFERRED(5, true),
    /** A delivery to a recipient begins, and where. */
    BEGUN(6, true),
    /** New flags, attempts and due time. */
    CHANGE(7, true),
    /** The message has left the queue. */
    GONE(8, true),
    /** The id high-water mark. */
    MARK(9, true),
    /** How the clocks stand. */
    TIME(10, true),
    /** Nothing: it is there to be forced, and its header proves that what lies before was. */
    BARRIER(11, false),
    /** An older record of the message lies in the segment that this one's header names. */
    TRACE(12, false),
    /** Parts of what a recipient stands for have the mail, and he is open still; who does not know it delivers to them again. */
    REACHED(13, false);

    private final int code;
    private final boolean critical;

    RecordType(int code, boolean critical) {
        this.code = code;
        this.critical = critical;
    }

    int code() {
        return code;
    }

    boolean critical() {
        return critical;
    }

    /** Null for a code that this version does not know. */
    static @Nullable RecordType of(int code) {
        for (RecordType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
