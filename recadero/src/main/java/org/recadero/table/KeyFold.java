package org.recadero.table;

import java.util.Locale;

/**
 * Case folding of keys, as the tables with fixed strings do it.
 *
 * <p>Postfix: casefold(3), {@code smtputf8_enable}: with UTF-8 all of Unicode ({@code ß} equals {@code SS}), without it ASCII
 * alone.
 */
public final class KeyFold {
    private KeyFold() {}

    /** @param octets the key; where it is no UTF-8, only its ASCII letters are folded */
    public static String fold(String octets, boolean utf8) {
        if (Octets.isAscii(octets)) {
            return ascii(octets);
        }
        return utf8 && Octets.isUtf8(octets) ? Octets.of(unicode(Octets.text(octets))) : ascii(octets);
    }

    private static String ascii(String octets) {
        for (int i = 0; i < octets.length(); i++) {
            char c = octets.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                return lowered(octets);
            }
        }
        return octets;
    }

    private static String lowered(String octets) {
        char[] chars = octets.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (chars[i] >= 'A' && chars[i] <= 'Z') {
                chars[i] = (char) (chars[i] + ('a' - 'A'));
            }
        }
        return new String(chars);
    }

    /** Full case folding, one code point after the other, so that no letter depends on its neighbours. */
    private static String unicode(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == 0x131) {
                // the dotless i folds to itself, though its capital is I
                folded.appendCodePoint(c);
                return;
            }
            // first to lower case: the capital sharp s is its own upper case
            Character.toString(c)
                    .toLowerCase(Locale.ROOT)
                    .toUpperCase(Locale.ROOT)
                    .codePoints()
                    .forEach(u -> folded.append(Character.toString(u).toLowerCase(Locale.ROOT)));
        });
        return folded.toString();
    }
}
