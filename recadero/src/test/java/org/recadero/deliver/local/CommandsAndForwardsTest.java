package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.recadero.deliver.local.LocalFixture.CONTENT;
import static org.recadero.deliver.local.LocalFixture.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.config.Parameters;
import org.recadero.deliver.Delivery;
import org.recadero.os.Commands.Command;
import org.recadero.os.Commands.End;
import org.recadero.status.Outcome;

/** Answers as Postfix 3.7.11 gives them, unless a comment says DIFFERS. */
class CommandsAndForwardsTest extends OnAMachine {
    private void forward(String name, String text) {
        LocalFixture.write(machine.home("usuario").resolve(name), text);
    }

    // ---- mailbox_command

    @Test
    void givesTheMailToTheMailboxCommandAsTheUser() { // SAFETY 1: ids, not names
        machine.values.put(Parameters.MAILBOX_COMMAND, "procmail -a \"$EXTENSION\"");
        assertThat(to("usuario+ext@localhost"))
                .isEqualTo("sent 2.0.0 delivered to command: procmail -a \"$EXTENSION\"");
        assertThat(machine.commands.lines()).containsExactly("1001 /bin/sh -c procmail -a \"$EXTENSION\"");
        assertThat(machine.commands.inputs.getFirst())
                .isEqualTo("From root@example.net  Tue Nov 24 02:42:56 2026\nReturn-Path: <root@example.net>\n"
                        + "X-Original-To: usuario+ext@localhost\nDelivered-To: usuario+ext@localhost\n"
                        + CONTENT);
        assertThat(machine.spool.resolve("usuario")).doesNotExist();
    }

    @Test
    void tellsTheCommandWhoSendsToWhom() { // Postfix: local(8); the list of POSTFIX.md b)
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        assertThat(to("usuario+e&x@localhost")).startsWith("sent");
        Command command = machine.commands.run.getFirst();
        assertThat(command.environment())
                .containsOnlyKeys(
                        "DOMAIN",
                        "EXTENSION",
                        "HOME",
                        "LANG",
                        "LOCAL",
                        "LOGNAME",
                        "MAIL_CONFIG",
                        "ORIGINAL_RECIPIENT",
                        "PATH",
                        "PWD",
                        "RECIPIENT",
                        "SENDER",
                        "SHELL",
                        "TZ",
                        "USER")
                .containsEntry("PATH", "/usr/bin:/bin")
                .containsEntry("LANG", "C")
                .containsEntry("PWD", "/var/spool/postfix")
                .containsEntry("HOME", machine.home("usuario").toString())
                .containsEntry("USER", "usuario")
                // command_expansion_filter
                .containsEntry("EXTENSION", "e_x")
                .containsEntry("LOCAL", "usuario+e_x")
                .containsEntry("RECIPIENT", "usuario+e_x@localhost")
                .containsEntry("SENDER", "root@example.net");
        assertThat(command.folderAsUser()).isFalse();
        assertThat(command.fileBytes()).isEqualTo(51_200_000);
    }

    @Test
    void runsWhereCommandExecutionDirectorySays() {
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        machine.values.put(Parameters.COMMAND_EXECUTION_DIRECTORY, "$home/mail");
        machine.values.put(Parameters.EXPORT_ENVIRONMENT, List.of("FOO=bar"));
        assertThat(to("usuario@localhost")).startsWith("sent");
        Command command = machine.commands.run.getFirst();
        assertThat(command.folder()).isEqualTo(machine.home("usuario") + "/mail");
        assertThat(command.folderAsUser()).isTrue();
        assertThat(command.environment()).containsEntry("FOO", "bar").doesNotContainKeys("TZ", "LANG", "SECRET");
    }

    @Test
    void runsRootsCommandsAsDefaultPrivs() { // CONTRACTS
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        assertThat(to("root@localhost")).startsWith("sent");
        assertThat(machine.commands.lines()).containsExactly("65534 x");
        assertThat(machine.commands.run.getFirst().environment())
                .containsEntry("HOME", machine.home("root").toString())
                .containsEntry("USER", "root");
    }

