package org.recadero.net.tls;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a server after the handshake.
 *
 * @param trusted whether somebody we trust issued the certificate
 * @param matched whether it proves what the policy demands: a name, or a fingerprint
 * @param problem why not; empty where it does
 * @param names the certificate's
 * @param binding RFC 9266 tls-exporter; empty before TLS 1.3
 * @param clientCertificate whether we showed one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ClientPeer(
        String protocol,
        String cipher,
        boolean trusted,
        boolean matched,
        Optional<String> problem,
        List<String> names,
        Optional<Instant> expires,
        Optional<byte[]> binding,
        boolean clientCertificate) {
    public ClientPeer {
        names = List.copyOf(names);
    }

    /** Postfix's word: {@code Verified}, {@code Trusted} or {@code Untrusted}. */
    public String standing() {
        if (trusted && matched) {
            return "Verified";
        }
        return trusted ? "Trusted" : "Untrusted";
    }

    /** Whether one of its names, if it is trusted, is this one or below this {@code .domain}. */
    public boolean proves(String name) {
        return trusted && ClientNames.matches(names, name);
    }
}
