package org.recadero.control;

import java.util.Locale;

/** What a command may ask of the daemon; the first word of a request. */
public enum ControlVerb {
    /** The queue in mailq's text. */
    LIST(false),
    /** The queue, one JSON object a line. */
    LIST_JSON(false),
    /** Everything deferred is due now. */
    FLUSH(false),
    /** One message, its id as argument, is due now. */
    FLUSH_ID(false),
    /** postsuper's changes: a {@code Queue.Change} and ids, or ALL. */
    CHANGE(true),
    /** A message's records; id and {@code ehb}. */
    CAT(true),
    /** Reads the configuration again. */
    RELOAD(true),
    STOP(true),
    /** Without waiting for deliveries. */
    ABORT(true),
    /** Pid, version, how the machine is doing. */
    STATUS(false);

    private final boolean privileged;

    ControlVerb(boolean privileged) {
        this.privileged = privileged;
    }

    /** Whether only root and the mail owner may ask it, by the control socket. */
    public boolean privileged() {
        return privileged;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
