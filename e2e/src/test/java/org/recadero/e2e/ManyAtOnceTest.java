package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Calls of sendmail from ten processes at a time to one mbox: all there, once each, none mixed. */
class ManyAtOnceTest {
    private static final boolean LONG = Boolean.getBoolean("recadero.long");
    private static final int MESSAGES = LONG ? 5_000 : 500;

    @Test
    void deliversWhatTenProcessesSubmitAtOnceToOneMailboxWholeAndOnce() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            Map<String, Integer> statuses;
            try (Flood.Running flood = Flood.start(machine, "m", 10, MESSAGES, "usuario@localhost")) {
                statuses = flood.statuses();
            }
            assertThat(statuses).hasSize(MESSAGES);
            assertThat(statuses.values()).containsOnly(0);
            machine.awaitUntil(
                    "the queue is empty",
                    () -> machine.exec("root", "", "mailq").out().equals("Mail queue is empty\n"),
                    Duration.ofMinutes(2));

            Map<String, List<Long>> found = Flood.offsetsByTag(machine.read("/var/mail/usuario"));
            assertThat(found.keySet()).containsExactlyElementsOf(statuses.keySet());
            assertThat(found.values()).allMatch(offsets -> offsets.size() == 1);
            assertThat(machine.ownerAndMode("/var/mail/usuario")).isEqualTo("1001:8:600");
            assertThat(machine.ownerAndMode("/var/mail/usuario.lock")).isEqualTo("none");
        }
    }

    /** What is delivered leaves the disk: two segments and the spare one (SAFETY 12) are left of 100,000 messages. */
    @Test
    void aHundredThousandMessagesLeaveAtMostTwoSegments() {
        assumeTrue(LONG, "only with -Drecadero.long=true");
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has no segments");
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            try (Flood.Running flood = Flood.start(machine, "c", 10, 100_000, "usuario@localhost")) {
                assertThat(flood.statuses().values()).containsOnly(0);
            }
            machine.awaitUntil(
                    "the queue is empty",
                    () -> machine.exec("root", "", "mailq").out().equals("Mail queue is empty\n"),
                    Duration.ofMinutes(30));
            assertThat(machine.shell("grep -c '^From ' /var/mail/usuario").line())
                    .isEqualTo("100000");
            machine.awaitUntil(
                    "the segments that are done are gone",
                    () -> Integer.parseInt(machine.shell("ls /var/spool/postfix/recadero/log | wc -l")
                                    .line())
                            <= 3,
                    Duration.ofMinutes(2));
        }
    }
}
