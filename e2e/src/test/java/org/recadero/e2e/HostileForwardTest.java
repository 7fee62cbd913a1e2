package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A {@code .forward} is any program that its user likes (SAFETY 1, 2, 4): whatever it does, others' mail is delivered meanwhile, nothing of it is left
 * when its time is over, and the daemon is out of its reach.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileForwardTest {
    private static final int TIME_LIMIT_SECONDS = 6;

    /** Far less than any of the programs would run. */
    private static final Duration GONE = Duration.ofSeconds(10);

    private Machine machine;
    private long daemon;

    /**
     * @param script what the .forward runs, as bash
     * @param outcome what the log says of the mail
     */
    record Hostile(String name, String script, String outcome) {
        boolean takesAllItsTime() {
            return outcome.contains("time limit exceeded");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Hostile> hostiles() {
        String timeout = "dsn=5.3.0, status=bounced (Command time limit exceeded: \"/home/usuario/hostil\"";
        return Stream.of(
                new Hostile("keeps the pipe", "sleep 300 & exit 0", "dsn=2.0.0, status=sent (delivered to command"),
                new Hostile(
                        "leaves processes behind that left its session",
                        "cat >/dev/null; for i in {1..50}; do setsid sleep 300 </dev/null >/dev/null 2>&1 & done; exit 0",
                        "dsn=2.0.0, status=sent (delivered to command"),
                new Hostile("ignores signals", "trap '' HUP INT QUIT TERM PIPE; while :; do sleep 1; done", timeout),
                new Hostile(
                        "forks on",
                        // as many as one machine of a test can bear beside another
                        "ulimit -u 300; f() { trap '' TERM; setsid bash -c \"$(declare -f f); sleep 0.05; f\" & sleep 0.1; f; }; f",
                        timeout),
                new Hostile(
                        "is never the same process for long",
                        "f() { trap '' TERM; sleep 0.02; setsid bash -c \"$(declare -f f); f\" & }; for i in {1..10}; do f; done;"
                                + " sleep 300",
                        timeout),
                new Hostile("fills its output for ever", "yes 0123456789012345678901234567890123456789", timeout),
                new Hostile(
                        "fills its output and gives up",
                        "yes abc | head -c 20000000; exit 77",
                        "dsn=5.7.0, status=bounced (permission denied. Command output: abc"),
                new Hostile("reads nothing", "exit 0", "dsn=2.0.0, status=sent (delivered to command"),
                new Hostile("closes all and sleeps", "exec 0<&- 1>&- 2>&-; sleep 300", timeout),
                new Hostile(
                        "ends by a signal",
                        "kill -9 $$",
                        "dsn=4.3.0, status=deferred (Command died with signal 9: \"/home/usuario/hostil\")"));
    }

    @BeforeAll
    void setUp() {
        machine = Machine.withSubject();
        Chapter.configure(machine);
        Chapter.settings(machine, List.of("command_time_limit = " + TIME_LIMIT_SECONDS + "s"));
        Chapter.start(machine);
        daemon = machine.daemonPid();
        machine.shell("usuario", "echo '\"|/home/usuario/hostil\"' >~/.forward").succeeded();
    }

    @AfterAll
    void close() {
        if (machine != null) {
            machine.close();
        }
    }

    @ParameterizedTest
    @MethodSource("hostiles")
    void getsNowhere(Hostile hostile) {
        program(hostile.script());
        int mark = machine.mailLog().size();
        send("usuario", 500_000);
        send("otro", 10);
        machine.awaitUntil(
                "another's mail is delivered", () -> outcome(mark, "otro").contains("status=sent"));
        machine.awaitUntil("it has an end", () -> !outcome(mark, "usuario").isEmpty());
        assertThat(outcome(mark, "usuario")).contains(hostile.outcome());
        if (hostile.takesAllItsTime()) {
            assertThat(firstOutcome(mark))
                    .as("another's mail was not kept waiting")
                    .startsWith("to=<otro@localhost>");
        }
        assertThat(machine.daemonPid()).isEqualTo(daemon);
        assertThat(machine.proc(daemon, "status")).isPresent();
        if (!hostile.outcome().contains("status=sent")) {
            // killed, but not dead yet, it may be for a moment
            machine.awaitUntil("all of it was ended", () -> !lives(), GONE);
        }
        machine.shell("pkill -KILL -u usuario");
        machine.awaitUntil("nothing of it is left for the next one", () -> !lives());
    }

    private boolean lives() {
        return !machine.shell("pgrep -u usuario -a").out().isEmpty();
    }

    /** What a user's program may not: each line that it writes is a way in. */
    @Test
    void reachesNothingOfTheDaemon() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has other processes");
        program("""
                exec 2>/dev/null; cat >/dev/null
                d=%d
                {
                [ "$(ls /proc/self/fd | wc -w)" -le 4 ] || echo "descriptors: $(ls -l /proc/self/fd)"
                for s in STOP TERM KILL HUP USR1 0; do kill -$s $d && echo "signal $s"; done
                kill -KILL $PPID && echo "its guard"
                for t in /proc/$d/task/*; do kill -KILL ${t##*/} && echo "thread ${t##*/}"; done
                prlimit --pid $d --nofile=10 && echo "limits"
                head -c 1 /proc/$d/mem && echo "memory"
                cat /proc/$d/environ && echo "environment"
                ls /proc/$d/fd && echo "its descriptors"
                ls /proc/$PPID/fd && echo "its guard's descriptors"
                q=/var/spool/postfix/recadero
                for f in $q/log $q/large $q/control $q/corrupt $q/drop; do ls $f && echo "folder $f"; done
                : >>$q/lock && echo "the lock"
                awk '/^Cap(Inh|Prm|Eff|Amb)/ && $2 != "0000000000000000" {print "capabilities " $0}' /proc/self/status
                [ "$(id -u):$(id -G)" = "1001:1001" ] || echo "ids $(id)"
                setpriv --reuid=0 true && echo "root"
                setpriv --reuid=$(id -u postfix) true && echo "the mail owner"
                env | grep -v -E '^(DOMAIN|EXTENSION|HOME|LANG|LOCAL|LOGNAME|MAIL_CONFIG|ORIGINAL_RECIPIENT|PATH|PWD|RECIPIENT|SENDER|SHELL|USER|CLIENT_[A-Z]*|SASL_[A-Z]*|OLDPWD|SHLVL|_|TZ)='
                } >/home/usuario/conseguido
                exit 0
                """.formatted(daemon));
        int mark = machine.mailLog().size();
        send("usuario", 10);
        machine.awaitUntil("it has an end", () -> !outcome(mark, "usuario").isEmpty());
        assertThat(outcome(mark, "usuario")).contains("status=sent");
        assertThat(machine.read("/home/usuario/conseguido")).isEmpty();
        assertThat(machine.proc(daemon, "status")).isPresent();
    }

    private void program(String script) {
        machine.exec("usuario", "#!/bin/bash\n" + script + "\n", "sh", "-c", "cat >hostil; chmod 755 hostil")
                .succeeded();
    }

    private void send(String to, int bytes) {
        machine.exec(
                        "root",
                        "Subject: x\n\n" + "hola\n".repeat(bytes / 5),
                        machine.mta().sendmail(Mta.Client.C, List.of("-f", "", to + "@localhost")))
                .succeeded();
    }

    /** What the log says of the first delivery to somebody after a mark; empty where there is none yet. */
    private String outcome(int mark, String user) {
        return Submission.outcomes(machine, mark).stream()
                .map(LogLine::text)
                .filter(text -> text.startsWith("to=<" + user + "@localhost>"))
                .findFirst()
                .orElse("");
    }

    private String firstOutcome(int mark) {
        return Submission.awaitOutcome(machine, mark).text();
    }
}
