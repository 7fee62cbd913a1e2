package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Large messages, many recipients, a full disk: bounded memory, the right status, nothing half-queued. */
class LimitsTest {
    private static final long MAY_GROW_KB = 32 << 10;
    private static final String QUEUE = "/var/spool/postfix/recadero";

    @Test
    void aMessageOfFiftyMegabytesDoesNotGrowTheDaemonByItsSize() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("message_size_limit = 100000000"));
            Chapter.start(machine);
            warmUp(machine);
            long before = peakKb(machine);

            machine.shell(
                            "(printf 'Subject: grande\\n\\n'; yes 0123456789012345678901234567890123456789012345678 | head -n 1000000) "
                                    + "| sendmail usuario")
                    .succeeded();
            machine.awaitUntil(
                    "it lies in the mailbox",
                    () -> machine.shell("stat -c %s /var/mail/usuario").line().length() == 8
                            && machine.exec("root", "", "mailq").out().equals(Machine.EMPTY_QUEUE),
                    Duration.ofMinutes(3));

            assertThat(machine.shell("grep -c 0123456789012345678901234567890123456789012345678 /var/mail/usuario")
                            .line())
                    .isEqualTo("1000000");
            assertGrowth(machine, before);
        }
    }

    @Test
    void tenThousandRecipientsDoNotGrowTheDaemonMuchAndAllAreDealtWith() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("default_transport = discard:"));
            Chapter.start(machine);
            warmUp(machine);
            long before = peakKb(machine);
            int mark = machine.mailLog().size();

            List<String> recipients = new ArrayList<>(IntStream.range(0, 10_000)
                    .mapToObj(i -> "destinatario" + i + "@servidor-externo.org")
                    .toList());
            machine.exec("usuario", "Subject: x\n\nhola\n", machine.mta().sendmail(Mta.Client.C, recipients))
                    .succeeded();
            Submission.awaitQuiet(machine, mark);

            assertThat(Submission.since(machine, mark).stream()
                            .filter(LogLine::isOutcome)
                            .count())
                    .isEqualTo(10_000);
            assertGrowth(machine, before);
        }
    }

    /** SAFETY 12: a full disk stops the intake with 75 and a text; what is queued goes out, and when there is room mail comes in. */
    @Test
    void aFullDiskRefusesNewMailAndTakesItAgainWhenThereIsRoom() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix waits for room");
        try (Machine machine = Machine.withSubject()) {
            machine.exec("root", "", "recadero", "init").succeeded();
            machine.shell("cp -a " + QUEUE + " /root/cola; mount -t tmpfs -o mode=755,size=400m x " + QUEUE
                            + "; chown --reference=/root/cola " + QUEUE + "; chmod --reference=/root/cola " + QUEUE
                            + "; cp -a /root/cola/. " + QUEUE)
                    .succeeded();
            Chapter.setUp(machine);
            warmUp(machine);
            machine.shell("dd if=/dev/zero of=" + QUEUE + "/relleno bs=64k 2>/dev/null; sync");

            // the spare segment may still take some mail in: submit until it is refused
            List<Result> results = new ArrayList<>();
            String text = "Subject: x\n\n" + "0123456789012345678901234567890\n".repeat(30_000);
            for (int i = 0; i < 100 && results.stream().allMatch(result -> result.status() == 0); i++) {
                results.add(machine.exec("usuario", text, machine.mta().sendmail(Mta.Client.C, List.of("usuario"))));
            }
            Result refused = results.getLast();
            assertThat(refused.status()).isEqualTo(75);
            assertThat(refused.err()).isNotBlank();
            assertThat(refused.out()).isEmpty();

            machine.shell("rm " + QUEUE + "/relleno").succeeded();
            machine.awaitUntil(
                    "mail is taken in again",
                    () -> machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                                    .status()
                            == 0);
            machine.awaitUntil(
                    "all that was accepted is delivered, nothing of what was refused",
                    () -> machine.exec("root", "", "mailq").out().equals(Machine.EMPTY_QUEUE)
                            && Mbox.messages(machine.read("/var/mail/usuario")).size() == results.size() + 1,
                    Duration.ofMinutes(3));
        }
    }

    private static void warmUp(Machine machine) {
        int mark = machine.mailLog().size();
        machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                .succeeded();
        Submission.awaitQuiet(machine, mark);
    }

    private static void assertGrowth(Machine machine, long before) {
        long grown = peakKb(machine) - before;
        Figure.print("peak memory grew by, KB", grown);
        assertThat(grown).isLessThan(MAY_GROW_KB);
    }

    private static long peakKb(Machine machine) {
        return machine.proc(machine.daemonPid(), "status")
                .orElse("")
                .lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the daemon is gone\n" + machine.tail()));
    }
}
