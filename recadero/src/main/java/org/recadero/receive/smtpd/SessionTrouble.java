package org.recadero.receive.smtpd;

/** What went wrong in a session that a postmaster may want to see a transcript of. Postfix: postconf(5), {@code notify_classes}. */
public enum SessionTrouble {
    /** Refused by a restriction. */
    POLICY,
    /** The client broke the protocol. */
    PROTOCOL,
    /** The queue could not take the message. */
    RESOURCE,
    /** The configuration, or a bug. */
    SOFTWARE
}
