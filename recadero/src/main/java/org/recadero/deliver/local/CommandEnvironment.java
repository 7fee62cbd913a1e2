package org.recadero.deliver.local;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.os.UserDatabase.User;

/**
 * A command's variables: what the administrator exports, and who sends to whom. Postfix: local(8), EXTERNAL COMMAND DELIVERY.
 * In what the message's sender chose, characters outside {@code command_expansion_filter} become {@code _}.
 */
final class CommandEnvironment {
    private static final String PATH = "/usr/bin:/bin";

    private final Map<String, String> exported;
    private final String filter;
    private final String delimiters;
    private final String doubleBounce;

    /** @param own the daemon's variables */
    CommandEnvironment(Configuration configuration, Map<String, String> own) {
        this.filter = configuration.get(Parameters.COMMAND_EXPANSION_FILTER);
        this.delimiters = configuration.get(Parameters.RECIPIENT_DELIMITER);
        this.doubleBounce = configuration.get(Parameters.DOUBLE_BOUNCE_SENDER);
        this.exported = exported(configuration, own);
    }

    /** The variables of pipe(8) and local(8): import_environment makes what export_environment chooses from. */
    static Map<String, String> exported(Configuration configuration, Map<String, String> own) {
        Map<String, String> known = pick(configuration.get(Parameters.IMPORT_ENVIRONMENT), own);
        // Postfix: master(8) sets it for all it starts
        known.put("MAIL_CONFIG", configuration.directory().toString());
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("PATH", PATH);
        variables.putAll(pick(configuration.get(Parameters.EXPORT_ENVIRONMENT), known));
        return variables;
    }

    private static Map<String, String> pick(List<String> names, Map<String, String> from) {
        Map<String, String> picked = new LinkedHashMap<>();
        for (String element : names) {
            String bare = element.startsWith("{") && element.endsWith("}")
                    ? element.substring(1, element.length() - 1).strip()
                    : element;
            int equals = bare.indexOf('=');
            if (equals > 0) {
                picked.put(
                        bare.substring(0, equals).strip(),
                        bare.substring(equals + 1).strip());
            } else {
                Optional.ofNullable(from.get(bare)).ifPresent(v -> picked.put(bare, v));
            }
        }
        return picked;
    }

    Map<String, String> of(ReversePath sender, EnvelopeRecipient recipient, Runner runner) {
        Address address = recipient.address();
        UnaryOperator<String> clean = text -> filtered(text, filter);
        Map<String, String> variables = new LinkedHashMap<>(exported);
        LocalName name = LocalName.of(address.local().text(), delimiters, doubleBounce);
        runner.user().map(User::home).filter(h -> !h.isEmpty()).ifPresent(h -> variables.put("HOME", h));
        runner.user().map(User::shell).filter(s -> !s.isEmpty()).ifPresent(s -> variables.put("SHELL", s));
        variables.put("LOGNAME", runner.login());
        variables.put("USER", runner.login());
        variables.put("SENDER", clean.apply(sender.toString()));
        variables.put("RECIPIENT", clean.apply(address.internal()));
        variables.put("ORIGINAL_RECIPIENT", clean.apply(recipient.original()));
        variables.put("LOCAL", clean.apply(address.local().text()));
        variables.put("DOMAIN", clean.apply(address.domain().name()));
        name.extension().ifPresent(e -> variables.put("EXTENSION", clean.apply(e)));
        return variables;
    }

    static String filtered(String text, String allowed) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(allowed.indexOf(c) >= 0 ? c : '_');
        }
        return clean.toString();
    }
}
