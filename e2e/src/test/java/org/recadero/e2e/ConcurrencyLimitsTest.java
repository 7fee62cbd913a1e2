package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** So many commands run at the same time for one destination as its limit says, and no more; as in Postfix. */
class ConcurrencyLimitsTest {
    private static final int MESSAGES = 8;

    /** Writes down how many of its kind there are, and waits for another one as long as it may take. */
    private static final String COMMAND = """
            #!/bin/sh
            cd /tmp/$1 || exit 75
            : >"running.$$"
            n=0
            while [ $n -lt $3 ] && [ "$(ls | grep -c running)" -lt $2 ] && [ ! -e enough ]; do sleep 0.1; n=$((n + 1)); done
            [ "$(ls | grep -c running)" -lt $2 ] || : >enough
            ls | grep -c running >>seen
            cat >/dev/null
            rm "running.$$"
            """;

    @ParameterizedTest
    @EnumSource(Mta.class)
    void noMoreAtATimeThanTheLimitSays(Mta mta) {
        try (Machine machine = Machine.with(mta)) {
            Chapter.configure(machine);
            machine.exec("root", COMMAND, "sh", "-c", "cat >/usr/bin/cuantos; chmod 755 /usr/bin/cuantos")
                    .succeeded();
            machine.shell("mkdir -m 777 /tmp/buzon /tmp/uno /tmp/dos && printf '%s\\n  %s\\n' "
                            + "'uno unix - n n - - pipe' 'user=usuario argv=/usr/bin/cuantos uno 2 3' "
                            + "'dos unix - n n - - pipe' 'user=usuario argv=/usr/bin/cuantos dos 2 300' "
                            + ">>/etc/postfix/master.cf")
                    .succeeded();
            Chapter.settings(
                    machine,
                    List.of(
                            "mailbox_command = /usr/bin/cuantos buzon 2 300",
                            "local_destination_concurrency_limit = 2",
                            "uno_destination_concurrency_limit = 1",
                            "dos_destination_concurrency_limit = 2",
                            "transport_maps = inline:{uno@localhost=uno:,dos@localhost=dos:}"));
            Chapter.start(machine);
            for (int i = 0; i < MESSAGES; i++) {
                for (String to : List.of("usuario@localhost", "uno@localhost", "dos@localhost")) {
                    machine.exec("root", "Subject: x\n\nx\n", mta.sendmail(Mta.Client.C, List.of(to)))
                            .succeeded();
                }
            }
            machine.awaitUntil(
                    "all are delivered",
                    () -> machine.mailLog().stream()
                                    .filter(l -> l.isOutcome() && l.text().contains("status=sent"))
                                    .count()
                            == 3 * MESSAGES);
            assertThat(most(machine, "buzon")).isEqualTo("2");
            assertThat(most(machine, "uno")).isEqualTo("1");
            assertThat(most(machine, "dos")).isEqualTo("2");
        }
    }

    private static String most(Machine machine, String kind) {
        return machine.shell("sort -n /tmp/" + kind + "/seen | tail -n 1").line();
    }
}
