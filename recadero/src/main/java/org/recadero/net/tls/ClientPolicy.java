package org.recadero.net.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What TLS to one next hop must be. A value: two equal policies may share a context (SAFETY 27).
 *
 * @param matches for fingerprint: hexadecimal digests, colons between; else names, {@code .domain}, {@code hostname}, {@code
 *     nexthop}, {@code dot-nexthop}
 * @param protocols JSSE's names, at least one unless the level is none
 * @param excludedCiphers OpenSSL's words: {@code RC4}, {@code aNULL}
 * @param serverName what SNI says instead of the next hop's name
 * @param trust whom to trust
 * @param identity the certificate that we show
 * @param fingerprintDigest {@code sha256}, {@code sha1}, {@code md5}
 * @param wrapped TLS from the first byte (RFC 8314 §3); else STARTTLS
 */
public record ClientPolicy(
        ClientLevel level,
        List<String> matches,
        List<String> protocols,
        List<String> excludedCiphers,
        Optional<String> serverName,
        Trust trust,
        Optional<Identity> identity,
        String fingerprintDigest,
        boolean wrapped) {
    /**
     * Certificates that end a chain. Without any: the system's.
     *
     * @param anchors trust anchor files, which count alone where there are any
     */
    public record Trust(Optional<Path> caFile, Optional<Path> caPath, List<Path> anchors) {
        public Trust {
            Objects.requireNonNull(caFile);
            Objects.requireNonNull(caPath);
            anchors = List.copyOf(anchors);
        }
    }

    /** PEM files: the chain, and its key. */
    public record Identity(Path certificates, Path key) {}

    public ClientPolicy {
        Objects.requireNonNull(level);
        matches = List.copyOf(matches);
        protocols = List.copyOf(protocols);
        excludedCiphers = List.copyOf(excludedCiphers);
        Objects.requireNonNull(serverName);
        Objects.requireNonNull(trust);
        Objects.requireNonNull(identity);
        Objects.requireNonNull(fingerprintDigest);
    }

    /** The same with another level. */
    public ClientPolicy at(ClientLevel other, List<String> otherMatches) {
        return new ClientPolicy(
                other,
                otherMatches,
                protocols,
                excludedCiphers,
                serverName,
                trust,
                identity,
                fingerprintDigest,
                wrapped);
    }

    /** The same, wrapped or not. */
    public ClientPolicy wrapped(boolean fromTheFirstByte) {
        return new ClientPolicy(
                level,
                matches,
                protocols,
                excludedCiphers,
                serverName,
                trust,
                identity,
                fingerprintDigest,
                fromTheFirstByte);
    }
}
