package org.recadero.command;

import java.io.PrintStream;

/**
 * What {@code postconf} prints: kept until the end, because a fatal error prints nothing else on standard output. One thread.
 *
 * <p>Postfix: postconf(1), msg(3).
 */
final class PostconfOutput {
    private static final int LINE_LIMIT = 80;
    private static final String INDENT = "    ";

    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();

    void line(String text) {
        out.append(text).append('\n');
    }

    /** The words of a text, one blank between them; folded at 80 characters if wanted. */
    void words(String text, boolean fold) {
        int lineLength = 0;
        for (String word : text.split("[ \t\r\n]+", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            if (lineLength > 0 && fold && lineLength + 1 + word.length() > LINE_LIMIT) {
                out.append('\n').append(INDENT);
                lineLength = INDENT.length();
            } else if (lineLength > 0) {
                out.append(' ');
                lineLength++;
            }
            out.append(word);
            lineLength += word.length();
        }
        out.append('\n');
    }

    /** {@code name = value}, or what {@code -h} and {@code -H} leave of it. */
    void parameter(PostconfOptions options, String name, String value) {
        boolean fold = options.has(PostconfOptions.Letter.FOLD);
        if (options.has(PostconfOptions.Letter.NO_NAMES)) {
            words(value, fold);
        } else if (options.has(PostconfOptions.Letter.NO_VALUES)) {
            line(name);
        } else {
            words(name + " = " + value, fold);
        }
    }

    void warning(String text) {
        message("warning: " + text);
    }

    void message(String text) {
        err.append("postconf: ");
        // Postfix: msg_output(3): what an administrator's terminal might obey is not shown
        text.chars().forEach(c -> err.append(c < ' ' || c == 0x7F ? '?' : (char) c));
        err.append('\n');
    }

    /** Nothing that was to be shown is shown. */
    void fatal(String text) {
        out.setLength(0);
        message("fatal: " + text);
    }

    void writeTo(PrintStream standardOutput, PrintStream standardError) {
        byte[] messages = Postconf.bytes(err.toString());
        standardError.write(messages, 0, messages.length);
        standardError.flush();
        byte[] lines = Postconf.bytes(out.toString());
        standardOutput.write(lines, 0, lines.length);
        standardOutput.flush();
    }
}
