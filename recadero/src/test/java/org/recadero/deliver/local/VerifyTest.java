package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.recadero.config.Parameters;
import org.recadero.deliver.Verification;
import org.recadero.envelope.Address;
import org.recadero.status.Outcome;

/** What local(8) of Postfix 3.7.11 says to {@code sendmail -bv}; beside it in the end-to-end NotificationsTest. */
class VerifyTest extends OnAMachine {
    @AfterEach
    void deliversNothing() {
        assertThat(machine.spool).isEmptyDirectory();
        assertThat(machine.commands.run).isEmpty();
    }

    private Verification verify(String address) {
        return machine.delivery().verify(List.of(machine.to(address))).getFirst();
    }

    private List<String> found(String address) {
        return verify(address).found().stream()
                .map(s -> s.recipient().map(r -> r + " ").orElse("") + s.code() + " " + s.text()
                        + s.owner().map(o -> " (of " + o + ")").orElse(""))
                .toList();
    }

    @Test
    void saysWhereAUsersMailGoes() {
        assertThat(found("usuario@localhost")).containsExactly("2.0.0 delivers to mailbox");
        assertThat(found("noexiste@localhost")).containsExactly("5.1.1 unknown user: \"noexiste\"");
        machine.values.put(Parameters.HOME_MAILBOX, "Maildir/");
        assertThat(found("usuario@localhost")).containsExactly("2.0.0 delivers to maildir");
        machine.values.put(Parameters.MAILBOX_COMMAND, "procmail -a x");
        assertThat(found("usuario@localhost")).containsExactly("2.0.0 delivers to command: procmail -a x");
    }

    /** What goes out as new mail anyhow is not followed: members of a file, and of a list with an owner. */
    @Test
    void looksNoFurtherThanAFileOfMembersOrAListsOwner() {
        Path file = folder.resolve("members");
        LocalFixture.write(file, "usuario, noexiste\n");
        machine.aliases.put("lista", "otro, :include:" + file);
        assertThat(found("lista@example.net"))
                .containsExactly(
                        "otro@example.net 2.0.0 delivers to mailbox",
                        "usuario@example.net 2.0.0 forwards to usuario@example.net",
                        "noexiste@example.net 2.0.0 forwards to noexiste@example.net");
        machine.aliases.put("propia", "usuario, otro");
        machine.aliases.put("owner-propia", "root");
        assertThat(found("propia@example.net"))
                .containsExactly(
                        "usuario@example.net 2.0.0 forwards to usuario@example.net (of owner-propia@example.net)",
                        "otro@example.net 2.0.0 forwards to otro@example.net (of owner-propia@example.net)");
        machine.aliases.put("ambas", "otro, propia");
        assertThat(found("ambas@example.net"))
                .as("its owner has no say in a list around it")
                .contains("otro@example.net 2.0.0 delivers to mailbox");
    }

    @Test
    void followsAliasesAndForwards() {
        machine.aliases.put("lista", "usuario, dentro, noexiste, \"|/bin/cat\", /tmp/fich, fuera@servidor.org");
        machine.aliases.put("dentro", "otro");
        LocalFixture.write(machine.home("otro").resolve(".forward"), "\\otro, otro@otro.example\n");
        assertThat(found("lista@example.net"))
                .containsExactlyInAnyOrder(
                        "usuario@example.net 2.0.0 delivers to mailbox",
                        "otro@example.net 2.0.0 delivers to mailbox",
                        "otro@otro.example 2.0.0 forwards to otro@otro.example",
                        "noexiste@example.net 5.1.1 unknown user: \"noexiste\"",
                        "2.0.0 delivers to command: /bin/cat",
                        "2.0.0 delivers to file: /tmp/fich",
                        "fuera@servidor.org 2.0.0 forwards to fuera@servidor.org");
    }

    @Test
    void whatAForwardNamesIsNewMail() {
        LocalFixture.write(machine.home("usuario").resolve(".forward"), "\\usuario, otro@localhost, x@servidor.org\n");
        assertThat(found("usuario@localhost"))
                .containsExactlyInAnyOrder(
                        "usuario@example.net 2.0.0 delivers to mailbox",
                        "otro@localhost 2.0.0 forwards to otro@localhost",
                        "x@servidor.org 2.0.0 forwards to x@servidor.org");
    }

    @Test
    void asksTheTransportThatWouldGetIt() {
        machine.transports.put("usuario", "lmtp:unix:/run/x");
        assertThat(verify("usuario@localhost").then()).hasValueSatisfying(to -> {
            assertThat(to.transport()).isEqualTo("lmtp");
            assertThat(to.nextHop()).isEqualTo("unix:/run/x");
        });
    }

    @Test
    void asksTheTransportForTheUserWhomAnAliasNames() {
        machine.transports.put("usuario", "lmtp:unix:/run/x");
        machine.aliases.put("jefe", "usuario");
        assertThat(verify("jefe@localhost").then().flatMap(Outcome.HandedTo::member))
                .contains(Address.of("usuario@example.net"));
    }

    @Test
    void endsInALongList() {
        StringBuilder members = new StringBuilder("m0@servidor.org");
        for (int i = 1; i < 3 * LocalVerifier.MOST_FOUND; i++) {
            members.append(", m").append(i).append("@servidor.org");
        }
        machine.aliases.put("todos", members.toString());
        assertThat(found("todos@localhost"))
                .hasSize(LocalVerifier.MOST_FOUND + 1)
                .last()
                .isEqualTo("4.3.0 this recipient stands for more than " + LocalVerifier.MOST_FOUND + " others");
    }
}
