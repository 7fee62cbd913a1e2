package org.recadero.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists in braces: {@code {a=b, {c = d e}}}. Postfix: extpar(3), mystrtok(3). */
final class Braces {
    private static final String SEPARATORS = ", \t\r\n";

    private Braces() {}

    /** What a text of one pair of braces holds, without blanks around it; empty where the braces do not fit. */
    static Optional<String> inside(String text) {
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i > 0 && text.substring(i + 1).isBlank()
                        ? Optional.of(text.substring(1, i).strip())
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** The elements of a list; what stands in braces is not divided. */
    static List<String> elements(String list) {
        List<String> elements = new ArrayList<>();
        int from = 0;
        int depth = 0;
        for (int i = 0; i <= list.length(); i++) {
            char c = i < list.length() ? list.charAt(i) : ',';
            if (c == '{') {
                depth++;
            } else if (c == '}') {
                depth--;
            }
            if (i == list.length() || (depth <= 0 && SEPARATORS.indexOf(c) >= 0)) {
                if (i > from) {
                    elements.add(list.substring(from, i));
                }
                from = i + 1;
            }
        }
        return elements;
    }
}
