package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code postfix start, stop, status, reload, check…}: exit statuses, log lines and what people are told. */
class StartStopTest {
    private static final Duration STOP = Duration.ofSeconds(5);

    /** What the daemon itself logs a line about, perhaps after the command has ended. */
    private static final Set<String> ORDERS =
            Set.of("postfix start", "postfix reload", "postfix stop", "postfix abort");

    /** Commands in order; what they print and say to the log is compared with Postfix. */
    private static final List<String> SEQUENCE = List.of(
            "postfix status",
            "postfix stop",
            "postfix reload",
            "postfix abort",
            "postfix flush",
            "postfix check",
            "postfix start",
            "postfix status",
            "postfix start",
            "postfix check",
            "postfix flush",
            "postfix reload",
            "postfix nosuch",
            "postfix",
            "postfix -Z",
            "postfix -c /nonexistent status",
            "setpriv --reuid=usuario --regid=usuario --init-groups postfix status",
            "setpriv --reuid=usuario --regid=usuario --init-groups postfix start",
            "postfix stop",
            "postfix status",
            "postfix start",
            "postfix abort",
            "postfix status");

    @Test
    void eachVerbEndsWithPostfixsStatusAndPrintsWhatPostfixPrints() {
        try (SideBySide machines = SideBySide.with(Chapter::configure)) {
            machines.both(StartStopTest::session).areEqual();
            assertThat(masterLines(machines.subject())).isEqualTo(masterLines(machines.reference()));
        }
    }

    private static String session(Machine machine) {
        StringBuilder all = new StringBuilder();
        for (String line : SEQUENCE) {
            long before = saidByTheDaemon(machine);
            Result result = machine.shell(line);
            if (ORDERS.contains(line) && result.status() == 0) {
                // its own line must lie before those of the next command
                machine.awaitUntil("the daemon says what it does", () -> saidByTheDaemon(machine) > before);
            }
            all.append("# ")
                    .append(line)
                    .append("\nstatus ")
                    .append(result.status())
                    .append('\n');
            all.append(result.out()).append(Masks.withoutServices(result.err()));
        }
        machine.awaitUntil(
                "the last command's line is in the log",
                () -> machine.mailLog().getLast().text().endsWith("mail system is not running"));
        return new Masks(machine.mta(), List.of()).text(all.toString());
    }

    private static long saidByTheDaemon(Machine machine) {
        return machine.mailLog().stream()
                .filter(line -> line.program().equals("postfix/master"))
                .count();
    }

