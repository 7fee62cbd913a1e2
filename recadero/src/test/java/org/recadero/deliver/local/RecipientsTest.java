package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.recadero.deliver.local.LocalFixture.CONTENT;
import static org.recadero.deliver.local.LocalFixture.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.config.RecipientDelimiter;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

class RecipientsTest extends OnAMachine {
    // ---- users

    @Test
    void returnsMailForAnUnknownUser() {
        assertThat(to("noexiste@localhost")).isEqualTo("bounced 5.1.1 unknown user: \"noexiste\"");
        assertThat(to("noexiste+x@localhost")).isEqualTo("bounced 5.1.1 unknown user: \"noexiste\"");
        assertThat(to("a b@localhost")).isEqualTo("bounced 5.1.1 unknown user: \"a b\"");
    }

    @Test
    void takesNoNameThatReachesOutOfTheSpool() { // SAFETY 6
        machine.user("x", 1003);
        machine.users.put("../x", machine.users.get("x"));
        machine.users.put("..", machine.users.get("x"));
        assertThat(to("../x@localhost")).startsWith("bounced 5.1.1");
        assertThat(to("..@localhost")).startsWith("bounced 5.1.1");
    }

    @Test
    void waitsWhereTheUserDatabaseDoesNotAnswer() {
        machine.usersFail = true;
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 user lookup error");
        assertThat(machine.log).containsExactly("postfix/local: warning: error looking up user \"usuario\": no answer");
    }

    @Test
    void stripsTheExtensionAndFoldsCase() {
        assertThat(to("USUARIO+Ext@localhost")).startsWith("sent");
        assertThat(machine.mbox("usuario")).contains("Delivered-To: USUARIO+Ext@localhost\n");
    }

    private static RecipientDelimiter delimiter(String characters) {
        return new RecipientDelimiter(characters, "double-bounce", true);
    }

    @Test
    void splitsAtTheFirstDelimiterButNotAtTheBeginning() { // Postfix: split_addr(3)
        assertThat(LocalName.of("a+b+c", delimiter("+")).user()).isEqualTo("a");
        assertThat(LocalName.of("+b", delimiter("+")).user()).isEqualTo("+b");
        assertThat(LocalName.of("a-b+c", delimiter("+-")).user()).isEqualTo("a");
        assertThat(LocalName.of("owner-b", delimiter("-")).user()).isEqualTo("owner-b");
        assertThat(LocalName.of("b-request", delimiter("-")).user()).isEqualTo("b-request");
        assertThat(LocalName.of("Mailer-Daemon", delimiter("-")).user()).isEqualTo("mailer-daemon");
        assertThat(LocalName.of("double-bounce", delimiter("-")).user()).isEqualTo("double-bounce");
        assertThat(LocalName.of("a+b", delimiter("")).user()).isEqualTo("a+b");
    }

    @Test
    void throwsAwayOnlyNotificationsForAMissingPostmaster() {
        assertThat(text(machine.deliver(machine.to("", "postmaster@localhost", CONTENT, 1, false, ""))))
                .isEqualTo("sent 2.0.0 discarded");
        assertThat(machine.log).containsExactly("postfix/local: warning: required alias not found: postmaster");
        assertThat(to("postmaster@localhost")).startsWith("bounced 5.1.1");
        assertThat(to("double-bounce@localhost"))
                .isEqualTo("sent 2.0.0 undeliverable postmaster notification discarded");
    }

    // ---- what cannot be honoured yet waits (CONTRACTS)

    @Test
    void ignoresAForwardFileThatSaysNothingOrIsNotToBeTrusted() throws Exception { // SAFETY 6
        Path forward = machine.home("usuario").resolve(".forward");
        LocalFixture.write(forward, "# nothing\n\n");
        assertThat(to("usuario@localhost")).startsWith("sent");
        LocalFixture.write(forward, "otro\n");
        machine.files.owns(forward, 1002);
        assertThat(to("usuario@localhost")).startsWith("sent");
        Files.delete(forward);
        Files.createSymbolicLink(forward, folder.resolve("elsewhere"));
        assertThat(to("usuario@localhost")).startsWith("sent");
    }

    @Test
    void expandsForwardPathsAsPostfixDoes() {
        Map<String, String> values = Map.of("home", "/h", "user", "u", "extension", "", "recipient_delimiter", "+");
        assertThat(ForwardPath.expand(
                        List.of(
                                "$home/.forward${recipient_delimiter}${extension}",
                                "$home/.forward",
                                "/var/forward/$user${extension?{x}}${extension:y}",
                                "$(home)/a",
                                "relative",
                                "$nothing/x"),
                        values))
                .containsExactly("/h/.forward", "/var/forward/uy", "/h/a");
    }

    // ---- loops

    @Test
    void returnsMailThatWasDeliveredToThisAddressBefore() {
        for (String value : List.of("usuario@localhost", " USUARIO@LOCALHOST ")) {
            Delivery delivery = machine.to("usuario@localhost", "Delivered-To:" + value + "\nSubject: x\n\nx\n");
            assertThat(text(machine.deliver(delivery)))
                    .isEqualTo("bounced 5.4.6 mail forwarding loop for usuario@localhost");
        }
        // as Postfix: brackets make it another text, and the body does not count
        assertThat(text(machine.deliver(machine.to("usuario@localhost", "Delivered-To: <usuario@localhost>\n\nx\n"))))
                .startsWith("sent");
        assertThat(text(machine.deliver(machine.to("usuario@localhost", "S: x\n\nDelivered-To: usuario@localhost\n"))))
                .startsWith("sent");
    }

