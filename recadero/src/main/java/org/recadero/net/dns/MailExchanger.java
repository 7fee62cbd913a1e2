package org.recadero.net.dns;

import java.util.Objects;

/**
 * RFC 5321 §5.1: a host that takes mail for a domain.
 *
 * @param preference the lower, the earlier; 0 to 65535
 * @param host without the dot behind; empty: RFC 7505, the domain takes no mail
 */
public record MailExchanger(int preference, String host) {
    public MailExchanger {
        Objects.requireNonNull(host);
        if (preference < 0 || preference > 0xffff) {
            throw new IllegalArgumentException("preference " + preference);
        }
    }

    /** RFC 7505 §3. */
    public boolean isNull() {
        return host.isEmpty();
    }
}
