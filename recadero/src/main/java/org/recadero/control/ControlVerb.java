package org.recadero.control;

import java.util.Locale;
import java.util.Optional;

/** What a command may ask of the daemon over the control socket; the first word of a request. */
public enum ControlVerb {
    /** The queue in mailq's text. */
    LIST,
    /** The queue, one JSON object a line. */
    LIST_JSON,
    /** All that waits is due now. */
    FLUSH,
    /** What postsuper does: a {@code Queue.Change}, then ids. */
    CHANGE,
    /** The same to all messages of the queues named: a {@code Queue.Change}, then names of queues. */
    CHANGE_ALL,
    /** A message; its id and the {@link MessagePart}s wanted. */
    CAT,
    /** Reads the configuration again. */
    RELOAD,
    /** Ends without waiting for deliveries. */
    ABORT,
    /** How the mail system does, {@code name=value} lines. */
    STATUS;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<ControlVerb> of(String word) {
        for (ControlVerb verb : values()) {
            if (verb.word().equals(word)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }
}
