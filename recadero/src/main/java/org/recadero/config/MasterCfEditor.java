package org.recadero.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Edits master.cf in place as {@code postconf -M}, {@code -F} and {@code -P} do. All lines of other services stay byte for
 * byte. Postfix: postconf(1).
 */
public final class MasterCfEditor {
    /** What becomes of one service. */
    @FunctionalInterface
    public interface Change {
        MasterCf.Entry apply(MasterCf.Entry entry) throws ConfigurationException;
    }

    private enum Work {
        REPLACE_AT_FIRST_LINE,
        REMOVE,
        COMMENT_OUT
    }

    /** A physical line and the number of the service that it belongs to; -1: none, or a comment. */
    private record Line(String text, int service) {}

    private MasterCfEditor() {}

    /** {@code -Me}: the services' lines are replaced by one line; it comes last where there is no such service. */
    public static String replace(String text, Predicate<String> label, MasterCf.Entry by) {
        boolean found = labels(text).stream().anyMatch(label);
        String edited = edit(text, label, Work.REPLACE_AT_FIRST_LINE, MasterCfLine.print(by, true) + "\n");
        return found ? edited : withNewline(edited) + MasterCfLine.print(by, true) + "\n";
    }

    /** {@code -MX}. */
    public static String remove(String text, Predicate<String> label) {
        return edit(text, label, Work.REMOVE, "");
    }

    /** {@code -M#}. */
    public static String commentOut(String text, Predicate<String> label) {
        return edit(text, label, Work.COMMENT_OUT, "");
    }

    /**
     * {@code -F} and {@code -P}: the services are printed anew, behind the comments that follow them.
     *
     * @param entries the services of this text, in its order
     * @throws ConfigurationException where the change cannot be
     */
    public static String change(
            String text, List<MasterCf.Entry> entries, Predicate<MasterCf.Entry> which, Change change)
            throws ConfigurationException {
        StringBuilder out = new StringBuilder(text.length() + 256);
        int current = -1;
        for (Line line : lines(text)) {
            if (line.service() >= 0 && line.service() != current) {
                printChanged(out, entries, current, which, change);
                current = line.service();
            }
            if (line.service() < 0 || !which.test(entries.get(line.service()))) {
                out.append(line.text());
            }
        }
        printChanged(out, entries, current, which, change);
        return out.toString();
    }

    private static void printChanged(
            StringBuilder out,
            List<MasterCf.Entry> entries,
            int service,
            Predicate<MasterCf.Entry> which,
            Change change)
            throws ConfigurationException {
        if (service >= 0 && which.test(entries.get(service))) {
            if (!out.isEmpty() && out.charAt(out.length() - 1) != '\n') {
                out.append('\n');
            }
            out.append(MasterCfLine.print(change.apply(entries.get(service)), true))
                    .append('\n');
        }
    }

    private static String edit(String text, Predicate<String> label, Work work, String by) {
        StringBuilder out = new StringBuilder(text.length() + 256);
        Set<Integer> printed = new LinkedHashSet<>();
        List<String> labels = labels(text);
        for (Line line : lines(text)) {
            if (line.service() < 0 || !label.test(labels.get(line.service()))) {
                out.append(line.text());
            } else if (work == Work.COMMENT_OUT) {
                out.append('#').append(line.text());
            } else if (work == Work.REPLACE_AT_FIRST_LINE && printed.add(line.service())) {
                out.append(by);
            }
        }
        return out.toString();
    }

    private static String withNewline(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    /** Each service's {@code name/type}. */
    private static List<String> labels(String text) {
        List<String> labels = new ArrayList<>();
        for (LogicalLine line : LogicalLine.of(text)) {
            if (!Blanks.beginsBlank(line.text())) {
                List<String> words = MasterCfLine.tokens(line.text());
                labels.add(words.get(0) + "/" + (words.size() > 1 ? words.get(1) : ""));
            }
        }
        return labels;
    }

    private static List<Line> lines(String text) {
        List<Line> lines = new ArrayList<>();
        int service = -1;
        int at = 0;
        while (at < text.length()) {
            int newline = text.indexOf('\n', at);
            int end = newline < 0 ? text.length() : newline + 1;
            String line = text.substring(at, end);
            at = end;
            boolean silent = Blanks.isEmptyOrComment(line);
            if (!silent && !Blanks.beginsBlank(line)) {
                service++;
            }
            lines.add(new Line(line, silent ? -1 : service));
        }
        return lines;
    }
}
