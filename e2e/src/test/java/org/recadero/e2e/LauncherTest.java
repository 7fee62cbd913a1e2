package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands' launchers: races between starts, left-overs of crashes, hostile surroundings, the AOT cache. */
class LauncherTest {
    private static final String HOME = "/var/spool/postfix/recadero";

    @BeforeEach
    void onlyRecadero() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Recadero's launchers");
    }

    @Test
    void threeStartsAtOnceMakeOneDaemon() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Result result = machine.shell("""
                    for i in 1 2 3; do (postfix start 2>/dev/null; echo $?) & done; wait
                    pgrep -fc 'org.recadero.Main daemon$'
                    """);
            assertThat(result.out().lines().sorted()).containsExactly("0", "1", "1", "1");
            machine.exec("root", "", "postfix", "status").succeeded();
        }
    }

    @Test
    void aStartBesideAStartInTheForegroundMakesOneDaemon() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Result result = machine.shell("""
                    (postfix start-fg; :) & foreground=$!
                    # who comes second ends; the other start has ended when it returns
                    if postfix start; then wait $foreground; fi
                    for i in $(seq 600); do postfix status && break; sleep 0.1; done
                    pgrep -fc 'org.recadero.Main daemon$'
                    postfix stop
                    wait
                    """);
            assertThat(result.out()).isEqualTo("1\n");
        }
    }

    @Test
    void aForeignProcessIsNeverSignalledAndAStaleSocketIsNoDaemon() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            Result result = machine.shell("""
                    kill -9 $(cat %1$s/pid)
                    while pgrep -f 'org.recadero.Main daemon$' >/dev/null; do sleep 0.05; done
                    test -S %1$s/submit
                    postfix status; echo status $?
                    sleep 1000 & other=$!
                    echo $other >%1$s/pid
                    postfix stop; echo stop $?
                    kill -0 $other; echo alive $?
                    postfix start; echo start $?
                    postfix status; echo status $?
                    kill $other
                    """.formatted(HOME));
            assertThat(result.out()).isEqualTo("status 1\nstop 1\nalive 0\nstart 0\nstatus 0\n");
        }
    }

    /** As cron, a hostile caller or a tool with many open files starts it. */
    @Test
    void surroundingsOfTheCallerDoNotReachTheDaemon() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Result result = machine.shell("""
                    mkdir /evil
                    for x in setpriv setsid env id stat java awk flock logger; do
                      printf '#!/bin/sh\\necho evil >>/evil/done\\n' >/evil/$x; chmod 755 /evil/$x
                    done
                    exec 7</etc/hosts {high}</etc/passwd {higher}</etc/passwd
                    umask 077
                    env IFS=/ CDPATH=/ ENV=/evil/id BASH_ENV=/evil/id LC_ALL=xx_YY JAVA_TOOL_OPTIONS=-Xbogus _JAVA_OPTIONS=-Xbogus \\
                      JDK_JAVA_OPTIONS=-Xbogus CLASSPATH=/evil SECRET=geheim PATH=/evil:$PATH MAIL_CONFIG= \\
                      /opt/recadero/bin/postfix start 0<&- 1>&- 2>&-
                    echo start $?
                    exec 7<&- {high}<&- {higher}<&-
                    cat /evil/done 2>/dev/null
                    pid=$(cat %1$s/pid)
                    ls -l /proc/$pid/fd | grep -c -E '/etc/(passwd|hosts)'
                    tr '\\0' '\\n' </proc/$pid/environ | grep -c -E 'SECRET|JAVA_OPTIONS|JAVA_TOOL'
                    stat -c '%%a' %1$s %1$s/drop %1$s/drop/root %1$s/submit
                    postfix stop
                    """.formatted(HOME));
            assertThat(result.out()).isEqualTo("start 0\n0\n0\n755\n3733\n2770\n666\n");
        }
    }

    @Test
    void valuesWithADollarAreAskedOfJava() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("spool = /var/spool", "queue_directory = ${spool}/postfix"));
            Chapter.start(machine);
            machine.exec("root", "", "postfix", "status").succeeded();
            machine.exec("root", "", "postfix", "stop").succeeded();
        }
    }

    @Test
    void theAotCacheIsInUseAlsoFromACopyAndItsLossGoesUnnoticed() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            Result result = machine.shell("""
                    cp -a /opt/recadero /opt/copy
                    for dist in /opt/recadero /opt/copy; do
                      RECADERO_AOT=on $dist/bin/postfix start; echo start $?
                      grep -c -m 1 'recadero.aot$' /proc/$(cat %1$s/pid)/maps
                      $dist/bin/postfix stop
                    done
                    # a cache that is no longer for this jar, and one that is broken
                    touch -d tomorrow /opt/copy/lib/recadero.jar; /opt/copy/bin/postfix start; echo start $?
                    grep -c -m 1 'recadero.aot$' /proc/$(cat %1$s/pid)/maps
                    /opt/copy/bin/postfix stop
                    cp -a /opt/recadero/lib/recadero.jar /opt/copy/lib/
                    echo x >/opt/copy/lib/recadero.aot; /opt/copy/bin/postfix start; echo start $?
                    /opt/copy/bin/postfix stop
                    """.formatted(HOME));
            assertThat(result.out()).isEqualTo("start 0\n1\nstart 0\n1\nstart 0\n0\nstart 0\n");
            assertThat(result.err()).isEmpty();
        }
    }

    @Test
    void theServiceManagerHearsWhenMailIsTakenAndWhenItEnds() {
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            assumeTrue(machine.shell("command -v python3").status() == 0, "python3 listens for the notifications");
            Result result = machine.shell("""
                    cat >/root/listen.py <<'PYTHON'
                    import os, socket
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    s.bind('/run/notify'); os.chmod('/run/notify', 0o666); s.settimeout(30)
                    while True:
                        word = s.recv(4096).decode().split('\\n')[0]
                        print(word, flush=True)
                        if word == 'STOPPING=1': break
                    PYTHON
                    python3 /root/listen.py & listener=$!
                    until [ -S /run/notify ]; do sleep 0.05; done
                    NOTIFY_SOCKET=/run/notify setsid -w postfix start-fg &
                    until postfix status; do sleep 0.1; done
                    postfix stop
                    wait
                    """);
            assertThat(result.out()).isEqualTo("READY=1\nSTOPPING=1\n");
        }
    }
}
