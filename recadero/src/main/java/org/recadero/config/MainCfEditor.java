package org.recadero.config;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Edits main.cf in place as {@code postconf -e}, {@code -X} and {@code -#} do: settings are replaced where they stand, their
 * continuation lines go, new names come last, all other lines stay byte for byte.
 *
 * <p>Postfix: postconf(1).
 */
public final class MainCfEditor {
    /**
     * An edited file.
     *
     * @param twice names that stood more than once
     */
    public record Edited(String text, List<String> twice) {
        public Edited {
            twice = List.copyOf(twice);
        }
    }

    private enum Work {
        REPLACE,
        REMOVE,
        COMMENT_OUT
    }

    private MainCfEditor() {}

    /** {@code -e}: every standing of a name gets the new value. */
    public static Edited replace(String text, Map<String, String> settings) {
        return edit(text, settings, Work.REPLACE);
    }

    /** {@code -X}. */
    public static Edited remove(String text, Set<String> names) {
        return edit(text, named(names), Work.REMOVE);
    }

    /** {@code -#}. */
    public static Edited commentOut(String text, Set<String> names) {
        return edit(text, named(names), Work.COMMENT_OUT);
    }

    private static Map<String, String> named(Set<String> names) {
        Map<String, String> named = new LinkedHashMap<>();
        names.forEach(name -> named.put(name, ""));
        return named;
    }

    private static Edited edit(String text, Map<String, String> settings, Work work) {
        StringBuilder out = new StringBuilder(text.length() + 128);
        Set<String> seen = new LinkedHashSet<>();
        Set<String> twice = new LinkedHashSet<>();
        boolean inside = false;
        int at = 0;
        while (at < text.length()) {
            int newline = text.indexOf('\n', at);
            int end = newline < 0 ? text.length() : newline + 1;
            String line = text.substring(at, end);
            at = end;
            if (Blanks.isEmptyOrComment(line)) {
                out.append(line);
                continue;
            }
            boolean begins = !Blanks.beginsBlank(line);
            String name = begins ? name(line) : "";
            if (begins) {
                inside = settings.containsKey(name);
                if (inside && !seen.add(name)) {
                    twice.add(name);
                }
            }
            if (!inside) {
                out.append(line);
            } else if (work == Work.COMMENT_OUT) {
                out.append('#').append(line);
            } else if (work == Work.REPLACE && begins) {
                out.append(name).append(" = ").append(settings.get(name)).append('\n');
            }
        }
        if (work == Work.REPLACE) {
            append(out, settings, seen);
        }
        return new Edited(out.toString(), List.copyOf(twice));
    }

    private static void append(StringBuilder out, Map<String, String> settings, Set<String> seen) {
        // DIFFERS: a file whose last line has no newline gets one, else two settings would run together
        if (!out.isEmpty() && out.charAt(out.length() - 1) != '\n' && !seen.containsAll(settings.keySet())) {
            out.append('\n');
        }
        settings.forEach((name, value) -> {
            if (!seen.contains(name)) {
                out.append(name).append(" = ").append(value).append('\n');
            }
        });
    }

    private static String name(String line) {
        int end = 0;
        while (end < line.length() && !Blanks.isBlank(line.charAt(end)) && line.charAt(end) != '=') {
            end++;
        }
        return line.substring(0, end);
    }
}
