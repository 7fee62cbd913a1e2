package org.recadero.route;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.net.sasl.Credentials;
import org.recadero.net.tls.ClientPolicy;

/**
 * How mail goes to a next hop: deliver.smtp only obeys.
 *
 * @param written the next hop as it was written: the key of tables and connections
 * @param credentials who logs in; empty: nobody
 * @param tls what TLS must be; already as strict as the credentials demand
 * @param clearAuth whether the credentials may be used without TLS: {@code none} is stated for this very next hop
 * @param reasons the rules that made it
 */
public record Relay(
        String written,
        NextHop nextHop,
        Optional<Credentials> credentials,
        ClientPolicy tls,
        boolean clearAuth,
        List<Reason> reasons) {
    public Relay {
        Objects.requireNonNull(written);
        Objects.requireNonNull(nextHop);
        Objects.requireNonNull(credentials);
        Objects.requireNonNull(tls);
        reasons = List.copyOf(reasons);
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
