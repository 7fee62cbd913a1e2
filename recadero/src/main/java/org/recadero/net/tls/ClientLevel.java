package org.recadero.net.tls;

import java.util.Optional;

/** How much a client demands, in rising order. Postfix: postconf(5), smtp_tls_security_level. */
public enum ClientLevel {
    NONE,
    /** Where the server offers it. */
    MAY,
    /** Or nothing is sent; whose certificate it is does not matter. */
    ENCRYPT,
    /** The certificate or its key is one of those that are listed. */
    FINGERPRINT,
    /** Issued by somebody we trust, for the name of the host. */
    VERIFY,
    /** The same, for the name of the next hop, which no DNS answer can change. */
    SECURE;

    /** As main.cf writes it. */
    public static Optional<ClientLevel> of(String word) {
        for (ClientLevel level : values()) {
            if (level.word().equals(word)) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Whether nothing is sent without TLS. */
    public boolean isMandatory() {
        return compareTo(ENCRYPT) >= 0;
    }

    /** Whether the peer must prove who it is. */
    public boolean isProving() {
        return compareTo(FINGERPRINT) >= 0;
    }
}
