package org.recadero.receive.submit;

import java.util.Optional;

/**
 * The frames of submission protocol 1: a type byte, the body's length as a big-endian u32, and a body of at most {@link
 * #MAX_BODY_BYTES}.
 *
 * <p>Client: {@code H A* E}, and once it was asked by {@code N}: {@code D* .} or {@code D* X}. Daemon: any {@code O R N S},
 * at last one {@code C} or {@code Q}.
 */
public enum FrameType {
    /** Client: protocol version (u8) and the submission id (16 octets). */
    HELLO('H'),
    /** Client: a piece of argv, each argument ended by NUL; an argument may go over several frames. */
    ARGUMENTS('A'),
    /** Client: mail variables, {@code NAME=value} each ended by NUL; ends what comes before the input. */
    ENVIRONMENT('E'),
    /** Client: a piece of standard input. */
    DATA('D'),
    /** Client: the end of standard input: length of all data (u64) and its CRC-32C (u32). */
    END('.'),
    /** Client: cut off; nothing is to be queued. */
    CUT_OFF('X'),
    /** Daemon: text for standard output. */
    OUTPUT('O'),
    /** Daemon: text for standard error. */
    ERROR_OUTPUT('R'),
    /** Daemon: standard input is wanted. */
    NEED_INPUT('N'),
    /** Daemon: the message has ended, no more input is wanted. */
    ENOUGH_INPUT('S'),
    /** Daemon, last: run this command yourself; words, each ended by NUL. */
    COMMAND('C'),
    /** Daemon, last: exit status (u32). */
    QUIT('Q');

    /** Bound for one body, in bytes. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    private final int code;

    FrameType(char code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Optional<FrameType> of(int code) {
        for (FrameType type : values()) {
            if (type.code == code) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
