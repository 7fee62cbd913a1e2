package org.recadero.receive.cleanup;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.rewrite.Rewriter;

/** What one configuration means for cleanup. */
record Rules(
        Configuration configuration,
        Rewriter rewriter,
        String host,
        String mailName,
        List<String> dropFields,
        boolean keepOriginal,
        int hopLimit,
        long sizeLimitBytes,
        int fieldLimitBytes,
        int lineLimitBytes,
        int tokenLimit) {
    Rules {
        Objects.requireNonNull(configuration);
        dropFields = List.copyOf(dropFields);
    }

    static Rules of(Configuration configuration) {
        return new Rules(
                configuration,
                new Rewriter(configuration),
                configuration.get(Parameters.MYHOSTNAME),
                configuration.get(Parameters.MAIL_NAME),
                configuration.get(Parameters.MESSAGE_DROP_HEADERS).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList(),
                configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT),
                configuration.get(Parameters.HOPCOUNT_LIMIT),
                configuration.get(Parameters.MESSAGE_SIZE_LIMIT),
                configuration.get(Parameters.HEADER_SIZE_LIMIT),
                configuration.get(Parameters.LINE_LENGTH_LIMIT),
                configuration.get(Parameters.HEADER_ADDRESS_TOKEN_LIMIT));
    }
}
