package org.recadero.envelope;

/** Text that somebody else wrote, where it may neither begin a line of its own nor speak to a terminal. */
public final class OneLine {
    private OneLine() {}

    /** With {@code ?} for each control character. Postfix: printable(3). */
    public static String of(String text) {
        int i = 0;
        while (i < text.length() && !isControl(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length()).append(text, 0, i);
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(isControl(c) ? '?' : c);
        }
        return clean.toString();
    }

    private static boolean isControl(char c) {
        return c < ' ' || c == 0x7f;
    }
}
