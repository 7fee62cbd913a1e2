package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.smtp.Reply;

/**
 * What follows from a command.
 *
 * @param state what the session knows now
 * @param reply empty where the next action answers
 * @param notes lines for the log
 * @param trouble what an error reply means for the postmaster; empty: nothing
 */
record Step(
        SessionState state,
        Optional<Reply> reply,
        NextAction next,
        List<Note> notes,
        Optional<SessionTrouble> trouble) {
    /** What the session does after the reply. */
    sealed interface NextAction {
        /** Reads the next command. */
        record ReadCommand() implements NextAction {}

        /** Reads the message up to CRLF.CRLF and answers when it is in the queue. */
        record TakeData() implements NextAction {}

        /** Reads a chunk of the message (RFC 3030) and answers. */
        record TakeChunk(long sizeBytes, boolean last) implements NextAction {}

        /** Reads over a chunk that is refused, then the reply is sent. */
        record SkipChunk(long sizeBytes) implements NextAction {}

        /** Begins TLS (RFC 3207). */
        record StartTls() implements NextAction {}

        /** Begins a SASL exchange (RFC 4954). */
        record Authenticate(String mechanism, Optional<String> initial) implements NextAction {}

        /** Closes the connection. */
        record Close() implements NextAction {}
    }

    Step {
        Objects.requireNonNull(state);
        Objects.requireNonNull(reply);
        Objects.requireNonNull(next);
        notes = List.copyOf(notes);
        Objects.requireNonNull(trouble);
    }

    /** One whose reply, where it is an error, says that the client broke the protocol. */
    Step(SessionState state, Optional<Reply> reply, NextAction next, List<Note> notes) {
        this(state, reply, next, notes, reply.filter(Reply::isError).map(r -> SessionTrouble.PROTOCOL));
    }

    Step with(Optional<SessionTrouble> other) {
        return new Step(state, reply, next, notes, other);
    }

    static Step reply(SessionState state, Reply reply) {
        return new Step(state, Optional.of(reply), new NextAction.ReadCommand(), List.of());
    }

    static Step reply(SessionState state, Reply reply, List<Note> notes) {
        return new Step(state, Optional.of(reply), new NextAction.ReadCommand(), notes);
    }
}
