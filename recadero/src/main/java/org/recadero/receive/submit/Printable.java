package org.recadero.receive.submit;

/** Text for a terminal: control characters become {@code ?}, as Postfix prints them. */
final class Printable {
    private Printable() {}

    static String of(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(c < ' ' || (c >= 0x7f && c < 0xa0) ? '?' : c);
        }
        return clean.toString();
    }
}
