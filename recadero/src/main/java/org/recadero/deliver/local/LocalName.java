package org.recadero.deliver.local;

import java.util.Optional;

/**
 * A local part taken apart at the recipient delimiter: {@code usuario+lista} is user {@code usuario} with extension {@code
 * lista}.
 *
 * @param user in lower case, as Postfix asks for it
 * @param extension without the delimiter
 */
record LocalName(String user, Optional<String> extension) {
    /**
     * Postfix: split_addr(3): the first delimiter that is not the first character; the system's own names stay whole, and with
     * {@code -} as delimiter {@code owner-…} and {@code …-request} too ({@code owner_request_special}).
     *
     * @param delimiters {@code recipient_delimiter}'s characters; empty: nothing is taken apart
     */
    static LocalName of(String localPart, String delimiters, String doubleBounceSender) {
        String name = lowerCase(localPart);
        if (isReserved(name, doubleBounceSender)) {
            return new LocalName(name, Optional.empty());
        }
        if (delimiters.indexOf('-') >= 0 && (name.startsWith("owner-") || name.endsWith("-request"))) {
            return new LocalName(name, Optional.empty());
        }
        for (int i = 1; i < name.length(); i++) {
            if (delimiters.indexOf(localPart.charAt(i)) >= 0) {
                return new LocalName(name.substring(0, i), Optional.of(localPart.substring(i + 1)));
            }
        }
        return new LocalName(name, Optional.empty());
    }

    /** In lower case, character by character: as long as before. */
    static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            lower.append(Character.toLowerCase(text.charAt(i)));
        }
        return lower.toString();
    }

    private static boolean isReserved(String name, String doubleBounceSender) {
        return name.equals("postmaster") || name.equals("mailer-daemon") || name.equalsIgnoreCase(doubleBounceSender);
    }
}
