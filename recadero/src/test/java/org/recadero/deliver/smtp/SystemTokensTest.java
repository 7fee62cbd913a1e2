package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.deliver.local.FakeCommands;
import org.recadero.net.sasl.Secret;
import org.recadero.os.Commands;
import org.recadero.os.Identity;
import org.recadero.os.KnownUsers;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.NoIdentities;
import org.recadero.os.UserDatabase;
import org.recadero.route.TokenSource;

class SystemTokensTest {
    private static final String TOKEN = "/usr/bin/token";
    private final FakeCommands commands = new FakeCommands();
    private final List<String> warnings = new ArrayList<>();
    private final SystemTokens tokens =
            new SystemTokens(new LinuxFileSystem(), new NoIdentities(), USERS, commands, warnings::add);

    @TempDir
    Path folder;

    /** The mail system is 100. */
    private static final UserDatabase USERS =
            KnownUsers.of(KnownUsers.user("root", 0), KnownUsers.user("postfix", 100), KnownUsers.user("pepe", 1001));

    private Tokens.Fetched run(String user, Commands.End end) {
        commands.ends.put("pepe@gmail.com", end);
        return tokens.fetch(new TokenSource.OfCommand(user, List.of(TOKEN, "pepe@gmail.com")));
    }

    private static Tokens.Fetched got(String token) {
        return new Tokens.Fetched.Got(Secret.of(token));
    }

    private static Tokens.Fetched failed(String why) {
        return new Tokens.Fetched.Failed(why);
    }

    @Test
    void theFirstLineThatACommandPrintsIsTheToken() {
        assertThat(run("pepe", new Commands.End.Exited(0, "ya29.a~b+c/d==\nexpires in 3599\n")))
                .isEqualTo(got("ya29.a~b+c/d=="));
        Commands.Command ran = commands.run.getFirst();
        assertThat(ran.identity()).isEqualTo(new Identity(1001, 1001, List.of()));
        assertThat(ran.arguments()).endsWith(TOKEN, "pepe@gmail.com");
        assertThat(ran.environment()).containsEntry("HOME", "/home/pepe").containsEntry("USER", "pepe");
        assertThat(ran.limit()).isEqualTo(SystemTokens.LIMIT);
    }

    /** Nothing of what it printed is ever said: it may be the token. */
    @Test
    void aCommandThatFailsIsNotQuoted() {
        assertThat(run("pepe", new Commands.End.Exited(1, "ya29.secret")))
                .isEqualTo(failed(TOKEN + " ended with status 1"));
        assertThat(run("pepe", new Commands.End.Exited(127, "")))
                .isEqualTo(failed(TOKEN + " ended with status 127, which says that it is not there"));
        assertThat(run("pepe", new Commands.End.TimedOut("ya29.secret")))
                .isEqualTo(failed(TOKEN + " did not end within 30 s"));
        assertThat(run("pepe", new Commands.End.Killed(9, "ya29.secret")))
                .isEqualTo(failed(TOKEN + " was ended by signal 9"));
        assertThat(run("pepe", new Commands.End.Exited(0, "\n")))
                .isEqualTo(failed(TOKEN + " has no token in its first line"));
        assertThat(run("pepe", new Commands.End.Exited(0, "ya29 secret\n")))
                .isEqualTo(failed(TOKEN + " has something else than a token in its first line"));
        assertThat(run("pepe", new Commands.End.Exited(0, "x".repeat(SystemTokens.MOST_BYTES + 1))))
                .isEqualTo(failed(TOKEN + " has something else than a token in its first line"));
    }

    /** SAFETY 5. */
    @ParameterizedTest
    @ValueSource(strings = {"root", "postfix"})
    void neverRunsACommandAsRootOrAsTheMailSystem(String user) {
        assertThat(run(user, new Commands.End.Exited(0, "ya29\n")))
                .isEqualTo(failed(user + " is root or the mail system's own account and runs no commands"));
        assertThat(commands.run).isEmpty();
    }

    @Test
    void anUnknownUserRunsNothing() {
        assertThat(run("nadie", new Commands.End.Exited(0, "ya29\n")))
                .isEqualTo(failed("unknown user nadie for a token's command"));
        assertThat(commands.run).isEmpty();
    }

    private Tokens.Fetched file(String text, String mode) throws IOException {
        Path file = folder.resolve("token");
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return tokens.fetch(new TokenSource.InFile(file.toString()));
    }

    @Test
    void theFirstLineOfAFileIsTheToken() throws IOException {
        assertThat(file("ya29.first\r\nmore\n", "rw-------")).isEqualTo(got("ya29.first"));
        assertThat(file("ya29.second", "rw-------")).as("read each time").isEqualTo(got("ya29.second"));
        assertThat(warnings).isEmpty();
    }

    @Test
    void warnsOnceOfAFileThatOthersCanRead() throws IOException {
        assertThat(file("ya29.first\n", "rw-r--r--")).isEqualTo(got("ya29.first"));
        assertThat(file("ya29.first\n", "rw-r--r--")).isEqualTo(got("ya29.first"));
        String path = folder.resolve("token").toString();
        assertThat(warnings).containsExactly("others can read the token in " + path + ": chmod 600 " + path);
    }

    /** SAFETY 6: no link, nothing but a regular file. */
    @Test
    void whatIsNoPlainFileHasNoToken() throws IOException {
        String missing = folder.resolve("nada").toString();
        assertThat(tokens.fetch(new TokenSource.InFile(missing)))
                .isEqualTo(failed(missing + ": No such file or directory"));
        assertThat(tokens.fetch(new TokenSource.InFile(folder.toString())))
                .isEqualTo(failed(folder + ": not a regular file"));
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, folder.resolve("token"));
        assertThat(tokens.fetch(new TokenSource.InFile(link.toString()))).isInstanceOf(Tokens.Fetched.Failed.class);
        assertThat(file("x".repeat(SystemTokens.MOST_BYTES + 1), "rw-------"))
                .isEqualTo(failed(folder.resolve("token") + " has something else than a token in its first line"));
    }
}
