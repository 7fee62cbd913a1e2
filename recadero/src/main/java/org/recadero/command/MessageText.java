package org.recadero.command;

/** What somebody typed, as it may stand in a message to a terminal. */
final class MessageText {
    private MessageText() {}

    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.chars().forEach(c -> clean.append(c < ' ' || c == 0x7f ? '?' : (char) c));
        return clean.toString();
    }
}
