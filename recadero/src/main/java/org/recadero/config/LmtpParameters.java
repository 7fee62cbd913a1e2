package org.recadero.config;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The parameters of a client that speaks LMTP: each {@code lmtp_x} means what {@code smtp_x} means for SMTP, and only the defaults
 * and three names differ. Postfix: lmtp(8).
 */
public final class LmtpParameters {
    private static final String PREFIX = "lmtp_";
    private static final Map<String, String> OTHER_NAMES = Map.of(
            "lmtp_lhlo_name", "smtp_helo_name",
            "lmtp_lhlo_timeout", "smtp_helo_timeout",
            "lmtp_discard_lhlo_keywords", "smtp_discard_ehlo_keywords");

    private static final Set<String> WITHOUT = Set.of("lmtp_assume_final");

    private LmtpParameters() {}

    /** The name that has the same meaning for SMTP; empty for what is no parameter of LMTP, or means nothing there. */
    public static Optional<String> counterpart(String name) {
        if (!name.startsWith(PREFIX) || WITHOUT.contains(name)) {
            return Optional.empty();
        }
        return Optional.of(OTHER_NAMES.getOrDefault(name, "smtp_" + name.substring(PREFIX.length())));
    }

    /**
     * The values for LMTP under the names for SMTP, to be laid over a configuration; {@code smtp_} settings of main.cf do not count.
     *
     * @throws ConfigurationException where a value cannot be expanded
     */
    public static Map<String, String> asSmtp(Snapshot configuration) throws ConfigurationException {
        Map<String, String> values = new TreeMap<>();
        for (Registry.Known known : Registry.recorded().all().values()) {
            Optional<String> counterpart = counterpart(known.name());
            if (counterpart.isPresent() && known.state() == Registry.State.HONOURED) {
                values.put(counterpart.get(), configuration.expanded(known.name()));
            }
        }
        return values;
    }
}
