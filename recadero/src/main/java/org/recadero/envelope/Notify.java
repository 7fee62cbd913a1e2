package org.recadero.envelope;

/** When a recipient's sender wants to be told (RFC 3461 §4.1); no value at all means the default: failure and delay. */
public enum Notify {
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY
}
