package org.recadero.deliver.local;

import java.util.Optional;
import org.recadero.config.RecipientDelimiter;

/**
 * A local part taken apart at the recipient delimiter: {@code usuario+lista} is user {@code usuario} with extension {@code
 * lista}.
 *
 * @param user in lower case, as Postfix asks for it
 * @param extension without the delimiter
 */
record LocalName(String user, Optional<String> extension) {
    static LocalName of(String localPart, RecipientDelimiter delimiter) {
        String name = lowerCase(localPart);
        int at = delimiter.at(localPart);
        return at < 0
                ? new LocalName(name, Optional.empty())
                : new LocalName(name.substring(0, at), Optional.of(localPart.substring(at + 1)));
    }

    /** In lower case, character by character: as long as before. */
    static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            lower.append(Character.toLowerCase(text.charAt(i)));
        }
        return lower.toString();
    }
}
