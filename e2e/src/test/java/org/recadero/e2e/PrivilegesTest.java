package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who the daemon's threads are, as /proc says, and what a recipient can do to a daemon that delivers to him (SAFETY 1–6). */
class PrivilegesTest {
    /** CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_NET_BIND_SERVICE: bits 5, 6, 7, 10. */
    private static final String FOUR = "00000000000004e0";

    private static final String NONE = "0000000000000000";
    private static final int USUARIO = 1001;

    /** JDK: a carrier thread of virtual threads ends after 30 s without work; SAFETY 3 was seen after 65 s. */
    private static final Duration CARRIERS_IDLE_AWAY =
            Duration.ofSeconds(Boolean.getBoolean("recadero.long") ? 70 : 40);

    /** 50 MB to usuario. */
    private static final String LARGE = "(printf 'Subject: grande\\n\\n'; "
            + "yes 0123456789012345678901234567890123456789012345678 | head -n 1000000; echo FIN) | sendmail usuario";

    private Machine machine;

    /** Outcomes in the log that were waited for. */
    private int sent;

    /** A thread as /proc/PID/task/TID/status shows it; ids are real, effective, saved, file system. */
    private record Task(long tid, String uids, String gids, String groups, String effective, String permitted) {
        int uid(int which) {
            return Integer.parseInt(uids.split("\t", -1)[which]);
        }

        int gid(int which) {
            return Integer.parseInt(gids.split("\t", -1)[which]);
        }
    }