    @Test
    void choosesAmongTransportCommandAndMailboxAsPostfixDoes() { // Postfix: postconf(5), mailbox_transport_maps
        machine.values.put(Parameters.MAILBOX_COMMAND, "all");
        machine.commandMap.put("usuario", "own");
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.0.0 delivered to command: own");
        assertThat(to("otro@localhost")).isEqualTo("sent 2.0.0 delivered to command: all");
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:unix:/run/x");
        machine.transports.put("otro", "error");
        assertThat(to("usuario@localhost")).isEqualTo("handed to lmtp:unix:/run/x");
        assertThat(to("otro@localhost")).startsWith("handed to error:");
        assertThat(to("noexiste@localhost")).isEqualTo("handed to lmtp:unix:/run/x");
    }

    @Test
    void handsTheUserWhomAnAliasNamesOnUnderHisOwnName() { // lost once: Dovecot knows no user «root»
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:unix:/run/x");
        machine.aliases.put("jefe", "\\usuario");
        machine.aliases.put("nadie", "noexiste");
        assertThat(to("jefe@localhost")).isEqualTo("handed to lmtp:unix:/run/x for usuario@example.net");
        assertThat(to("nadie@localhost")).isEqualTo("handed to lmtp:unix:/run/x for noexiste@example.net");
        forward(".forward", "\\usuario, \"|yes\"\n");
        assertThat(to("jefe@localhost"))
                .isEqualTo("sent 2.0.0 delivered to command: yes; handed to lmtp:unix:/run/x for usuario@example.net");
    }

    @Test
    void hasPlacesForUnknownUsers() { // Postfix: postconf(5), fallback_transport, luser_relay
        machine.values.put(Parameters.LUSER_RELAY, "otro+$user$domain");
        assertThat(to("nadie+q@localhost")).isEqualTo("expanded [otro+nadielocalhost@example.net/nadie+q@localhost]");
        machine.values.put(Parameters.LUSER_RELAY, "$local@elsewhere.example,otro");
        assertThat(to("nadie+q@localhost"))
                .isEqualTo("bounced 5.1.3 bad recipient address syntax: nadie+q@elsewhere.example,otro");
        machine.values.put(Parameters.FALLBACK_TRANSPORT, "error:5.1.7 fb");
        assertThat(to("nadie+q@localhost")).isEqualTo("handed to error:5.1.7 fb");
    }

    @Test
    void waitsForACommandThatSaysSo() {
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        machine.commands.ends.put("x", new End.Exited(75, ""));
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 temporary failure");
        machine.commands.ends.put("x", new End.Failed("recadero-exec is not there"));
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 recadero-exec is not there");
    }

    // ---- .forward

    @Test
    void followsTheForwardFileAndReadsItAsTheUser() { // SAFETY 6
        forward(".forward", "otro@localhost\n");
        assertThat(to("usuario@localhost")).isEqualTo("expanded [otro@localhost/usuario@localhost]");
        assertThat(machine.identities.taken()).hasSize(1).allMatch(i -> i.uid() == 1001);
        assertThat(machine.spool.resolve("usuario")).doesNotExist();
    }

    @Test
    void looksForForwardFilesWithAllowedCharactersOnly() { // Postfix: postconf(5), forward_expansion_filter
        forward(".forward+a_b", "otro@localhost\n");
        assertThat(to("usuario+a&b@localhost")).isEqualTo("expanded [otro@localhost/usuario+a&b@localhost]");
        machine.values.put(Parameters.FORWARD_EXPANSION_FILTER, "+&/." + alphanumeric());
        forward(".forward+a&b", "x@elsewhere.test\n");
        assertThat(to("usuario+a&b@localhost")).isEqualTo("expanded [x@elsewhere.test/usuario+a&b@localhost]");
    }

