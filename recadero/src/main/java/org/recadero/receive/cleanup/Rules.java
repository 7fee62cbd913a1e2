package org.recadero.receive.cleanup;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.rewrite.DuplicateFilter;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.Router;

/** What one configuration means for cleanup. */
record Rules(
        Configuration configuration,
        Rewriter rewriter,
        Optional<Rewriter> strangersHeaders,
        boolean alwaysAddsFields,
        AddressMaps maps,
        ContentChecks checks,
        String host,
        String mailName,
        List<String> dropFields,
        boolean keepOriginal,
        int duplicateFilterLimit,
        int hopLimit,
        long sizeLimitBytes,
        int fieldLimitBytes,
        int lineLimitBytes,
        int tokenLimit) {
    Rules {
        Objects.requireNonNull(configuration);
        dropFields = List.copyOf(dropFields);
    }

    /** Where a table cannot be opened, what needs it fails, and mail waits. */
    static Rules of(Configuration configuration, Router.TableOpener open) {
        Rewriter rewriter = new Rewriter(configuration);
        AddressMaps maps;
        ContentChecks checks;
        try {
            maps = AddressMaps.of(configuration, rewriter, open);
            checks = ContentChecks.of(configuration, open);
        } catch (ConfigurationException e) {
            maps = AddressMaps.broken(rewriter, String.valueOf(e.getMessage()));
            checks = ContentChecks.none(configuration);
        }
        return new Rules(
                configuration,
                rewriter,
                configuration.get(Parameters.REMOTE_HEADER_REWRITE_DOMAIN).isEmpty()
                        ? Optional.empty()
                        : Optional.of(Rewriter.ofStrangers(configuration)),
                configuration.get(Parameters.ALWAYS_ADD_MISSING_HEADERS),
                maps,
                checks,
                configuration.get(Parameters.MYHOSTNAME),
                configuration.get(Parameters.MAIL_NAME),
                configuration.get(Parameters.MESSAGE_DROP_HEADERS).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList(),
                configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT),
                DuplicateFilter.limit(configuration),
                configuration.get(Parameters.HOPCOUNT_LIMIT),
                configuration.get(Parameters.MESSAGE_SIZE_LIMIT),
                configuration.get(Parameters.HEADER_SIZE_LIMIT),
                configuration.get(Parameters.LINE_LENGTH_LIMIT),
                configuration.get(Parameters.HEADER_ADDRESS_TOKEN_LIMIT));
    }
}
