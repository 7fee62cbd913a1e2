package org.recadero.e2e;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of the mail log as busybox's syslogd writes it.
 *
 * @param host the machine's short name
 * @param severity as {@code mail.info}
 * @param program the tag without process id, as {@code postfix/local}
 * @param pid the process id of the tag; 0 where there is none
 * @param queueId empty where the line is about no message
 * @param text what follows
 */
record LogLine(String host, String severity, String program, long pid, String queueId, String text) {
    private static final Pattern LINE = Pattern.compile(
            "[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d (\\S+) (\\w+\\.\\w+) ([^\\[:\\s]+)(?:\\[(\\d+)\\])?: (.*)");
    private static final Pattern ABOUT_A_MESSAGE = Pattern.compile("([0-9A-F]{1,15}): (.*)");
    private static final Pattern FIELD = Pattern.compile("(?:^|, )([a-z_]+)=(<[^>]*>|[^,<]*)");

    /** The lines that have the shape of a log line; others are left out. */
    static List<LogLine> parse(String log) {
        return log.lines().map(LogLine::of).flatMap(Optional::stream).toList();
    }

    private static Optional<LogLine> of(String line) {
        Matcher m = LINE.matcher(line);
        if (!m.matches()) {
            return Optional.empty();
        }
        Matcher id = ABOUT_A_MESSAGE.matcher(m.group(5));
        boolean known = id.matches();
        long pid = m.group(4) == null ? 0 : Long.parseLong(m.group(4));
        return Optional.of(new LogLine(
                m.group(1), m.group(2), m.group(3), pid, known ? id.group(1) : "", known ? id.group(2) : m.group(5)));
    }

    /** The value of {@code name=value} in the text, without angle brackets' change; empty where there is none. */
    String field(String name) {
        Matcher m = FIELD.matcher(text);
        while (m.find()) {
            if (m.group(1).equals(name)) {
                return m.group(2);
            }
        }
        return "";
    }

    /** Whether this says that a recipient is dealt with for now: sent, deferred, bounced or expired. */
    boolean isOutcome() {
        return !queueId.isEmpty() && text.startsWith("to=<") && text.contains(", status=");
    }
}
