package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Postfix: local_login_sender_maps: who may send as whom, by the kernel's word; the same words and statuses. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoginSendersTest {
    private SideBySide machines;

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            Chapter.settings(
                    machine,
                    java.util.List.of("local_login_sender_maps ="
                            + " inline:{ { usuario = usuario pepe@gmail.com @example.net } { root = * } }"));
            Chapter.start(machine);
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usuario -f usuario",
                "usuario -f pepe@gmail.com",
                "usuario -f PEPE@gmail.com",
                "usuario -f pepe+lista@gmail.com",
                "usuario -f quien@example.net",
                "usuario -f quien@sub.example.net",
                "usuario -f jefe@example.org",
                "usuario -f <>",
                "usuario -i",
                "otro -i",
                "otro -f usuario",
                "root -f quien@example.org"
            })
    void isHeldToAsInPostfix(String userAndOptions) {
        String[] words = userAndOptions.split(" ", 2);
        Result[] results = new Result[2];
        int i = 0;
        for (Machine machine : java.util.List.of(machines.subject(), machines.reference())) {
            results[i++] = machine.exec(
                    words[0],
                    "Subject: x\n\nhola\n",
                    "bash",
                    "-c",
                    "sendmail " + words[1].replace("<>", "'<>'") + " root");
        }
        assertThat(results[0]).isEqualTo(results[1]);
    }
}
