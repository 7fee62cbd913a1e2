package org.recadero.deliver.local;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.recadero.os.ErrnoException;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Why a delivery did not happen: class 4 waits, class 5 goes back.
 *
 * @param warnings lines for the administrator besides
 */
record Refusal(EnhancedStatusCode code, String text, List<String> warnings) {
    /** What local(8) calls itself in {@code relay=}. */
    static final String RELAY = "local";

    /** RFC 3463 §3.3: other or undefined mailbox status, for ever. */
    static final EnhancedStatusCode MAILBOX_TROUBLE = EnhancedStatusCode.of(5, 2, 0);

    /** The same for now. */
    static final EnhancedStatusCode MAILBOX_BUSY = EnhancedStatusCode.of(4, 2, 0);

    static final EnhancedStatusCode MAILBOX_FULL = EnhancedStatusCode.of(5, 2, 2);

    Refusal {
        Objects.requireNonNull(code);
        Objects.requireNonNull(text);
        warnings = List.copyOf(warnings);
    }

    static Refusal of(EnhancedStatusCode code, String text) {
        return new Refusal(code, text, List.of());
    }

    /** Waits: 4.3.0. */
    static Refusal wait(String text) {
        return of(EnhancedStatusCode.SYSTEM_TROUBLE, text);
    }

    static Refusal unknown(String user) {
        return of(EnhancedStatusCode.of(5, 1, 1), "unknown user: \"" + user + "\"");
    }

    /** A failed system call: {@code what: No such file or directory}, 5.2.0 unless the errno says something else. */
    static Refusal errno(ErrnoException e, String what) {
        return of(SystemErrors.code(e.errno()), what + ": " + SystemErrors.text(e));
    }

    Refusal prefixed(String prefix) {
        return new Refusal(code, prefix + text, warnings);
    }

    /** As an outcome for dispatch. */
    Outcome outcome(Duration transmit) {
        DeliveryStatus status = DeliveryStatus.of(RELAY, code, text, transmit);
        return code.statusClass() == 4 ? new Outcome.Deferred(status) : new Outcome.Bounced(status);
    }
}
