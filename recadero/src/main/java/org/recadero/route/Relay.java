package org.recadero.route;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.net.sasl.Credentials;
import org.recadero.net.sasl.Secret;
import org.recadero.net.tls.ClientPolicy;

/**
 * How mail goes to a next hop: deliver.smtp only obeys.
 *
 * @param written the next hop as it was written: the key of tables and connections
 * @param credentials who logs in; empty: nobody
 * @param tls what TLS must be; already as strict as the credentials demand
 * @param clearAuth whether the credentials may be used without TLS: {@code none} is stated for this very next hop
 * @param token whence the credentials' token comes; their secret is empty until {@link #withToken}
 * @param reasons the rules that made it
 */
public record Relay(
        String written,
        NextHop nextHop,
        Optional<Credentials> credentials,
        ClientPolicy tls,
        boolean clearAuth,
        Optional<TokenSource> token,
        List<Reason> reasons) {
    public Relay {
        Objects.requireNonNull(written);
        Objects.requireNonNull(nextHop);
        Objects.requireNonNull(credentials);
        Objects.requireNonNull(tls);
        Objects.requireNonNull(token);
        reasons = List.copyOf(reasons);
    }

    /** The same, with a token to log in with. */
    public Relay withToken(Secret secret) {
        return new Relay(
                written,
                nextHop,
                credentials.map(c -> new Credentials(c.login(), secret, Credentials.Kind.TOKEN)),
                tls,
                clearAuth,
                token,
                reasons);
    }

    /** What a relay's rules say. */
    public sealed interface Decision {
        record Chosen(Relay relay) implements Decision {}

        /**
         * Mail waits: a table failed or an entry cannot be used.
         *
         * @param detail RFC 3463 subject and detail, {@code 7.5}
         * @param text for log and mailq
         */
        record TryLater(String detail, String text) implements Decision {}
    }
}
