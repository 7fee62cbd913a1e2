package org.recadero.deliver.local;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.config.RecipientDelimiter;
import org.recadero.deliver.ExportedEnvironment;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.os.UserDatabase.User;

/**
 * A command's variables: what the administrator exports, and who sends to whom. Postfix: local(8), EXTERNAL COMMAND DELIVERY.
 * In what the message's sender chose, characters outside {@code command_expansion_filter} become {@code _}.
 */
final class CommandEnvironment {
    private final Map<String, String> exported;
    private final String filter;
    private final RecipientDelimiter delimiter;

    /** @param own the daemon's variables */
    CommandEnvironment(Configuration configuration, Map<String, String> own) {
        this.filter = configuration.get(Parameters.COMMAND_EXPANSION_FILTER);
        this.delimiter = RecipientDelimiter.of(configuration);
        this.exported = ExportedEnvironment.of(configuration, own);
    }

    Map<String, String> of(ReversePath sender, EnvelopeRecipient recipient, Runner runner) {
        Address address = recipient.address();
        UnaryOperator<String> clean = text -> filtered(text, filter);
        Map<String, String> variables = new LinkedHashMap<>(exported);
        LocalName name = LocalName.of(address.local().text(), delimiter);
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