    /** What log tools read about starts and stops, less warnings about the installation. */
    private static String masterLines(Machine machine) {
        return machine.mailLog().stream()
                .filter(line -> line.program().equals("postfix/master")
                        || line.program().equals("postfix/postfix-script"))
                .filter(line -> !line.severity().equals("mail.warn"))
                .map(line -> line.severity() + " " + line.program() + "[PID]: "
                        + line.text()
                                .replaceAll("PID: \\d+", "PID: N")
                                .replaceAll("version [^, ]+", "version V")
                                .replaceAll("\\bPID \\d+", "PID N")
                                .replace(machine.mta().mailName(), Mta.REFERENCE.mailName()))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void aSecondStartSaysWhoIsRunningAndLeavesHimAlone() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            long pid = machine.daemonPid();

            Result second = machine.exec("root", "", "postfix", "start");

            assertThat(second.status()).isEqualTo(1);
            machine.awaitUntil(
                    "the log says so",
                    () -> machine.mailLog().stream()
                            .anyMatch(line -> line.text()
                                    .contains("the " + machine.mta().mailName() + " mail system is already running")));
            if (machine.mta() == Mta.RECADERO) {
                assertThat(second.err() + machine.read(Machine.MAIL_LOG)).contains("already running: PID: " + pid);
            }
            assertThat(machine.daemonPid()).isEqualTo(pid);
            machine.exec("root", "", "postfix", "status").succeeded();
        }
    }

    @Test
    void isReadyForMailWhenStartReturns() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            for (String nth : List.of("first", "second")) {
                long before = System.nanoTime();
                machine.exec("root", "", "postfix", "start").succeeded();
                Figure.print(nth + " start to ready, ms", Long.toString((System.nanoTime() - before) / 1_000_000));
                machine.exec("root", "", "postfix", "status").succeeded();
                int mark = machine.mailLog().size();
                machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                        .succeeded();
                Submission.awaitQuiet(machine, mark);
                machine.exec("root", "", "postfix", "stop").succeeded();
            }
            assertThat(Mbox.messages(machine.read("/var/mail/usuario"))).hasSize(2);
        }
    }

    /** A delivery that hangs (a dot-lock that stays) holds nobody up: stopped within 5 s, and the mail is delivered later. */
    @Test
    void stopsWithinFiveSecondsWhileADeliveryHangsAndLosesNothing() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix's agents outlive its master");
        for (String how : List.of("postfix stop", "kill -TERM PID", "postfix abort")) {
            try (Machine machine = Machine.withSubject()) {
                Chapter.setUp(machine);
                machine.shell(": >/var/mail/usuario.lock").succeeded();
                for (int i = 0; i < 3; i++) {
                    machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                            .succeeded();
                }
                long pid = machine.daemonPid();
                long before = System.nanoTime();
                machine.shell(how.replace("PID", Long.toString(pid))).succeeded();
                machine.awaitUntil(
                        "the daemon is gone after " + how,
                        () -> machine.proc(pid, "status").isEmpty(),
                        STOP.plusMillis(500).minusNanos(System.nanoTime() - before));

                machine.shell("rm -f /var/mail/usuario.lock").succeeded();
                Chapter.start(machine);
                machine.awaitUntil(
                        "all three are delivered",
                        () -> Mbox.messages(machine.read("/var/mail/usuario")).size() == 3);
            }
        }
    }

    @Test
    void aReloadWithAWrongValueKeepsTheOldConfigurationAndSaysWhy() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix's daemons end with a fatal error");
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            Chapter.settings(machine, List.of("message_size_limit = mucho", "home_mailbox = Maildir/"));
            int mark = machine.mailLog().size();
            Result reload = machine.exec("root", "", "postfix", "reload");
            machine.awaitUntil(
                    "the log says why",
                    () -> Submission.since(machine, mark).stream()
                            .anyMatch(line -> line.text().contains("message_size_limit")
                                    && line.text().contains("mucho")));
            assertThat(reload.status()).isIn(0, 1);

            machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            machine.awaitUntil(
                    "delivered as before",
                    () -> machine.read("/var/mail/usuario").contains("Prueba"));

            Chapter.reloadWith(machine, "message_size_limit = 10240000");
            machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            machine.awaitUntil(
                    "delivered as the new configuration says",
                    () -> !machine.shell("ls /home/usuario/Maildir/new 2>/dev/null")
                            .out()
                            .isEmpty());
        }
    }

    @Test
    void doesNotStartWithAWrongValueAndSaysWhere() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix starts, its services do not");
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("message_size_limit = mucho"));

            Result start = machine.exec("root", "", "postfix", "start");

            assertThat(start.status()).isEqualTo(1);
            machine.awaitUntil("it says where", () -> {
                String said = start.err() + machine.read(Machine.MAIL_LOG);
                return said.contains("message_size_limit") && said.contains("mucho");
            });
            assertThat(machine.exec("root", "", "postfix", "status").status()).isEqualTo(1);
            assertThat(machine.exec("root", "", "postfix", "check").status()).isEqualTo(1);
        }
    }

    @Test
    void anUnknownNameIsWarnedOfWithFileAndLineAndTheNearestName() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix's warning is another");
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            machine.shell("echo 'mailbox_size_limti = 0' >>/etc/postfix/main.cf")
                    .succeeded();
            int lines = (int) machine.read("/etc/postfix/main.cf").lines().count();
            Chapter.start(machine);

            assertThat(machine.read(Machine.MAIL_LOG))
                    .containsPattern("warning: [^\n]*/etc/postfix/main.cf[^\n]* line " + lines
                            + "[^\n]*mailbox_size_limti[^\n]*mailbox_size_limit");
        }
    }

    @Test
    void inTheForegroundItRunsUntilItIsToldToEnd() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Process foreground = machine.start("root", "postfix", "start-fg");
            machine.awaitUntil(
                    "started",
                    () -> machine.mailLog().stream()
                            .anyMatch(line -> line.text().startsWith("daemon started")));
            int mark = machine.mailLog().size();
            machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            Submission.awaitQuiet(machine, mark);
            assertThat(foreground.isAlive()).isTrue();
            machine.exec("root", "", "postfix", "stop").succeeded();
            machine.awaitUntil("it has ended", () -> !foreground.isAlive());
        }
    }

    @Test
    void aChangedAliasIsSeenWithoutAReloadEvenTwiceInASecond() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix looks at whole seconds");
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            for (String alias : List.of("jefe: usuario", "jefa: otro")) {
                machine.shell("printf '%s\\n' '" + alias + "' >>/etc/aliases; newaliases")
                        .succeeded();
                int mark = machine.mailLog().size();
                String name = alias.substring(0, 4);
                machine.exec(
                                "root",
                                "Subject: " + name + "\n\nhola\n",
                                machine.mta().sendmail(Mta.Client.C, List.of(name)))
                        .succeeded();
                Submission.awaitQuiet(machine, mark);
            }
            assertThat(machine.read("/var/mail/usuario")).contains("Delivered-To: jefe@example.net\n");
            assertThat(machine.read("/var/mail/otro")).contains("Delivered-To: jefa@example.net\n");
        }
    }
}