    @Test
    void returnsAnAliasThatComesRound() {
        machine.aliases.put("lista", "x@elsewhere.test");
        assertThat(text(machine.deliver(machine.to("lista@localhost", "Delivered-To: lista@localhost\n\nx\n"))))
                .isEqualTo("bounced 5.4.6 mail forwarding loop for lista@localhost");
    }

    // ---- aliases

    @Test
    void deliversAnAliasOfOneUserUnderTheAliasesName() {
        machine.aliases.put("postmaster", "root");
        machine.aliases.put("root", "Usuario");
        assertThat(to("postmaster@localhost")).isEqualTo("sent 2.0.0 delivered to mailbox");
        assertThat(machine.mbox("usuario"))
                .contains("X-Original-To: postmaster@localhost\nDelivered-To: postmaster@localhost\n");
    }

    @Test
    void looksForTheExtensionFirst() { // Postfix: local(8): name+extension, name
        machine.aliases.put("lista+alta", "a@elsewhere.test");
        machine.aliases.put("lista", "b@elsewhere.test");
        assertThat(to("lista+Alta@localhost")).isEqualTo("expanded [a@elsewhere.test/lista+Alta@localhost]");
        assertThat(to("lista+x@localhost")).isEqualTo("expanded [b@elsewhere.test/lista+x@localhost]");
        assertThat(to("LISTA@localhost")).isEqualTo("expanded [b@elsewhere.test/LISTA@localhost]");
    }

    @Test
    void expandsSeveralMembersOnceEach() {
        machine.aliases.put("todos", "usuario, otro@localhost, x@elsewhere.test, mas");
        machine.aliases.put("mas", "usuario@example.net, todos2");
        machine.aliases.put("todos2", "Otro, y@elsewhere.test");
        assertThat(to("todos@localhost"))
                .isEqualTo("expanded [usuario@example.net/todos@localhost, otro@localhost/todos@localhost,"
                        + " x@elsewhere.test/todos@localhost, y@elsewhere.test/todos@localhost]");
    }

    @Test
    void deliversToTheUserWhereAnAliasNamesItself() {
        machine.aliases.put("usuario", "usuario");
        assertThat(to("usuario@localhost")).startsWith("sent");
        machine.aliases.put("otro", "otro, x@elsewhere.test");
        assertThat(to("otro@localhost"))
                .isEqualTo("sent 2.0.0 delivered to mailbox; expanded [x@elsewhere.test/otro@localhost]");
        assertThat(machine.mbox("otro")).contains("Delivered-To: otro@localhost\n");
    }

    @Test
    void sendsTheMailOnWhileTheOwnMailboxWaits() {
        machine.aliases.put("otro", "\\otro, x@elsewhere.test");
        machine.files.space = 0;
        assertThat(to("otro@localhost")).startsWith("expanded [x@elsewhere.test/otro@localhost] then deferred 4.3.0");
    }

    @Test
    void sendsTheMailOnWhereTheOwnMailboxIsBroken() throws Exception {
        machine.aliases.put("otro", "otro, x@elsewhere.test");
        Files.createDirectory(machine.spool.resolve("otro"));
        assertThat(to("otro@localhost"))
                .startsWith("bounced 5.2.0 cannot update mailbox")
                .endsWith("; expanded [x@elsewhere.test/otro@localhost]");
    }

    @Test
    void returnsAliasesThatRunInACircle() {
        machine.aliases.put("self", "self2");
        machine.aliases.put("self2", "self");
        assertThat(to("self@localhost")).isEqualTo("bounced 5.4.6 alias database loop for self2");
    }

    @Test
    void aMemberThatIsNoUserFailsUnderHisOwnNameBesideTheOthers() { // once with a notice of his own; Postfix: local(8)
        machine.aliases.put("miss", "nadie");
        machine.aliases.put("varios", "nadie, otro, tampoco, x@servidor.org");
        DeliveryStatus unknown =
                DeliveryStatus.of("local", EnhancedStatusCode.of(5, 1, 1), "unknown user: \"nadie\"", Duration.ZERO);
        assertThat(machine.deliver(machine.to("miss@localhost")))
                .isEqualTo(new Outcome.Bounced(unknown.on(Address.of("nadie@example.net"))));
        assertThat(to("varios@localhost"))
                .isEqualTo("bounced 5.1.1 unknown user: \"nadie\"; bounced 5.1.1 unknown user: \"tampoco\";"
                        + " expanded [otro@example.net/varios@localhost, x@servidor.org/varios@localhost]");
        machine.aliases.put("owner-varios", "otro");
        assertThat(to("varios@localhost"))
                .as("of a list's members the new mail tells the owner")
                .startsWith("expanded [nadie@example.net");
    }

    @Test
    void newMailIsMadeForANameThatMustExist() { // it is not to bounce where nobody can be told
        machine.aliases.put("miss", "postmaster");
        assertThat(to("miss@localhost")).isEqualTo("expanded [postmaster@example.net/miss@localhost]");
    }

    @Test
    void mailForAnEmptyListWaits() throws IOException { // DIFFERS: from Postfix it is gone
        Path file = Files.writeString(folder.resolve("vacia"), "# nadie\n\n");
        machine.aliases.put("lista", ":include:" + file);
        assertThat(to("lista@localhost")).isEqualTo("deferred 4.3.0 an alias stands for nothing");
        machine.aliases.put("lista", "otro, :include:" + file);
        assertThat(to("lista@localhost")).isEqualTo("sent 2.0.0 delivered to mailbox");
    }

    @Test
    void waitsWhereTheAliasesCannotBeRead() {
        machine.aliasesFail = true;
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 alias database unavailable");
    }
}
