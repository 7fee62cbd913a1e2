package org.recadero.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The right-hand side of an alias, parsed: addresses, commands, files and lists, parted by commas. Comments in parentheses and
 * angle brackets are taken off. Postfix: aliases(5).
 */
public final class AliasTargets {
    /** Bound for the targets of one alias; what stands behind is refused as a whole. */
    public static final int MOST_TARGETS = 10_000;

    /** What an alias stands for. */
    public sealed interface Target {
        /** A name or an address, internal form. */
        record Mail(String address) implements Target {}

        /** What stands behind {@code |}. */
        record Command(String command) implements Target {}

        /** A path. */
        record File(String path) implements Target {}

        /** What stands behind {@code :include:}. */
        record Include(String path) implements Target {}
    }

    private AliasTargets() {}

    /** Parses a value; empty elements are passed over. */
    public static List<Target> parse(String value) {
        List<Target> targets = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        boolean quoted = false;
        int comment = 0;
        for (int i = 0; i < value.length() && targets.size() < MOST_TARGETS; i++) {
            char c = value.charAt(i);
            if (c == '\\' && i + 1 < value.length()) {
                i++;
                if (comment == 0) {
                    element.append(value.charAt(i));
                }
            } else if (comment == 0 && c == '"') {
                quoted = !quoted;
            } else if (!quoted && c == '(') {
                comment++;
            } else if (!quoted && comment > 0) {
                comment -= c == ')' ? 1 : 0;
            } else if (!quoted && c == ',') {
                add(targets, element);
            } else {
                element.append(c);
            }
        }
        add(targets, element);
        return List.copyOf(targets);
    }

    private static void add(List<Target> targets, StringBuilder element) {
        String text = Objects.requireNonNull(element.toString()).strip();
        element.setLength(0);
        int open = text.lastIndexOf('<');
        if (open >= 0 && text.endsWith(">")) {
            text = text.substring(open + 1, text.length() - 1).strip();
        }
        if (text.isEmpty()) {
            return;
        }
        if (text.startsWith("|")) {
            targets.add(new Target.Command(text.substring(1)));
        } else if (text.startsWith("/")) {
            targets.add(new Target.File(text));
        } else if (text.startsWith(":include:")) {
            targets.add(new Target.Include(text.substring(":include:".length())));
        } else {
            targets.add(new Target.Mail(text));
        }
    }
}
