package org.recadero.receive.smtpd;

import java.util.EnumMap;
import java.util.Map;
import org.recadero.smtp.VerbName;

/** How often a client used each command, and how often with success: the end of the disconnect line. Used by one thread. */
final class CommandCounts {
    private final Map<VerbName, Integer> total = new EnumMap<>(VerbName.class);
    private final Map<VerbName, Integer> good = new EnumMap<>(VerbName.class);

    void count(VerbName name, boolean success) {
        total.merge(name, 1, Integer::sum);
        good.merge(name, success ? 1 : 0, Integer::sum);
    }

    /** A command that was counted as a success failed after all. */
    void failed(VerbName name) {
        good.merge(name, -1, Integer::sum);
    }

    /** What was counted last under this name, as no success, was no command. */
    void forget(VerbName name) {
        total.computeIfPresent(name, (n, count) -> count == 1 ? null : count - 1);
    }

    /** {@code ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int allGood = 0;
        int all = 0;
        for (Map.Entry<VerbName, Integer> entry : total.entrySet()) {
            int successes = good.getOrDefault(entry.getKey(), 0);
            text.append(entry.getKey().word()).append('=').append(of(successes, entry.getValue()));
            text.append(' ');
            allGood += successes;
            all += entry.getValue();
        }
        return text.append("commands=")
                .append(all == 0 ? "0/0" : of(allGood, all))
                .toString();
    }

    private static String of(int good, int total) {
        return good == total ? Integer.toString(total) : good + "/" + total;
    }
}
