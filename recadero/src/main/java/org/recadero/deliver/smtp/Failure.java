package org.recadero.deliver.smtp;

import org.recadero.status.EnhancedStatusCode;

/** A fact about an attempt that failed; what it means is {@link Judge}'s affair. */
public sealed interface Failure {
    /** What the server was asked when it said no. */
    enum Command {
        GREETING(""),
        EHLO(""),
        MAIL("MAIL FROM command"),
        RCPT("RCPT TO command"),
        DATA("DATA command"),
        END_OF_DATA("end of DATA command"),
        BDAT("BDAT command");

        private final String words;

        Command(String words) {
            this.words = words;
        }

        /** As in «(in reply to RCPT TO command)». */
        String words() {
            return words;
        }
    }

    /** The server said no. */
    record Refused(Peer peer, Command command, ServerReply reply) implements Failure {}

    /** The connection ended before its time. {@code doing}: «while» what. */
    record Lost(Peer peer, String doing) implements Failure {}

    /** An answer did not come in time. */
    record TimedOut(Peer peer, String doing) implements Failure {}

    /** No connection. {@code why}: «Connection refused»; {@code networkIsAway}: nobody there could be asked. */
    record NotConnected(Peer peer, String why, boolean networkIsAway) implements Failure {}

    /** What the server sent is no reply at all (RFC 5321 §4.2). */
    record NoReply(Peer peer, String doing) implements Failure {}

    /** What the server sent is no reply to what it was asked (SAFETY 28). */
    record Confused(Peer peer, String doing) implements Failure {}

    /** TLS is not as it must be; nothing was sent. {@code code}: 4.7.x. */
    record Tls(Peer peer, TlsTrouble trouble, EnhancedStatusCode code, String text) implements Failure {}

    /** What is wrong with TLS. */
    enum TlsTrouble {
        NOT_OFFERED,
        NOT_BEGUN,
        NOT_VERIFIED
    }

    /** The account could not be used; nothing was sent. {@code code}: the server's, or 4.7.0. */
    record Auth(Peer peer, AuthTrouble trouble, EnhancedStatusCode code, String text) implements Failure {}

    /** What is wrong with AUTH. */
    enum AuthTrouble {
        /** The server offers none that may be used. */
        NO_MECHANISM,
        NOT_PASSED
    }

    /** The hosts of a next hop cannot be found: 4 for now, 5 for ever. */
    record NoHost(EnhancedStatusCode code, String text) implements Failure {}

    /** This message can not go to this server (too big for it, a table does not answer): nothing of it counts as sent. */
    record Unfit(Peer peer, EnhancedStatusCode code, String text) implements Failure {}

    /** A fault of ours: the content cannot be read, a table does not answer. */
    record Ours(EnhancedStatusCode code, String text) implements Failure {}
}
