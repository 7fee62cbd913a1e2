package org.recadero.receive.smtpd;

import org.recadero.smtp.Reply;

/**
 * Who may what, and the fixed values of a session. A session keeps the one it began with. Questions may take long (tables, name
 * servers); implementations answer, they do not throw.
 */
interface Policy {
    /** The fixed values. */
    SessionRules rules();

    /** Asked once, before the greeting. */
    Verdict connect(SessionState state);

    /** {@code state} has the new name already. */
    Verdict helo(SessionState state, String command);

    /** {@code state} has the new transaction already. */
    Verdict mail(SessionState state);

    /** @param recipient internal form */
    Verdict rcpt(SessionState state, String recipient);

    /** Before the content, for DATA and each BDAT. */
    Verdict data(SessionState state, String command);

    /** When the content was read and is not yet in the queue. */
    Verdict endOfData(SessionState state, long sizeBytes);

    /** @param address internal form */
    Verdict vrfy(SessionState state, String address);

    /** A line that says that something was refused. */
    Note refusal(SessionState state, String command, Reply reply, String recipient);
}
