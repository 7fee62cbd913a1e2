package org.recadero.envelope;

import java.util.Objects;

/** A complete mail address, {@code local@domain}: what RFC 5321 calls a Mailbox (here a mailbox is where mail lies). */
public record Address(LocalPart local, MailDomain domain) {
    public Address {
        Objects.requireNonNull(local);
        Objects.requireNonNull(domain);
    }

    /**
     * Splits the internal (unquoted) form at its last {@code @}.
     *
     * @throws IllegalArgumentException where there is no domain or a part is not acceptable
     */
    public static Address of(String internal) {
        int at = internal.lastIndexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException("address without domain");
        }
        return new Address(new LocalPart(internal.substring(0, at)), new MailDomain(internal.substring(at + 1)));
    }

    /** The internal, unquoted form, as tables are asked with it. */
    public String internal() {
        return local.text() + "@" + domain.name();
    }

    /** The form for envelopes on the wire, header fields and log lines, the local part quoted where it must be. */
    public String external() {
        return local.external() + "@" + domain.name();
    }

    @Override
    public String toString() {
        return external();
    }
}
