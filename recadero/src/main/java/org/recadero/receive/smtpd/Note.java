package org.recadero.receive.smtpd;

import java.util.Objects;

/**
 * A line for the log.
 *
 * @param text what follows {@code postfix/smtpd[123]: }, or what follows {@code warning: }
 */
record Note(boolean isWarning, String text) {
    Note {
        Objects.requireNonNull(text);
    }

    static Note info(String text) {
        return new Note(false, text);
    }

    static Note warning(String text) {
        return new Note(true, text);
    }
}