    private static String alphanumeric() {
        return "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    }

    @Test
    void waitsForAHomeThatMustBeThere() throws Exception { // Postfix: postconf(5), require_home_directory
        Path home = machine.home("usuario");
        Files.delete(home);
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.0.0 delivered to mailbox");
        machine.values.put(Parameters.REQUIRE_HOME_DIRECTORY, true);
        String missing = "deferred 4.3.0 cannot access home directory " + home + ": No such file or directory";
        assertThat(to("usuario+x@localhost")).isEqualTo(missing);
        machine.aliases.put("lista", "usuario, \"|x\"");
        assertThat(to("lista@localhost")).startsWith("sent").contains("expanded");
        machine.values.put(Parameters.HOME_MAILBOX, "Maildir/");
        assertThat(to("usuario@localhost")).isEqualTo(missing);
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        assertThat(to("usuario@localhost")).isEqualTo(missing);
        Files.createDirectory(home);
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.0.0 delivered to command: x");
    }

    @Test
    void runsTheChaptersForwardLine() {
        forward(".forward", "\"|IFS=' ' && exec /usr/bin/procmail -f- || exit 75 #usuario\"\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo(
                        "sent 2.0.0 delivered to command: IFS=' ' && exec /usr/bin/procmail -f- || exit 75 #usuario");
        assertThat(machine.commands.lines())
                .containsExactly("1001 /bin/sh -c IFS=' ' && exec /usr/bin/procmail -f- || exit 75 #usuario");
    }

    @Test
    void keepsACopyForTheUserHimself() {
        for (String own : List.of("\\usuario", "usuario", "usuario@localhost", "USUARIO@example.net")) {
            forward(".forward", own + ", otro@localhost\n");
            assertThat(to("usuario@localhost"))
                    .as(own)
                    .isEqualTo("sent 2.0.0 delivered to mailbox; expanded [otro@localhost/usuario@localhost]");
        }
        assertThat(machine.mbox("usuario")).contains("Delivered-To: usuario@localhost\n");
    }

    @Test
    void takesTheFirstForwardFileThatIsThere() { // Postfix: postconf(5), forward_path
        forward(".forward+lista", "\"|/bin/a b\"\n");
        forward(".forward", "otro\n");
        assertThat(to("usuario+lista@localhost")).isEqualTo("sent 2.0.0 delivered to command: /bin/a b");
        assertThat(to("usuario+otra@localhost")).isEqualTo("expanded [otro@example.net/usuario+otra@localhost]");
        assertThat(machine.commands.lines()).containsExactly("1001 /bin/a b");
    }

    @Test
    void propagatesAnUnmatchedExtensionWhereThatIsWanted() { // Postfix: postconf(5), propagate_unmatched_extensions
        machine.values.put(Parameters.PROPAGATE_UNMATCHED_EXTENSIONS, List.of("forward", "alias"));
        forward(".forward", "otro\n");
        assertThat(to("usuario+x@localhost")).isEqualTo("expanded [otro+x@example.net/usuario+x@localhost]");
        assertThat(to("usuario@localhost")).isEqualTo("expanded [otro@example.net/usuario@localhost]");
        forward(".forward+y", "otro\n");
        assertThat(to("usuario+y@localhost")).isEqualTo("expanded [otro@example.net/usuario+y@localhost]");
        machine.aliases.put("lista", "a@elsewhere.test");
        assertThat(to("lista+z@localhost")).isEqualTo("expanded [a+z@elsewhere.test/lista+z@localhost]");
    }

    @Test
    void writesFilesAsTheUser() {
        Path file = folder.resolve("file");
        forward(".forward", file + "\n~/inbox\n" + folder.resolve("dir") + "/\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo("sent 2.0.0 delivered to file: " + file + "; sent 2.0.0 delivered to file: "
                        + machine.home("usuario").resolve("inbox") + "; sent 2.0.0 delivered to maildir");
        assertThat(LocalFixture.read(file))
                .isEqualTo(LocalFixture.entry("root@example.net", "usuario@localhost", CONTENT));
        assertThat(LocalFixture.names(folder.resolve("dir/new"))).hasSize(1);
    }

    @Test
    void saysWhichFileItCouldNotWrite() throws Exception {
        Path file = Files.createDirectory(folder.resolve("file"));
        forward(".forward", file + "\n");
        assertThat(to("usuario@localhost")).startsWith("bounced 5.2.0 cannot append message to file " + file + ": ");
    }

    @Test
    void triesAgainOnlyWhatWaits() { // DIFFERS: Postfix does all of it again
        forward(".forward", "otro, \"|wait\", \"|yes\", \\usuario\n");
        machine.commands.ends.put("wait", new End.Exited(75, ""));
        assertThat(to("usuario@localhost"))
                .isEqualTo("sent 2.0.0 delivered to command: yes; sent 2.0.0 delivered to mailbox; expanded"
                        + " [otro@example.net/usuario@localhost] then deferred 4.3.0 temporary failure");
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 temporary failure");
        machine.commands.ends.clear();
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.0.0 delivered to command: wait");
        assertThat(machine.commands.lines()).containsExactly("1001 wait", "1001 yes", "1001 wait", "1001 wait");
        assertThat(machine.mbox("usuario").split("From root@", -1)).hasSize(2);
    }

    @Test
    void doesWhatElseThereIsWhereOnePartFails() {
        machine.aliases.put("lista", "otro, \"|no\", \"|yes\", \"|no\"");
        machine.commands.ends.put("no", new End.Exited(77, "no me gusta\n"));
        assertThat(to("lista@localhost"))
                .isEqualTo("bounced 5.7.0 permission denied. Command output: no me gusta; "
                        + "sent 2.0.0 delivered to command: yes; expanded [otro@example.net/lista@localhost]");
        assertThat(machine.commands.run).as("duplicates are removed").hasSize(2);
    }

    @Test
    void reportsEachPlaceThatFails() { // Postfix: local(8), beside it in a throw-away machine
        machine.aliases.put("lista", "\"|no\", \"|never\", \"|later\"");
        machine.commands.ends.put("no", new End.Exited(77, ""));
        machine.commands.ends.put("never", new End.Exited(69, ""));
        assertThat(to("lista@localhost"))
                .isEqualTo("bounced 5.7.0 permission denied; bounced 5.3.0 service unavailable;"
                        + " sent 2.0.0 delivered to command: later");
        machine.commands.ends.put("later", new End.Exited(75, ""));
        assertThat(to("lista@localhost"))
                .isEqualTo("bounced 5.7.0 permission denied; bounced 5.3.0 service unavailable;"
                        + " deferred 4.3.0 temporary failure");
        machine.aliases.put("lista", "\"|no\", \"|never\"");
        assertThat(to("lista@localhost"))
                .isEqualTo("bounced 5.7.0 permission denied; bounced 5.3.0 service unavailable");
    }

    @Test
    void handsTheUsersOwnCopyOnThoughHisCommandFails() { // lost once: a failure took its place
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:unix:/run/x");
        machine.commands.ends.put("no", new End.Exited(77, ""));
        forward(".forward", "\\usuario, \"|no\"\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo("bounced 5.7.0 permission denied; handed to lmtp:unix:/run/x for usuario@example.net");
    }

    /** Postfix sends each part by itself, too; DIFFERS: it does all of it again at each attempt. */
    @Test
    void handsTheUsersOwnCopyOnWhileHisCommandWaits() { // lost once, where the command waited until the mail expired
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:unix:/run/x");
        machine.commands.ends.put("wait", new End.Exited(75, ""));
        forward(".forward", "\\usuario, \"|wait\", \"|yes\"\n");
        Delivery delivery = machine.to("usuario@localhost");
        Outcome outcome = machine.deliver(delivery);
        assertThat(text(outcome))
                .isEqualTo("sent 2.0.0 delivered to command: yes; deferred 4.3.0 temporary failure;"
                        + " handed to lmtp:unix:/run/x for usuario@example.net");
        assertThat(to("usuario@localhost"))
                .as("that transport did not take it")
                .isEqualTo("deferred 4.3.0 temporary failure; handed to lmtp:unix:/run/x for usuario@example.net");
        machine.hasTaken(delivery, handedTo(outcome));
        assertThat(to("usuario@localhost")).isEqualTo("deferred 4.3.0 temporary failure");
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "");
        assertThat(to("usuario@localhost"))
                .as("he has it, whatever his mailbox is now")
                .isEqualTo("deferred 4.3.0 temporary failure");
        machine.commands.ends.clear();
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.0.0 delivered to command: wait");
        assertThat(machine.commands.lines()).filteredOn(l -> l.endsWith("yes")).hasSize(1);
    }

    private static Outcome.HandedTo handedTo(Outcome outcome) {
        return outcome instanceof Outcome.Several several && several.last() instanceof Outcome.HandedTo handed
                ? handed
                : fail("not handed on: " + outcome);
    }

    @Test
    void doesNotRunACommandAgainWhileTheTransportThatTheUsersCopyWentToIsAway() {
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:unix:/run/x");
        forward(".forward", "otro, \"|yes\", \\usuario\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo("sent 2.0.0 delivered to command: yes; expanded [otro@example.net/usuario@localhost]"
                        + " then handed to lmtp:unix:/run/x for usuario@example.net");
        assertThat(to("usuario@localhost")).isEqualTo("handed to lmtp:unix:/run/x for usuario@example.net");
        machine.commands.ends.put("yes", new End.Exited(75, ""));
        forward(".forward", "otro, \"|yes\", \"|wait\", \\usuario\n");
        machine.commands.ends.put("wait", new End.Exited(75, ""));
        assertThat(to("usuario@localhost"))
                .isEqualTo("deferred 4.3.0 temporary failure; handed to lmtp:unix:/run/x for usuario@example.net");
    }

    @Test
    void takesThePlacesOutcomesFromTheStatusFilter() { // Postfix: postconf(5), local_delivery_status_filter
        machine.statusFilter.put("5.7.0 permission denied", "4.7.0 later");
        machine.statusFilter.put("2.0.0 delivered to mailbox", "2.1.5 there");
        machine.statusFilter.put("5.1.1 unknown user: \"nadie\"", "5.1.6");
        machine.aliases.put("lista", "\"|no\", \"|yes\"");
        machine.commands.ends.put("no", new End.Exited(77, ""));
        assertThat(to("lista@localhost")).isEqualTo("sent 2.0.0 delivered to command: yes; deferred 4.7.0 later");
        assertThat(to("lista@localhost")).as("what has it is not asked again").isEqualTo("deferred 4.7.0 later");
        assertThat(to("usuario@localhost")).isEqualTo("sent 2.1.5 there");
        assertThat(to("nadie@localhost")).isEqualTo("bounced 5.1.6 unknown user: \"nadie\"");
    }

    @Test
    void theOwnerHearsOfWhatFails() { // RFC 3461 §5.2.7.3; Postfix: local(8), owner-aliases
        machine.aliases.put("own", "\"|no\"");
        machine.aliases.put("owner-own", "usuario");
        machine.commands.ends.put("no", new End.Exited(77, ""));
        assertThat(to("own@localhost")).isEqualTo("bounced 5.7.0 permission denied (told owner-own@example.net)");
    }

    @Test
    void honoursAForwardFileBeforeCommandAndTransport() {
        machine.values.put(Parameters.MAILBOX_COMMAND, "x");
        forward(".forward", "otro\n");
        assertThat(to("usuario@localhost")).startsWith("expanded");
        machine.values.put(Parameters.MAILBOX_TRANSPORT, "lmtp:x");
        assertThat(to("usuario@localhost")).startsWith("expanded");
        forward(".forward", "\\usuario, otro\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo(
                        "expanded [otro@example.net/usuario@localhost] then handed to lmtp:x for usuario@example.net");
    }

    @Test
    void returnsMailThatAForwardFileSentBack() {
        forward(".forward", "otro\n");
        assertThat(text(machine.deliver(machine.to("usuario@localhost", "Delivered-To: usuario@localhost\n\nx\n"))))
                .isEqualTo("bounced 5.4.6 mail forwarding loop for usuario@localhost");
    }

    @Test
    void refusesWhatIsNotAllowed() { // Postfix: postconf(5), allow_mail_to_commands
        machine.values.put(Parameters.ALLOW_MAIL_TO_COMMANDS, List.of("alias"));
        machine.values.put(Parameters.ALLOW_MAIL_TO_FILES, List.of("forward"));
        forward(".forward", "\"|x\"\n");
        machine.aliases.put("file", "/tmp/x");
        assertThat(to("usuario@localhost")).isEqualTo("bounced 5.7.1 mail to command is restricted");
        assertThat(to("file@localhost")).isEqualTo("bounced 5.7.1 mail to file is restricted");
        assertThat(machine.commands.run).isEmpty();
    }

    // ---- aliases

    @Test
    void runsAliasesCommandsAsDefaultPrivs() { // CONTRACTS
        machine.aliases.put("cmd", "\"|/opt/env.sh one two\"");
        assertThat(to("cmd+ext@localhost")).isEqualTo("sent 2.0.0 delivered to command: /opt/env.sh one two");
        assertThat(machine.commands.lines()).containsExactly("65534 /opt/env.sh one two");
        assertThat(machine.commands.run.getFirst().environment())
                .containsEntry("USER", "cmd")
                .containsEntry("LOGNAME", "cmd")
                .containsEntry("EXTENSION", "ext")
                .doesNotContainKeys("HOME", "SHELL");
    }

    @Test
    void throwsAwayWhatGoesToDevNull() {
        machine.aliases.put("nadie", "/dev/null");
        assertThat(to("nadie@localhost")).isEqualTo("sent 2.0.0 delivered to file: /dev/null");
    }

    @Test
    void remembersSoManyMembersOnly() { // Postfix: postconf(5), duplicate_filter_limit
        machine.values.put(Parameters.DUPLICATE_FILTER_LIMIT, 2);
        machine.aliases.put("f", "\"|a\", \"|b\", \"|c\", \"|a\", \"|c\"");
        assertThat(to("f@localhost")).startsWith("sent");
        assertThat(machine.commands.run).hasSize(4);
    }

    @Test
    void knowsNoOwnersWhereTheyAreNothingSpecial() { // Postfix: postconf(5), owner_request_special
        machine.values.put(Parameters.OWNER_REQUEST_SPECIAL, false);
        machine.aliases.put("own", "otro, \"|x\"");
        machine.aliases.put("owner-own", "usuario");
        assertThat(to("own@localhost")).doesNotContain("owner-own");
        assertThat(machine.commands.run.getFirst().environment().get("SENDER")).doesNotContain("owner-own");
    }

    @Test
    void sendsOnInTheOwnersName() { // Postfix: local(8), owner-aliases
        machine.aliases.put("own", "otro, \"|x\"");
        machine.aliases.put("owner-own", "usuario");
        assertThat(to("own@localhost"))
                .isEqualTo("sent 2.0.0 delivered to command: x; expanded [otro@example.net/otro@example.net]"
                        + " from owner-own@example.net");
        assertThat(machine.commands.run.getFirst().environment()).containsEntry("SENDER", "owner-own@example.net");
        assertThat(machine.commands.inputs.getFirst()).startsWith("From owner-own@example.net  ");
        machine.values.put(Parameters.EXPAND_OWNER_ALIAS, true);
        assertThat(to("own@localhost")).endsWith(" from usuario@example.net");
    }

    @Test
    void leavesAnAliasWithAnOwnerWithinAnAliasToItself() {
        machine.aliases.put("all", "own, usuario");
        machine.aliases.put("own", "otro");
        machine.aliases.put("owner-own", "usuario");
        assertThat(to("all@localhost"))
                .isEqualTo("expanded [own@example.net/all@localhost, usuario@example.net/all@localhost]");
    }

    @Test
    void followsIncludeFiles() {
        Path list = folder.resolve("list");
        LocalFixture.write(
                list, "# comment\notro, a@elsewhere.test\n\n otro\n:include:" + folder.resolve("more") + "\n");
        LocalFixture.write(folder.resolve("more"), "b@elsewhere.test\n\"|x\"\n");
        machine.aliases.put("inc", ":include:" + list);
        assertThat(to("inc@localhost"))
                .isEqualTo("bounced 5.7.1 mail to command is restricted; "
                        + "expanded [otro@example.net/inc@localhost, a@elsewhere.test/inc@localhost,"
                        + " b@elsewhere.test/inc@localhost]");
        // the list with the alias's rights, what it includes with those of the list's owner
        assertThat(machine.identities.taken()).extracting(i -> i.uid()).startsWith(65534, 1001);
    }

    @Test
    void waitsWhereAnIncludeFileIsNotThere() { // DIFFERS: Postfix returns the mail
        machine.aliases.put("inc", ":include:/nonexistent/list");
        assertThat(to("inc@localhost"))
                .isEqualTo("deferred 4.3.5 mail system configuration error (:include:/nonexistent/list)");
        assertThat(machine.log).first().asString().contains("cannot open include file /nonexistent/list");
    }

    @Test
    void followsTheForwardFileOfAUserWhoseAliasNamesHim() {
        machine.aliases.put("usuario", "usuario, x@elsewhere.test");
        forward(".forward", "otro\n");
        assertThat(to("usuario@localhost"))
                .isEqualTo("expanded [otro@example.net/usuario@localhost, x@elsewhere.test/usuario@localhost]");
    }

    // ---- commands as they are written

    @Test
    void executesPlainCommandsAndGivesOthersToTheShell() { // Postfix: exec_command(3)
        assertThat(CommandLine.of(" /usr/bin/x  -a\tb ", "")).containsExactly("/usr/bin/x", "-a", "b");
        for (String shell :
                List.of("x \"y\"", "x 'y'", "a; b", "a|b", "a > b", "$x", "a #b", "a*", "ñ", "a\nb", "~/x")) {
            assertThat(CommandLine.of(shell, "")).as(shell).containsExactly("/bin/sh", "-c", shell);
        }
        assertThat(CommandLine.of("x y", "/bin/bash -c")).containsExactly("/bin/bash", "-c", "x y");
    }
}
