package org.recadero.envelope;

import java.util.Locale;
import java.util.Objects;

/**
 * What stands behind the {@code @} of an address: a domain name or an address literal in brackets, as it was written.
 *
 * <p>Two domains are equal when they differ in case only (RFC 5321 §2.4). Names with an underscore are taken, as Postfix,
 * Exim and Dovecot take them. Never empty, at most {@link #MAX_CHARS} characters, no blanks, control characters or
 * {@code @}.
 */
public record MailDomain(String name) {
    /** Bound for one domain, in characters (RFC 5321 §4.5.3.1.2: 255 octets; a little more for literals). */
    public static final int MAX_CHARS = 512;

    public MailDomain {
        Objects.requireNonNull(name);
        if (name.isEmpty()) {
            throw new IllegalArgumentException("empty domain");
        }
        if (name.length() > MAX_CHARS) {
            throw new IllegalArgumentException("domain over " + MAX_CHARS + " characters");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c == 0x7f || c == '@') {
                throw new IllegalArgumentException("bad character in domain");
            }
        }
    }

    /** The name in lower case: what tables are asked with. */
    public String key() {
        return name.toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MailDomain that && name.equalsIgnoreCase(that.name);
    }

    @Override
    public int hashCode() {
        return key().hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
