package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What any user can put into the drop folder (SAFETY 24, 25): nothing of it stops the daemon, leaks or is believed. */
class HostileDropTest {
    private static final String DROP = "/var/spool/postfix/recadero/drop";

    @Test
    void survivesWhatAUserPutsIntoTheDropFolderAndTakesGoodMailIn() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has no such folder");
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            assertThat(machine.ownerAndMode(DROP)).endsWith(":3733");
            assertThat(machine.ownerAndMode(DROP + "/root")).startsWith("0:").endsWith(":2770");
            machine.shell("usuario", """
                            cd /var/spool/postfix/recadero/drop
                            ln -s /etc/shadow 00000000000000000000000000000001
                            mkfifo -m 666 00000000000000000000000000000002
                            mkdir -m 777 00000000000000000000000000000003
                            echo 'esto no es correo' >00000000000000000000000000000004
                            : >00000000000000000000000000000005
                            head -c 3000000 /dev/urandom >00000000000000000000000000000006
                            echo x >~/x; ln ~/x 00000000000000000000000000000007
                            truncate -s 100G 00000000000000000000000000000008
                            echo x >$'con\\nsalto'
                            echo x >.oculto
                            chmod 644 0* 2>/dev/null
                            ! ls . 2>/dev/null
                            ! cd root 2>/dev/null
                            ! touch root/x 2>/dev/null
                            """).succeeded();
            machine.exec("usuario", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            Chapter.start(machine);
            machine.awaitUntil(
                    "the good one is delivered",
                    () -> machine.read("/var/mail/usuario").contains("Prueba de entrega"));

            assertThat(Mbox.messages(machine.read("/var/mail/usuario"))).hasSize(1);
            machine.exec("root", "", "postfix", "status").succeeded();
            String shadow = machine.read("/etc/shadow").lines().findFirst().orElseThrow();
            assertThat(machine.read(Machine.MAIL_LOG)).doesNotContain(shadow).doesNotContain("esto no es correo");
            assertThat(machine.shell("grep -rlF '" + shadow + "' /var/spool/postfix/recadero --devices=skip")
                            .out())
                    .isEmpty();
            int mark = machine.mailLog().size();
            machine.exec("otro", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            Submission.awaitQuiet(machine, mark);
        }
    }

    /** The public socket lets everybody submit, the control socket nobody but root and the daemon (SAFETY 20). */
    @Test
    void theControlSocketLiesWhereUsersCannotGo() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has other sockets");
        try (Machine machine = Machine.withSubject()) {
            Chapter.setUp(machine);
            String queue = "/var/spool/postfix/recadero";
            assertThat(machine.ownerAndMode(queue + "/control")).endsWith(":750");
            assertThat(machine.ownerAndMode(queue + "/submit")).endsWith("66");
            for (String closed : List.of("log", "large")) {
                assertThat(machine.ownerAndMode(queue + "/" + closed)).endsWith(":700");
            }
            assertThat(machine.shell("usuario", "ls " + queue + "/control").status())
                    .isNotZero();
        }
    }
}
