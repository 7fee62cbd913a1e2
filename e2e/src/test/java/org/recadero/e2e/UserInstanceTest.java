package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/**
 * An instance of an ordinary user's own, as in a container: no capability in the bounding set, no new privileges, a read-only root, in
 * the second test a number that no password entry knows.
 */
class UserInstanceTest {
    /** Runs «$1» as uid «$2», called «$3», with nothing but the folder «$4» to write to. */
    private static final String CONFINED = """
            set -e
            mkdir -p "$4"; chown "$2:$2" "$4"; chmod 700 "$4"
            mount --bind "$4" "$4"
            mount -o remount,ro,bind /
            mount -o remount,ro,bind /tmp
            mount -o remount,ro,bind /run
            mount -o remount,ro,bind /dev/shm
            cd "$4"
            exec setpriv --reuid="$2" --regid="$2" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs -- \\
              env HOME="$4" USER="$3" LOGNAME="$3" bash -c "$1"
            """;

    /** What a user types; the last line of standard output is the number of the mail that lies in his Maildir. */
    private static final String SESSION = """
            set -e
            ! touch /x 2>/dev/null
            recadero init >init.out
            eval "$(grep -o 'export MAIL_CONFIG=.*' init.out)"
            postfix start
            printf 'From: %s\\nTo: %s\\nSubject: Test SMTP\\n\\nPrueba de entrega...\\n' $USER@localhost $USER@localhost | sendmail -t
            for i in $(seq 600); do [ -n "$(ls Maildir/new 2>/dev/null)" ] && break; sleep 0.1; done
            for i in $(seq 600); do mailq | grep -q empty && break; sleep 0.1; done
            mailq
            stat -c '%u %a' Maildir/new/*
            cat Maildir/new/*
            postfix status
            postfix stop
            ! postfix status 2>/dev/null
            ls Maildir/new | wc -l
            """;

    @Test
    void aConfinedInstanceDeliversToItsOwnUser() {
        confined("1001", "usuario", "/home/usuario");
    }

    @Test
    void aConfinedInstanceOfANumberWithoutPasswordEntryDeliversToItself() {
        confined("4711", "visitante", "/estado");
    }

    private static void confined(String uid, String name, String home) {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix needs root");
        try (Machine machine = Machine.withSubject()) {
            Result result = machine.exec(
                    "root",
                    "",
                    "unshare",
                    "-m",
                    "--propagation",
                    "private",
                    "bash",
                    "-c",
                    CONFINED,
                    "confined",
                    SESSION,
                    uid,
                    name,
                    home);

            assertThat(result.status()).as(result.toString()).isZero();
            assertThat(result.out())
                    .startsWith("Mail queue is empty\n" + uid + " 600\nReturn-Path: <")
                    .contains("\nSubject: Test SMTP\n", "\n\nPrueba de entrega...\n", "from userid " + uid + ")")
                    .endsWith("\n1\n");
        }
    }

    @Test
    void aUsersInstanceIsNotFoundByOthersAndDeliversToNobodyElse() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix needs root");
        try (Machine machine = Machine.withSubject()) {
            Result result = machine.shell("usuario", """
                    set -e
                    recadero init >init.out
                    ! postfix status 2>/dev/null
                    eval "$(grep -o 'export MAIL_CONFIG=.*' init.out)"
                    postfix start
                    printf 'Subject: x\\n\\nhola\\n' | sendmail otro
                    for i in $(seq 600); do postqueue -p | grep -q 'may only deliver' && break; sleep 0.1; done
                    postqueue -p
                    postfix stop
                    """);

            assertThat(result.status()).as(result.toString()).isZero();
            assertThat(result.out()).contains("this instance may only deliver to usuario");
            assertThat(machine.ownerAndMode("/etc/postfix/main.cf")).isEqualTo("none");
        }
    }
}
