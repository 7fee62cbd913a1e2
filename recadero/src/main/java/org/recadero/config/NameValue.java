package org.recadero.config;

/**
 * {@code name = value}, blanks round both gone. Postfix: split_nameval(3).
 *
 * @param name not empty, without blanks
 */
public record NameValue(String name, String value) {
    /**
     * Parts a text.
     *
     * @throws ConfigurationException with Postfix's words, without file, line and the text itself
     */
    public static NameValue of(String text) throws ConfigurationException {
        int begin = Blanks.skip(text, 0);
        int end = begin;
        while (end < text.length() && !Blanks.isBlank(text.charAt(end)) && text.charAt(end) != '=') {
            end++;
        }
        if (begin == text.length() || text.charAt(begin) == '=') {
            throw new ConfigurationException("missing attribute name");
        }
        int equals = Blanks.skip(text, end);
        if (equals == text.length() || text.charAt(equals) != '=') {
            throw new ConfigurationException("missing '=' after attribute name");
        }
        return new NameValue(text.substring(begin, end), Blanks.trim(text.substring(equals + 1)));
    }
}
