package org.recadero.receive.cleanup;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.message.AddressText;
import org.recadero.message.MessageScanner;

/**
 * How fields look that a message lacks. Postfix: cleanup(8), {@code always_add_missing_headers}, {@code header_from_format}, {@code
 * undisclosed_recipients_header}.
 *
 * @param always also to what strangers send
 * @param obsolete From has the name in a comment
 * @param undisclosed stands where no recipient is named; empty: nothing does
 */
record AddedFields(boolean always, boolean obsolete, String undisclosed) {
    AddedFields {
        Objects.requireNonNull(undisclosed);
    }

    /** @throws ConfigurationException where a value is none */
    static AddedFields of(Configuration configuration) throws ConfigurationException {
        String format = configuration.get(Parameters.HEADER_FROM_FORMAT);
        if (!format.equals("standard") && !format.equals("obsolete")) {
            throw new ConfigurationException("invalid setting: \"header_from_format = " + format + "\"");
        }
        String undisclosed = configuration.get(Parameters.UNDISCLOSED_RECIPIENTS_HEADER);
        byte[] field = undisclosed.getBytes(StandardCharsets.UTF_8);
        if (field.length > 0 && MessageScanner.nameLength(field, 0, field.length) == 0) {
            throw new ConfigurationException("bad undisclosed_recipients_header header text \"" + undisclosed
                    + "\" -- need \"headername: headervalue\"");
        }
        return new AddedFields(
                configuration.get(Parameters.ALWAYS_ADD_MISSING_HEADERS), format.equals("obsolete"), undisclosed);
    }

    /** @param name without control characters */
    String from(String address, String name) {
        if (name.isBlank()) {
            return address;
        }
        return obsolete ? address + " (" + comment(name) + ")" : AddressText.phrase(name) + " <" + address + ">";
    }

    /** RFC 5322 §3.2.2: parentheses stand in pairs, or each behind a backslash. */
    private static String comment(String name) {
        int depth = 0;
        boolean fits = name.indexOf('\\') < 0;
        for (int i = 0; i < name.length() && fits; i++) {
            depth += name.charAt(i) == '(' ? 1 : name.charAt(i) == ')' ? -1 : 0;
            fits = depth >= 0;
        }
        return fits && depth == 0 ? name : name.replaceAll("[()\\\\]", "\\\\$0");
    }
}
