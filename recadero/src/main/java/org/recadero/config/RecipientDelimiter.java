package org.recadero.config;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a local part is taken apart into a name and its extension: {@code usuario+lista} is {@code usuario} with {@code lista}.
 * Postfix: split_addr(3).
 *
 * @param characters {@code recipient_delimiter}'s, any of which separates; empty: nothing is taken apart
 * @param doubleBounceSender {@code double_bounce_sender}
 * @param ownerRequestSpecial {@code owner_request_special}: whether {@code owner-…} and {@code …-request} stay whole where {@code -}
 *     separates
 */
public record RecipientDelimiter(String characters, String doubleBounceSender, boolean ownerRequestSpecial) {
    public RecipientDelimiter {
        Objects.requireNonNull(characters);
        Objects.requireNonNull(doubleBounceSender);
    }

    public static RecipientDelimiter of(Configuration configuration) {
        return new RecipientDelimiter(
                configuration.get(Parameters.RECIPIENT_DELIMITER),
                configuration.get(Parameters.DOUBLE_BOUNCE_SENDER),
                configuration.get(Parameters.OWNER_REQUEST_SPECIAL));
    }

    /** Where the delimiter stands: the first that is not the first character; -1 where there is none. The system's own names stay whole. */
    public int at(String localPart) {
        if (characters.isEmpty()
                || localPart.equalsIgnoreCase("postmaster")
                || localPart.equalsIgnoreCase("mailer-daemon")
                || localPart.equalsIgnoreCase(doubleBounceSender)) {
            return -1;
        }
        String lower = localPart.toLowerCase(Locale.ROOT);
        if (ownerRequestSpecial
                && characters.indexOf('-') >= 0
                && (lower.startsWith("owner-") || lower.endsWith("-request"))) {
            return -1;
        }
        for (int i = 1; i < localPart.length(); i++) {
            if (characters.indexOf(localPart.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** The local part up to the delimiter; empty where it has no extension. */
    public Optional<String> withoutExtension(String localPart) {
        int at = at(localPart);
        return at < 0 ? Optional.empty() : Optional.of(localPart.substring(0, at));
    }

    /** What puts an extension behind a name: the first of the characters; empty where nothing is taken apart. */
    public String first() {
        return characters.isEmpty() ? "" : characters.substring(0, 1);
    }
}
