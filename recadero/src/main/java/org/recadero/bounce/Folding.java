package org.recadero.bounce;

/** Breaks a line at blanks: lines of at most {@value #WIDTH} characters, those after the first begin with four blanks. */
final class Folding {
    static final int WIDTH = 79;
    private static final String INDENT = "    ";

    private Folding() {}

    /** A word that is too long stands alone and whole. Postfix: line_wrap(3). */
    static String fold(String text) {
        StringBuilder folded = new StringBuilder(text.length() + 32);
        int lineStart = 0;
        int room = WIDTH;
        while (text.length() - lineStart > room) {
            int end = breakAt(text, lineStart, room);
            if (end < 0) {
                break;
            }
            folded.append(text, lineStart, end).append('\n').append(INDENT);
            lineStart = end;
            while (lineStart < text.length() && text.charAt(lineStart) == ' ') {
                lineStart++;
            }
            room = WIDTH - INDENT.length();
        }
        return folded.append(text, lineStart, text.length()).toString();
    }

    /** The blank at which a line ends: the last one that leaves it short enough, else the first one; -1: there is none. */
    private static int breakAt(String text, int start, int room) {
        int last = -1;
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) != ' ' || i == start || text.charAt(i - 1) == ' ') {
                continue;
            }
            if (i - start <= room) {
                last = i;
            } else {
                return last >= 0 ? last : i;
            }
        }
        return last;
    }
}
