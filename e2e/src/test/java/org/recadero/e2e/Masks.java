package org.recadero.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Makes two runs comparable: queue ids, process ids, dates, times and the product's name give way to fixed words. */
final class Masks {
    private static final String DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    private static final String MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
    private static final Pattern ASCTIME =
            Pattern.compile(DAY + " " + MONTH + " [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?= \\d{4}\\b| )(?: \\d{4})?");
    private static final Pattern RFC_DATE =
            Pattern.compile(DAY + ", [ \\d]?\\d " + MONTH + " \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4} \\(\\w+\\)");
    private static final Pattern STAMP = Pattern.compile("<\\d{14}\\.(Q\\d+)@");
    private static final Pattern BOUNDARY = Pattern.compile("(Q\\d+)\\.\\d{9,10}/");
    private static final Pattern DELAY = Pattern.compile("\\bdelay=[\\d.]+, delays=[\\d.]+/[\\d.]+/[\\d.]+/[\\d.]+");
    private static final Pattern SIZE = Pattern.compile("\\bsize=\\d+");
    private static final Pattern SIZE_IN_NOTICE = Pattern.compile("(?m)^(?:Arrival-Date: ).*$");

    private final Mta mta;
    private final List<String> ids = new ArrayList<>();

    /** Masks for texts of {@code mta}; queue ids are numbered in the order in which {@code log} names them. */
    Masks(Mta mta, List<LogLine> log) {
        this.mta = mta;
        Set<String> queued = Submission.queued(log);
        for (LogLine line : log) {
            if (queued.contains(line.queueId()) && !ids.contains(line.queueId())) {
                ids.add(line.queueId());
            }
        }
    }

    /** Less Postfix's lines about the sockets of services that Recadero does not have; a socket of its own goes with the daemon. */
    static String withoutServices(String text) {
        return text.replaceAll("(?m)^postqueue: warning: (?:connect to|unable to look up) public/.*\\n", "")
                .replaceAll("(showq service: )(?:Connection refused|No such file or directory)", "$1REASON");
    }

    /** A message, a notice or what a command printed. */
    String text(String text) {
        String masked = text;
        for (int i = 0; i < ids.size(); i++) {
            masked = masked.replaceAll("(?<![0-9A-Za-z])" + ids.get(i) + "(?![0-9A-Za-z])", "Q" + i);
        }
        masked = STAMP.matcher(masked).replaceAll("<STAMP.$1@");
        masked = BOUNDARY.matcher(masked).replaceAll("$1.TIME/");
        masked = RFC_DATE.matcher(masked).replaceAll("DATE");
        masked = ASCTIME.matcher(masked).replaceAll("ASCTIME");
        masked = SIZE_IN_NOTICE.matcher(masked).replaceAll("Arrival-Date: DATE");
        return sortedReports(masked.replace(mta.mailName(), Mta.REFERENCE.mailName()));
    }

    /** In a notice about several recipients their order is that in which Postfix's agents, which work side by side, came to an end. */
    private static String sortedReports(String text) {
        List<String> paragraphs = new ArrayList<>(List.of(text.split("\n\n", -1)));
        for (String start : List.of("<", "Final-Recipient: ")) {
            for (int from = 0; from < paragraphs.size(); from++) {
                int to = from;
                while (to < paragraphs.size() && paragraphs.get(to).startsWith(start)) {
                    to++;
                }
                paragraphs.subList(from, to).sort(null);
                from = Math.max(from, to - 1);
            }
        }
        return String.join("\n\n", paragraphs);
    }

    /**
     * The lines about messages, in order for each message (lines of different messages may overtake each other); the
     * recipients of one message are sorted, as several agents may work at a time.
     */
    String log(List<LogLine> log) {
        TreeMap<Integer, List<String>> each = new TreeMap<>();
        for (LogLine line : log) {
            if (ids.contains(line.queueId())) {
                String text = SIZE.matcher(DELAY.matcher(line.text()).replaceAll("delay=D, delays=D/D/D/D"))
                        .replaceAll("size=N");
                each.computeIfAbsent(ids.indexOf(line.queueId()), id -> new ArrayList<>())
                        .add(line.host() + " " + line.severity() + " " + line.program() + "[PID]: Q"
                                + ids.indexOf(line.queueId()) + ": " + text(text));
            }
        }
        StringBuilder all = new StringBuilder();
        for (List<String> lines : each.values()) {
            all.append(String.join("\n", sortedRecipients(lines))).append('\n');
        }
        return all.toString();
    }

    private static List<String> sortedRecipients(List<String> lines) {
        List<String> sorted = new ArrayList<>(lines);
        List<String> recipients =
                lines.stream().filter(Masks::isRecipient).sorted().toList();
        int next = 0;
        for (int i = 0; i < sorted.size(); i++) {
            if (isRecipient(sorted.get(i))) {
                sorted.set(i, recipients.get(next++));
            }
        }
        return sorted;
    }

    private static boolean isRecipient(String line) {
        return line.contains(": to=<");
    }
}
