package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.recadero.smtp.Reply;

/**
 * What was said in one session, for the postmaster; forgotten from time to time while nothing has gone wrong. Passwords are never
 * in it. Used by one thread. Postfix: smtpd_chat(3).
 */
final class Transcript {
    /** Bound for all that is kept, in lines. */
    static final int MOST_LINES = 1_000;

    /** Bound for one line, in characters. */
    private static final int MOST_CHARS = 1_000;

    private static final String HIDDEN = "****";

    /**
     * What is to be told.
     *
     * @param flushAt so many lines without trouble are forgotten ({@code smtpd_history_flush_threshold})
     */
    record Rules(Set<SessionTrouble> wanted, int flushAt) {
        static final Rules NOTHING = new Rules(Set.of(), 1);

        Rules {
            wanted = Set.copyOf(wanted);
        }
    }

    private final Rules rules;
    private final List<String> lines = new ArrayList<>();
    private final Set<SessionTrouble> troubles = EnumSet.noneOf(SessionTrouble.class);
    private boolean cut;

    Transcript(Rules rules) {
        this.rules = rules;
    }

    /** A command as it came. */
    void said(String line) {
        String upper = line.stripLeading().toUpperCase(Locale.ROOT);
        add("In:  " + (upper.startsWith("AUTH") ? hidden(line) : line));
    }

    /** A line of a SASL exchange: only that there was one. */
    void saidInSecret() {
        add("In:  " + HIDDEN);
    }

    void answered(Reply reply) {
        reply.wire().forEach(line -> add("Out: " + line));
    }

    private static String hidden(String line) {
        String[] words = line.strip().split("[ \t]+", 3);
        return words.length < 3 ? line : words[0] + " " + words[1] + " " + HIDDEN;
    }

    private void add(String line) {
        if (rules.wanted().isEmpty()) {
            return;
        }
        if (troubles.isEmpty() && lines.size() >= rules.flushAt()) {
            lines.clear();
        }
        if (lines.size() < MOST_LINES) {
            lines.add(line.length() <= MOST_CHARS ? line : line.substring(0, MOST_CHARS));
        } else {
            cut = true;
        }
    }

    void trouble(SessionTrouble trouble) {
        if (rules.wanted().contains(trouble)) {
            troubles.add(trouble);
        }
    }

    /** Tells whoever wants to know, if there was anything. */
    void tell(Postmaster postmaster, String client) {
        if (troubles.isEmpty()) {
            return;
        }
        List<String> all = new ArrayList<>(lines);
        if (cut) {
            all.add("[more than " + MOST_LINES + " lines]");
        }
        postmaster.tell(Set.copyOf(troubles), client, all);
    }
}