    @BeforeEach
    void setUp() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has processes of root's");
        machine = Machine.withSubject();
        Chapter.configure(machine);
        Chapter.settings(machine, List.of("message_size_limit = 100000000"));
        Chapter.start(machine);
    }

    @AfterEach
    void close() {
        if (machine != null) {
            machine.close();
        }
    }

    @Test
    void theDaemonHasFourCapabilitiesAndNoThreadOfItIsEverRoot() {
        int postfix =
                Integer.parseInt(machine.shell("id -u postfix").succeeded().line());
        String status = machine.proc(machine.daemonPid(), "status").orElseThrow();
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
            assertThat(field(status, set)).as(set).isEqualTo(FOUR);
        }
        // SAFETY 4: chown in it is for users' set-uid programs alone; the daemon cannot take it
        assertThat(field(status, "CapBnd")).isEqualTo("00000000000004e1");
        assertThat(field(status, "Uid")).isEqualTo("%1$d\t%1$d\t%1$d\t%1$d".formatted(postfix));

        try (Flood.Running usuario = Flood.start(machine, "p", 2, 100, "usuario");
                Flood.Running root = Flood.start(machine, "q", 1, 30, "root")) {
            while (!usuario.isDone() || !root.isDone()) {
                for (Task task : tasks()) {
                    assertThat(List.of(task.uid(0), task.uid(2))).containsOnly(postfix);
                    if (task.uid(1) != postfix) {
                        // SAFETY 2, CONTRACTS: effective ids only, of a recipient (root's own mailbox: 0), without a
                        // capability
                        assertThat(task.uid(1)).isIn(USUARIO, 0);
                    }
                }
            }
            assertThat(usuario.statuses().values()).containsOnly(0);
            assertThat(root.statuses().values()).containsOnly(0);
        }
        machine.awaitEmptyQueue();
        assertThat(machine.ownerAndMode("/var/mail/root")).startsWith("0:").endsWith(":600");
    }

    /** SAFETY 2: effective user and group of the recipient, real and saved ids the daemon's, no capability. */
    @Test
    void theDeliveringThreadHasTheRecipientsEffectiveIdsAlone() {
        int postfix =
                Integer.parseInt(machine.shell("id -u postfix").succeeded().line());
        long daemon = machine.daemonPid();
        Task delivering = stoppedDelivery(daemon);

        assertThat(delivering.uids()).isEqualTo("%1$d\t%2$d\t%1$d\t%2$d".formatted(postfix, USUARIO));
        // Debian's spool is group-writable: the folder's group (CONTRACTS, «spool folder»)
        assertThat(delivering.gid(1)).isIn(8, USUARIO);
        assertThat(delivering.gid(0)).isEqualTo(delivering.gid(2)).isNotIn(0, USUARIO);
        assertThat(delivering.effective()).isEqualTo(NONE);
        assertThat(delivering.groups().trim().split(" ", -1)).isSubsetOf("", "8", "1001");
        release(daemon);
    }

    /** SAFETY 2: with the recipient's effective ids only, he can neither signal, nor limit, nor trace, nor read the daemon. */
    @Test
    void theRecipientCannotTouchTheDaemonThatDeliversToHim() {
        long daemon = machine.daemonPid();
        long tid = stoppedDelivery(daemon).tid();
        String limits = machine.proc(daemon, "limits").orElseThrow();

        List<String> attacks = new ArrayList<>();
        for (long target : List.of(daemon, tid)) {
            for (String signal : List.of("0", "STOP", "TERM", "KILL", "QUIT", "HUP", "CONT")) {
                attacks.add("kill -" + signal + " " + target);
            }
            attacks.add("prlimit --pid " + target + " --nofile=16:16");
            attacks.add("prlimit --pid " + target + " --cpu=1:1");
            attacks.add("timeout 5 strace -o /dev/null -p " + target);
            attacks.add("cat /proc/" + target + "/environ");
            attacks.add("cat /proc/" + target + "/maps");
            attacks.add("head -c 1 /proc/" + target + "/mem");
            attacks.add("ls /proc/" + target + "/fd/");
            attacks.add("ls /proc/" + daemon + "/task/" + target + "/fd/");
            attacks.add("echo 1000 >/proc/" + target + "/oom_score_adj");
            if (target == daemon) {
                // the thread that works for him alone, and ends with that work, he may slow down: its effective user is
                // he
                attacks.add("taskset -p 1 " + target);
                attacks.add("renice 19 -p " + target);
            }
            attacks.add("ionice -c 3 -p " + target);
        }
        for (String attack : attacks) {
            Result result = machine.shell("usuario", attack);
            assertThat(result.status()).as(attack + " → " + result).isNotZero();
        }

        assertThat(machine.proc(daemon, "limits").orElseThrow()).isEqualTo(limits);
        assertThat(state(daemon)).startsWith("T");
        assertThat(machine.proc(daemon, "task/" + tid + "/status")).isPresent();
        release(daemon);
        assertThat(machine.daemonPid()).isEqualTo(daemon);
        machine.exec("root", "", "postfix", "status").succeeded();
    }

    /** SAFETY 3: no thread keeps a user's identity; not when the scheduler's threads had ended and began again either. */
    @Test
    void noThreadKeepsAUsersIdentityAfterTheSchedulerHasIdledAway() {
        int postfix =
                Integer.parseInt(machine.shell("id -u postfix").succeeded().line());
        deliver("usuario");
        idle(CARRIERS_IDLE_AWAY);
        deliver("usuario");
        deliver("otro");
        machine.awaitUntil(
                "all threads are the daemon's again",
                () -> tasks().stream()
                        .allMatch(task -> task.uid(0) == postfix
                                && task.uid(1) == postfix
                                && task.uid(2) == postfix
                                && task.uid(3) == postfix));
        // new carriers, were there any with a wrong identity, write these files
        deliver("otro");
        deliver("usuario");
        assertThat(machine.ownerAndMode("/var/mail/usuario")).isEqualTo("1001:8:600");
        assertThat(machine.ownerAndMode("/var/mail/otro")).isEqualTo("1002:8:600");
        assertThat(machine.shell("find /var/spool/postfix/recadero /proc/" + machine.daemonPid()
                                + "/task/*/status ! -uid " + postfix + " ! -uid 0 2>/dev/null")
                        .out())
                .isEmpty();
    }

    private void deliver(String user) {
        int mark = machine.mailLog().size();
        machine.exec("root", "Subject: x\n\nhola\n", machine.mta().sendmail(Mta.Client.C, List.of(user)))
                .succeeded();
        Submission.awaitQuiet(machine, mark);
    }

    private static void idle(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /**
     * The daemon, stopped by root while one of its threads delivers as usuario: the moment lasts as long as the test needs. The
     * thread waits with usuario's identity while an ordinary one copies a large message into his mailbox.
     */
    private Task stoppedDelivery(long daemon) {
        for (int attempt = 1; attempt <= 10; attempt++) {
            machine.start("root", "bash", "-c", LARGE);
            machine.awaitUntil(
                    "a thread delivers as usuario", () -> delivering().isPresent() || hasMail(), Duration.ofMinutes(2));
            machine.shell("kill -STOP " + daemon).succeeded();
            machine.awaitUntil("all threads are stopped", () -> state(daemon).startsWith("T"));
            Optional<Task> found = delivering();
            if (found.isPresent()) {
                return found.get();
            }
            // seen too late: once more
            release(daemon);
            machine.shell("rm -f /var/mail/usuario").succeeded();
        }
        throw new AssertionError("no delivery was stopped while it was in work");
    }

    private Optional<Task> delivering() {
        return tasks().stream()
                .filter(task -> task.uid(1) == USUARIO && task.effective().equals(NONE))
                .findFirst();
    }

    private boolean hasMail() {
        return machine.mailLog().stream().filter(LogLine::isOutcome).count() > sent;
    }

    private void release(long daemon) {
        machine.shell("kill -CONT " + daemon).succeeded();
        machine.awaitUntil("the delivery goes on and ends", this::hasMail, Duration.ofMinutes(2));
        sent++;
        assertThat(machine.shell("tail -n 2 /var/mail/usuario").out()).isEqualTo("FIN\n\n");
    }

    private String state(long pid) {
        return field(machine.proc(pid, "status").orElse(""), "State");
    }

    private List<Task> tasks() {
        List<Task> tasks = new ArrayList<>();
        long pid = machine.daemonPid();
        try (Stream<Path> folders = Files.list(machine.file("/proc/" + pid + "/task"))) {
            for (Path folder : folders.toList()) {
                String tid = folder.getFileName().toString();
                machine.proc(pid, "task/" + tid + "/status")
                        .filter(status -> status.contains("CapEff:"))
                        .map(status -> new Task(
                                Long.parseLong(tid),
                                field(status, "Uid"),
                                field(status, "Gid"),
                                field(status, "Groups"),
                                field(status, "CapEff"),
                                field(status, "CapPrm")))
                        .ifPresent(tasks::add);
            }
        } catch (IOException e) {
            throw new AssertionError("the daemon is gone: " + e + "\n" + machine.tail(), e);
        }
        return tasks;
    }

    private static String field(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }
}
