package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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

    /** What may stand behind AUTH in the clear: a word that is none of these may be a password. IANA: SASL mechanisms. */
    private static final Pattern MECHANISM = Pattern.compile(
            "PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-[A-Z0-9-]{1,20}|XOAUTH2|OAUTHBEARER|EXTERNAL|ANONYMOUS|GSSAPI|NTLM",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern VERB = Pattern.compile(
            "(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|VRFY|HELP|EXPN|ETRN|STARTTLS)(?:\\s.*)?",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

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
    /** Whether AUTH was the last command: a client that does not mind its refusal goes on with the password. */
    private boolean mayBeSecret;

    Transcript(Rules rules) {
        this.rules = rules;
    }

    /** A command as it came. */
    void said(String line) {
        if (line.stripLeading().toUpperCase(Locale.ROOT).startsWith("AUTH")) {
            mayBeSecret = true;
            add("In:  " + hidden(line));
        } else if (mayBeSecret && !VERB.matcher(line.strip()).matches()) {
            saidInSecret();
        } else {
            mayBeSecret = false;
            add("In:  " + line);
        }
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
        boolean named = words.length > 1 && MECHANISM.matcher(words[1]).matches();
        if (words.length == 1 || (words.length == 2 && named)) {
            return words[0].length() == "AUTH".length() ? line : "AUTH" + HIDDEN;
        }
        return "AUTH " + (named ? words[1] + " " : "") + HIDDEN;
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
