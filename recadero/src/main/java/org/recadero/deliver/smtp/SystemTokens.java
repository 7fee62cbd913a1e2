package org.recadero.deliver.smtp;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.recadero.net.sasl.Secret;
import org.recadero.os.Commands;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.route.TokenSource;

/**
 * OAuth tokens from files and commands. A file is read with the rights that a table of passwords is read with: the daemon's own,
 * and where only root may read it and root owns it, root's (CONTRACTS). A command never runs as root or as the mail system
 * (SAFETY 1, 5), {@link #LIMIT} at most; what it prints to standard error goes nowhere, since it may be a token too. Safe for
 * all threads.
 */
public final class SystemTokens implements Tokens.Fetcher {
    /** After it a command is ended. */
    static final Duration LIMIT = Duration.ofSeconds(30);

    /** Longest token. */
    static final int MOST_BYTES = 16 << 10;

    private static final int OTHERS_READ = 0004;
    private static final int MOST_WARNED = 1_000;
    private static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    private final FileSystem files;
    private final Identities identities;
    private final UserDatabase users;
    private final Commands commands;
    private final Consumer<String> warn;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    /** @param warn told once of each file that others can read */
    public SystemTokens(
            FileSystem files, Identities identities, UserDatabase users, Commands commands, Consumer<String> warn) {
        this.files = Objects.requireNonNull(files);
        this.identities = Objects.requireNonNull(identities);
        this.users = Objects.requireNonNull(users);
        this.commands = Objects.requireNonNull(commands);
        this.warn = Objects.requireNonNull(warn);
    }

    @Override
    public Tokens.Fetched fetch(TokenSource source) {
        return switch (source) {
            case TokenSource.InFile(String path) -> ofFile(path);
            case TokenSource.OfCommand command -> ofCommand(command);
        };
    }

    private static Tokens.Fetched failed(String why) {
        return new Tokens.Fetched.Failed(why);
    }

    // ---- files

    private Tokens.Fetched ofFile(String path) {
        try {
            return firstLine(path, read(path));
        } catch (ErrnoException e) {
            return failed(path + ": " + e.text());
        } catch (IOException e) {
            return failed(String.valueOf(e.getMessage()));
        }
    }

    private byte[] read(String path) throws IOException {
        int descriptor;
        try {
            descriptor = files.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EACCES) {
                return identities.readRootFile(path, MOST_BYTES);
            }
            throw e;
        }
        try {
            FileStatus status = files.status(descriptor);
            if (!status.isRegular()) {
                throw new IOException(path + ": not a regular file");
            }
            if ((status.permissions() & OTHERS_READ) != 0 && warned.size() < MOST_WARNED && warned.add(path)) {
                warn.accept("others can read the token in " + path + ": chmod 600 " + path);
            }
            byte[] bytes = new byte[MOST_BYTES + 1];
            int count = (int) files.read(descriptor, MemorySegment.ofArray(bytes), 0);
            return Arrays.copyOf(bytes, count);
        } finally {
            files.close(descriptor);
        }
    }

    /** A token is one word (RFC 6750 §2.1). */
    private static Tokens.Fetched firstLine(String where, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        String line = (end < 0 ? text : text.substring(0, end)).strip();
        if (line.isEmpty()) {
            return failed(where + " has no token in its first line");
        }
        if (line.length() > MOST_BYTES || !line.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            return failed(where + " has something else than a token in its first line");
        }
        return new Tokens.Fetched.Got(Secret.of(line));
    }

    // ---- commands

    private Tokens.Fetched ofCommand(TokenSource.OfCommand source) {
        UserDatabase.User user;
        Identity identity;
        try {
            Optional<UserDatabase.User> known = users.byName(source.user());
            if (known.isEmpty()) {
                return failed("unknown user " + source.user() + " for a token's command");
            }
            user = known.get();
            Identity self = identities.self();
            if (user.uid() == 0 || (identities.canSwitch() && user.uid() == self.uid())) {
                return failed(user.name() + " is root or the mail system's own account and runs no commands");
            }
            if (!identities.canSwitch() && user.uid() != self.uid()) {
                return failed("this instance may run commands for its own user only");
            }
            identity = identities.canSwitch() ? users.identity(user) : self;
        } catch (UserDatabaseException e) {
            return failed("user lookup error: " + e.getMessage());
        }
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("PATH", PATH);
        variables.put("HOME", user.home());
        variables.put("USER", user.name());
        variables.put("LOGNAME", user.name());
        variables.put("LANG", "C.UTF-8");
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" 2>/dev/null", "token"));
        words.addAll(source.words());
        String program = source.words().getFirst();
        Commands.End end = commands.run(
                new Commands.Command(identity, words, variables, "/", false, false, LIMIT, MOST_BYTES + 1, 0), out -> {
                    // its standard input is empty
                });
        return switch (end) {
            case Commands.End.Exited(int status, String output) ->
                status == 0
                        ? firstLine(program, output.getBytes(StandardCharsets.ISO_8859_1))
                        : failed(program + " ended with status " + status + meaning(status));
            case Commands.End.Killed(int signal, String output) -> failed(program + " was ended by signal " + signal);
            case Commands.End.TimedOut(String output) ->
                failed(program + " did not end within " + LIMIT.toSeconds() + " s");
            case Commands.End.NotRun(String why) -> failed(program + ": " + why);
            case Commands.End.Failed(String why) -> failed(program + ": " + why);
        };
    }

    /** POSIX shell, 2.8.2. */
    private static String meaning(int status) {
        return switch (status) {
            case 126 -> ", which says that it may not be run";
            case 127 -> ", which says that it is not there";
            default -> "";
        };
    }
}
