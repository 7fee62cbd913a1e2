package org.recadero.smtp;

import java.util.Locale;
import java.util.Optional;

/** The commands that have a name, in the order in which a session's counts are logged. Postfix: smtpd(8), the disconnect line. */
public enum VerbName {
    HELO,
    EHLO,
    STARTTLS,
    AUTH,
    MAIL,
    RCPT,
    DATA,
    BDAT,
    RSET,
    NOOP,
    VRFY,
    ETRN,
    QUIT,
    /** Anything else. */
    UNKNOWN;

    /** By its word, in any case; empty for none of ours. */
    static Optional<VerbName> of(String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        for (VerbName name : values()) {
            if (name != UNKNOWN && name.name().equals(upper)) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    /** As the disconnect line counts it: {@code ehlo}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a client that pipelines must wait for its reply (RFC 2920 §3.1). */
    public boolean endsGroup() {
        return switch (this) {
            case HELO, EHLO, STARTTLS, AUTH, DATA, NOOP, VRFY, ETRN, QUIT -> true;
            case MAIL, RCPT, BDAT, RSET, UNKNOWN -> false;
        };
    }

    /** Whether a client may repeat it only so often without mail. Postfix: smtpd(8), {@code smtpd_junk_command_limit}. */
    public boolean isJunkWhenRepeated() {
        return switch (this) {
            case HELO, EHLO, RSET, NOOP, VRFY, ETRN -> true;
            case STARTTLS, AUTH, MAIL, RCPT, DATA, BDAT, QUIT, UNKNOWN -> false;
        };
    }
}
