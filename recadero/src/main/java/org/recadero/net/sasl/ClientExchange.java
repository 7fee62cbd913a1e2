package org.recadero.net.sasl;

import java.util.Optional;

/** One attempt to log in, from our side. Used by one thread, once. */
public interface ClientExchange {
    /** Most challenges that are answered (SAFETY 29). */
    int MOST_CHALLENGES = 10;

    /** What to do next. */
    sealed interface Step {
        /** Answer so. */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Send(byte[] response) implements Step {}

        /**
         * Break off: the server's challenge is not what the mechanism demands.
         *
         * @param why without any secret
         */
        record BreakOff(String why) implements Step {}
    }

    Mechanism mechanism();

    /** What goes with the AUTH command (RFC 4954 §4), where the mechanism has the client speak first. */
    Optional<byte[]> initial();

    Step answer(byte[] challenge);

    /** Whether the server has proved what the mechanism lets it prove: its «235» counts only then. */
    default boolean isServerProved() {
        return true;
    }
}
