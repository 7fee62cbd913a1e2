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
            machine.awaitEmptyQueue(Duration.ofMinutes(5));

            Map<String, List<Long>> found = Flood.offsetsByTag(machine.read("/var/mail/usuario"));
            assertThat(found.keySet()).containsExactlyElementsOf(statuses.keySet());
            assertThat(found.values()).allMatch(offsets -> offsets.size() == 1);
            assertThat(machine.ownerAndMode("/var/mail/usuario")).isEqualTo("1001:8:600");
            assertThat(machine.ownerAndMode("/var/mail/usuario.lock")).isEqualTo("none");
        }
    }

    /**
     * What is delivered leaves the disk: two segments and the spare one (SAFETY 12) are left of 100,000 messages, and of 150 that fill
     * nine segments.
     */
    @Test
    void whatIsDeliveredLeavesAtMostTwoSegments() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has no segments");
        int messages = LONG ? 100_000 : 150;
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            if (LONG) {
                try (Flood.Running flood = Flood.start(machine, "c", 10, messages, "usuario@localhost")) {
                    assertThat(flood.statuses().values()).containsOnly(0);
                }
            } else {
                machine.shell(
                                "{ printf 'Subject: x\\n\\n'; yes 'sesenta y cuatro octetos en cada linea, que asi se cuentan bien.' |"
                                        + " head -n 14000; } >/root/m; for i in $(seq " + messages
                                        + "); do sendmail -i usuario </root/m || exit 1; done")
                        .succeeded();
            }
            machine.awaitEmptyQueue(Duration.ofMinutes(30));
            assertThat(machine.shell("grep -c '^From ' /var/mail/usuario").line())
                    .isEqualTo(Integer.toString(messages));
            machine.awaitUntil(
                    "the segments that are done are gone",
                    () -> Integer.parseInt(machine.shell("ls /var/spool/postfix/recadero/log | wc -l")
                                    .line())
                            <= 3,
                    Duration.ofMinutes(2));
            Figure.print(
                    "files in the log's folder after " + messages + " messages",
                    machine.shell("ls /var/spool/postfix/recadero/log")
                            .out()
                            .lines()
                            .toList());
        }
    }
}
