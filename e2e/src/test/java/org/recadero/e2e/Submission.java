package org.recadero.e2e;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One call of sendmail.
 *
 * @param name what is special about it, for the report
 * @param user who calls
 * @param arguments of sendmail
 * @param text standard input, as UTF-8 unless it says otherwise
 * @param foldedByPostfix Postfix writes its address fields anew, with folds of its own
 */
record Submission(String name, String user, List<String> arguments, String text, boolean foldedByPostfix) {
    /** {@code Field: a,↵\tb} with more lines. */
    private static final Pattern FOLD = Pattern.compile(",\n\t(?=[^\n]*@)");

    private static final Pattern NOTICE = Pattern.compile("(?:notification: |forwarded as )([0-9A-F]{1,15})\\b");
    private static final List<String> MAILBOXES = List.of("root", "usuario", "otro");

    Submission(String name, String user, List<String> arguments, String text) {
        this(name, user, arguments, text, false);
    }

    @Override
    public String toString() {
        return name;
    }

    /** The same, where folds in address fields do not count. */
    Submission foldedByPostfixOnly() {
        return new Submission(name, user, arguments, text, true);
    }

    /**
     * What came of a submission, masked.
     *
     * @param result of the command
     * @param mailboxes name, owner and text of each mailbox that has mail
     * @param log lines about it
     */
    record Observed(String result, String mailboxes, String log) {}

    /** Empties the mailboxes, submits, waits until nothing of it is left in the queue and looks at what came of it. */
    Observed observe(Machine machine, Mta.Client client) {
        machine.shell("rm -f /var/mail/*").succeeded();
        int mark = machine.mailLog().size();
        Result result = machine.exec(
                user, text.getBytes(StandardCharsets.UTF_8), machine.mta().sendmail(client, arguments));
        if (result.status() == 0) {
            awaitQuiet(machine, mark);
        }
        List<LogLine> log = news(machine, mark);
        Masks masks = new Masks(machine.mta(), log);
        String said = "status " + result.status() + "\n" + result.out() + result.err();
        String mailboxes = mailboxes(machine, masks);
        if (foldedByPostfix && Differs.applies()) {
            Differs.note(
                    name,
                    "an address field keeps its folds where an address in it is completed (CONTRACTS, names and words)");
            mailboxes = FOLD.matcher(mailboxes).replaceAll(", ");
        }
        return new Observed(masks.text(said), mailboxes, masks.log(log));
    }

    /** The log lines after the first {@code mark}, less those about mail that was named before: its last ones may come late. */
    static List<LogLine> news(Machine machine, int mark) {
        List<LogLine> all = machine.mailLog();
        Set<String> before = queued(all.subList(0, mark));
        return all.subList(mark, all.size()).stream()
                .filter(line -> !before.contains(line.queueId()))
                .toList();
    }

    /** The log lines after the first {@code mark}. */
    static List<LogLine> since(Machine machine, int mark) {
        List<LogLine> log = machine.mailLog();
        return log.subList(mark, log.size());
    }

    /**
     * Waits until the log after {@code mark} names a queued message that it did not name before, and all such are removed from the
     * queue.
     */
    static void awaitQuiet(Machine machine, int mark) {
        machine.awaitUntil("all mail is delivered and gone from the queue", () -> {
            List<LogLine> log = news(machine, mark);
            Set<String> open = queued(log);
            boolean seen = !open.isEmpty();
            log.stream()
                    .filter(line -> line.text().equals("removed"))
                    .map(LogLine::queueId)
                    .forEach(open::remove);
            return seen && open.isEmpty();
        });
    }

    /** The first outcome that the log has after {@code mark}, once there is one. */
    static LogLine awaitOutcome(Machine machine, int mark) {
        machine.awaitUntil(
                "an outcome is logged", () -> !outcomes(machine, mark).isEmpty());
        return outcomes(machine, mark).getFirst();
    }

    /** The outcomes that the log has after {@code mark} so far. */
    static List<LogLine> outcomes(Machine machine, int mark) {
        return since(machine, mark).stream().filter(LogLine::isOutcome).toList();
    }

    /** Ids of messages in the queue; one that cleanup(8) named and then gave up (a notice nobody wants) is none. */
    static Set<String> queued(List<LogLine> log) {
        Set<String> ids = new HashSet<>();
        for (LogLine line : log) {
            Matcher notice = NOTICE.matcher(line.text());
            if (notice.find()) {
                ids.add(notice.group(1));
            }
            if (!line.queueId().isEmpty() && !line.text().startsWith("message-id=")) {
                ids.add(line.queueId());
            }
        }
        return ids;
    }

    /** Several messages in one mailbox are sorted: two agents may work at a time. */
    private static String mailboxes(Machine machine, Masks masks) {
        TreeMap<String, String> found = new TreeMap<>();
        for (String name : MAILBOXES) {
            String path = "/var/mail/" + name;
            String owner = machine.ownerAndMode(path);
            if (!owner.equals("none")) {
                String sorted = Mbox.messages(machine.read(path)).stream()
                        .map(message -> masks.text(message.text()))
                        .sorted()
                        .collect(Collectors.joining());
                found.put(path, owner + "\n" + sorted);
            }
        }
        return found.entrySet().stream()
                .map(entry -> "=== " + entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining());
    }
}
