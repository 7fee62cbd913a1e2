package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A recipient that stands for several places, one of them a user whose mailbox another transport fills: each part goes its way in the
 * first attempt, as from Postfix, and what has the mail does not get it again, also when the daemon is killed meanwhile.
 */
class PartsTest {
    private static final String SEEN = "/tmp/seen";
    private static final Pattern DELAYS = Pattern.compile(" delay=[^ ]*, delays=[^ ]*,");

    private static final String ALIASES = """
            usuario: \\usuario, "|echo waits >>/tmp/seen; test -e /tmp/goes || exit 75", "|echo works >>/tmp/seen"
            jefe: otro
            """;

    private static final String MASTER = """
            sink unix - n n - - pipe
              user=nobody argv=/usr/local/bin/sink ${recipient} ${original_recipient}
            """;

    private static final String SINK = """
            #!/bin/sh
            cat >/dev/null
            echo "copy of $1, for $2" >>/tmp/seen
            test ! -e /tmp/away || exit 75
            """;

    private static void setUp(Machine machine) {
        Chapter.configure(machine);
        machine.exec("root", ALIASES, "sh", "-c", "cat >>/etc/aliases; newaliases")
                .succeeded();
        machine.exec("root", MASTER, "sh", "-c", "cat >>/etc/postfix/master.cf").succeeded();
        machine.exec("root", SINK, "sh", "-c", "cat >/usr/local/bin/sink; chmod 755 /usr/local/bin/sink")
                .succeeded();
        machine.shell("touch " + SEEN + "; chmod 666 " + SEEN).succeeded();
        Chapter.settings(machine, List.of("mailbox_transport = sink:"));
        Chapter.start(machine);
    }

    private static void send(Machine machine, String recipient) {
        machine.exec("root", "Subject: x\n\nx\n", "sendmail", recipient).succeeded();
    }

    private static List<String> seen(Machine machine) {
        return machine.read(SEEN).lines().sorted().toList();
    }

    private static void awaitSeen(Machine machine, int lines) {
        machine.awaitUntil(lines + " lines in " + SEEN, () -> seen(machine).size() >= lines);
        machine.awaitRest();
    }

    private static void flush(Machine machine) {
        machine.exec("root", "", "postqueue", "-f").succeeded();
    }

    /** The lines of deliveries, without what differs from run to run. */
    private static List<String> deliveries(Machine machine) {
        return machine.mailLog().stream()
                .filter(line -> line.isOutcome() || line.text().startsWith("passing "))
                .map(line -> line.program() + ": " + DELAYS.matcher(line.text()).replaceAll(""))
                .sorted()
                .toList();
    }

    private static List<String> firstAttempt(Machine machine) {
        setUp(machine);
        send(machine, "usuario");
        awaitSeen(machine, 3);
        send(machine, "jefe");
        awaitSeen(machine, 4);
        assertThat(seen(machine))
                .containsExactly(
                        "copy of otro@example.net, for jefe",
                        "copy of usuario@example.net, for usuario",
                        "waits",
                        "works");
        machine.awaitUntil("each part's line", () -> deliveries(machine).size() >= 6);
        return deliveries(machine);
    }

    @Test
    void eachPartGoesItsWayInTheFirstAttemptAsFromPostfix() {
        try (Machine ours = Machine.withSubject();
                Machine theirs = Machine.withReference()) {
            assertThat(firstAttempt(ours)).hasSize(6).isEqualTo(firstAttempt(theirs));
        }
    }

    /** DIFFERS: Postfix gives the mail to all parts again at each attempt. */
    @Test
    void whatHasTheMailDoesNotGetItAgain() {
        try (Machine machine = Machine.with(Mta.RECADERO)) {
            setUp(machine);
            machine.shell("touch /tmp/away").succeeded();
            send(machine, "usuario");
            awaitSeen(machine, 3);
            machine.shell("rm /tmp/away").succeeded();
            flush(machine);
            awaitSeen(machine, 5);
            assertThat(seen(machine))
                    .as("what works does not get it again while the transport is away")
                    .containsExactly(
                            "copy of usuario@example.net, for usuario",
                            "copy of usuario@example.net, for usuario",
                            "waits",
                            "waits",
                            "works");
            // a hold is forced before postsuper ends, and so is all that was written before (SAFETY 13)
            machine.exec("root", "", "postsuper", "-h", "ALL").succeeded();
            long pid = machine.daemonPid();
            machine.shell("kill -9 " + pid).succeeded();
            machine.awaitUntil(
                    "the killed daemon is gone",
                    () -> machine.proc(pid, "status").isEmpty());
            Chapter.start(machine);
            // what is released is due at once: a flush besides would be another attempt, or none
            machine.exec("root", "", "postsuper", "-H", "ALL").succeeded();
            awaitSeen(machine, 6);
            assertThat(seen(machine)).filteredOn("waits"::equals).hasSize(3);
            machine.shell("touch /tmp/goes").succeeded();
            flush(machine);
            machine.awaitEmptyQueue();
            assertThat(seen(machine)).filteredOn("waits"::equals).hasSize(4);
            assertThat(seen(machine)).hasSize(7);
        }
    }

    @Test
    void theSenderHearsOfWhatWaitedThoughTheUserHasHisCopy() {
        try (Machine machine = Machine.with(Mta.RECADERO)) {
            setUp(machine);
            send(machine, "usuario");
            awaitSeen(machine, 3);
            machine.exec("root", "", "postsuper", "-e", "ALL").succeeded();
            flush(machine);
            machine.awaitEmptyQueue();
            assertThat(seen(machine))
                    .containsExactly(
                            "copy of root@example.net, for root@example.net",
                            "copy of usuario@example.net, for usuario",
                            "waits",
                            "waits",
                            "works");
            assertThat(machine.mailLog())
                    .filteredOn(line -> line.text().contains("sender non-delivery notification"))
                    .hasSize(1);
        }
    }

    @Test
    void theSenderGetsOneNoticeOfAllPartsThatFail() {
        List<Submission> mails = List.of(
                new Submission("one unknown user", "usuario", List.of("falla"), "Subject: x\n\nx\n"),
                new Submission("a command beside them", "usuario", List.of("fallan"), "Subject: x\n\nx\n"));
        try (SideBySide machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            String aliases = "falla: noesta\nfallan: noesta, \"|exit 77\", tampoco\n";
            machine.exec("root", aliases, "sh", "-c", "cat >>/etc/aliases; newaliases")
                    .succeeded();
            Chapter.start(machine);
        })) {
            String reference = machines.equalFor(mails, (mail, machine) -> {
                Submission.Observed observed = mail.observe(machine, Mta.Client.C);
                return observed.result() + observed.mailboxes() + observed.log();
            });
            assertThat(reference)
                    .contains("<noesta@example.net> (expanded from <falla>): unknown user")
                    .contains("<tampoco@example.net> (expanded from <fallan>): unknown user");
            assertThat(reference.split("sender non-delivery notification", -1)).hasSize(3);
        }
    }
}
