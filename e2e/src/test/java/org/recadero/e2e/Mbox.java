package org.recadero.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An mbox taken apart at its From_ lines. */
final class Mbox {
    private static final Pattern FROM = Pattern.compile("(?:^|\n\n)(From [^\n]*\n)");

    private Mbox() {}

    /**
     * @param offset of the From_ line in the mailbox
     * @param text from the From_ line to the blank line that ends it
     */
    record Message(long offset, String text) {
        /** What follows the header's blank line. */
        String body() {
            int blank = text.indexOf("\n\n");
            return blank < 0 ? "" : text.substring(blank + 2);
        }
    }

    /** The messages in order. Text before the first From_ line is a failure of the test. */
    static List<Message> messages(String mailbox) {
        List<Integer> starts = new ArrayList<>();
        Matcher m = FROM.matcher(mailbox);
        int from = 0;
        while (m.find(from)) {
            starts.add(m.start(1));
            from = m.start(1) + 1;
        }
        if (!mailbox.isEmpty() && (starts.isEmpty() || starts.getFirst() != 0)) {
            throw new AssertionError(
                    "the mailbox does not begin with From_: " + mailbox.substring(0, Math.min(200, mailbox.length())));
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? starts.get(i + 1) : mailbox.length();
            messages.add(new Message(starts.get(i), mailbox.substring(starts.get(i), end)));
        }
        return messages;
    }
}
