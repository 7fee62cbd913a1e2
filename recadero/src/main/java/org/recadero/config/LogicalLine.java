package org.recadero.config;

import java.util.ArrayList;
import java.util.List;

/**
 * A logical line of main.cf, master.cf or a table's text: continuation lines joined with their leading blanks, empty lines and
 * comments gone. A NUL ends it, as in Postfix.
 *
 * <p>Postfix: readlline(3).
 *
 * @param text begins with a blank only where no line stood before that it could continue
 * @param line the first physical line, counted from 1
 */
record LogicalLine(String text, int line) {
    /** The logical lines of a file's text. A line that begins with a blank continues the last one that is no comment. */
    static List<LogicalLine> of(String file) {
        List<LogicalLine> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int begin = 0;
        int number = 0;
        int at = 0;
        while (at < file.length()) {
            int end = file.indexOf('\n', at);
            String line = file.substring(at, end < 0 ? file.length() : end);
            at = end < 0 ? file.length() : end + 1;
            number++;
            if (Blanks.isEmptyOrComment(line)) {
                continue;
            }
            if (begin == 0 || !Blanks.beginsBlank(line)) {
                finish(lines, current, begin);
                begin = number;
            }
            current.append(line);
        }
        finish(lines, current, begin);
        return lines;
    }

    private static void finish(List<LogicalLine> lines, StringBuilder current, int begin) {
        if (begin > 0) {
            int nul = current.indexOf("\0");
            lines.add(new LogicalLine(nul < 0 ? current.toString() : current.substring(0, nul), begin));
        }
        current.setLength(0);
    }
}
