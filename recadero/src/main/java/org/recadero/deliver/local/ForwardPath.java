package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Expands {@code forward_path} for a user. Postfix: local(8): a path that names something undefined, as {@code ${extension}}
 * where there is none, is passed over; {@code ${name?text}} and {@code ${name:text}} as in main.cf.
 */
final class ForwardPath {
    private static final int MOST_PATHS = 20;

    private final Map<String, String> values;
    private boolean undefined;

    private ForwardPath(Map<String, String> values) {
        this.values = values;
    }

    /** @param values by name; a name that is not in it is undefined */
    static List<String> expand(List<String> paths, Map<String, String> values) {
        List<String> expanded = new ArrayList<>();
        for (String path : paths) {
            if (expanded.size() >= MOST_PATHS) {
                break;
            }
            ForwardPath walk = new ForwardPath(values);
            String text = walk.expand(path, 0);
            if (!walk.undefined && text.startsWith("/") && text.indexOf('\0') < 0) {
                expanded.add(text);
            }
        }
        return List.copyOf(expanded);
    }

    /** Expands a text in which undefined names are nothing: {@code luser_relay}. */
    static String expand(String text, Map<String, String> values) {
        return new ForwardPath(values).expand(text, 0);
    }

    private String expand(String text, int depth) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c != '$' || i + 1 >= text.length() || depth > 5) {
                out.append(c);
                i++;
                continue;
            }
            char open = text.charAt(i + 1);
            if (open == '{' || open == '(') {
                int end = closing(text, i + 1, open, open == '{' ? '}' : ')');
                out.append(reference(text.substring(i + 2, end), depth));
                i = Math.min(text.length(), end + 1);
            } else {
                int end = i + 1;
                while (end < text.length() && isNameChar(text.charAt(end))) {
                    end++;
                }
                out.append(reference(text.substring(i + 1, end), depth));
                i = end;
            }
        }
        return out.toString();
    }

    private static boolean isNameChar(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static int closing(String text, int from, char open, char close) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == open) {
                depth++;
            } else if (text.charAt(i) == close) {
                depth--;
                if (depth == 0) {
                    return i;
                }
            }
        }
        return text.length();
    }

    private String reference(String body, int depth) {
        int end = 0;
        while (end < body.length() && isNameChar(body.charAt(end))) {
            end++;
        }
        Optional<String> value =
                Optional.ofNullable(values.get(body.substring(0, end))).filter(v -> !v.isEmpty());
        if (end == body.length()) {
            undefined |= value.isEmpty();
            return value.orElse("");
        }
        String text = body.substring(end + 1);
        boolean wanted = switch (body.charAt(end)) {
            case '?' -> value.isPresent();
            case ':' -> value.isEmpty();
            default -> false;
        };
        return wanted ? expand(text, depth + 1) : "";
    }
}
