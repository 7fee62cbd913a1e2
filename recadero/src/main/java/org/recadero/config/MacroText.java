package org.recadero.config;

/**
 * One {@code $…} in a text. Postfix: mac_parse(3).
 *
 * @param body what stands in the braces or parentheses, or the bare name
 * @param end the index behind it
 */
record MacroText(String body, int end) {
    /** Finds the end of what begins with the dollar at {@code dollar}. */
    static MacroText at(String text, int dollar) throws ConfigurationException {
        int at = dollar + 1;
        if (at < text.length() && (text.charAt(at) == '{' || text.charAt(at) == '(')) {
            int close = closing(text, at);
            if (close < 0) {
                throw new ConfigurationException("truncated macro reference: \"" + text + "\"");
            }
            String body = text.substring(at + 1, close);
            if (body.isEmpty()) {
                throw new ConfigurationException("empty macro name: \"" + text + "\"");
            }
            return new MacroText(body, close + 1);
        }
        int end = at;
        while (end < text.length() && isNameCharacter(text.charAt(end))) {
            end++;
        }
        if (end == at) {
            throw new ConfigurationException("empty macro name: \"" + text + "\"");
        }
        return new MacroText(text.substring(at, end), end);
    }

    /** Where the bracket at {@code open} is closed, brackets of its kind counted; -1 where it is not. */
    static int closing(String text, int open) {
        char left = text.charAt(open);
        char right = left == '{' ? '}' : ')';
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == left) {
                depth++;
            } else if (c == right && --depth == 0) {
                return i;
            }
        }
        return -1;
    }

    /** The letters, digits and underscores from an index on. */
    static String name(String text, int from) {
        int end = from;
        while (end < text.length() && isNameCharacter(text.charAt(end))) {
            end++;
        }
        return text.substring(from, end);
    }

    static boolean isNameCharacter(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
