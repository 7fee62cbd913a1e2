package org.recadero.command;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.recadero.config.ConfigurationException;
import org.recadero.config.ConfigurationFileWriter;
import org.recadero.config.Configurations;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.PasswordHash;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.status.SysExits;

/**
 * {@code recadero passwd [-d] LOGIN [FILE]}: sets (or takes away) the password with which a login may send by the SMTP server
 * ({@code smtpd_sasl_type = passwd-file}). It is asked for on the terminal, or is the first line of standard input; it is never an
 * argument, which everybody could see.
 *
 * <p>The file is replaced whole or not at all; of two who change it at a time each sees what the other did. Owner and mode of one
 * that is there stay; a new one of root's is 0640 with the
 * mail owner's group, so that the daemon reads it as itself, another's is 0600.
 */
final class Passwd {
    /** Bound for the file, as for who reads it. */
    private static final int MOST_BYTES = 1 << 20;

    private static final int MOST_LOGIN = 255;

    /** Gives the password; empty where there is none. */
    @FunctionalInterface
    interface Secret {
        /** @throws SetupException where it was typed in two ways */
        Optional<String> ask() throws SetupException, IOException;
    }

    /** What is used of the machine. */
    record Machine(
            FileSystem files,
            UserDatabase users,
            Identity self,
            RandomGenerator random,
            Optional<PasswordHash> hashes) {}

    private final Machine machine;
    private final Words words;
    private final PrintStream out;
    private final PrintStream err;

    Passwd(Machine machine, Words words, PrintStream out, PrintStream err) {
        this.machine = machine;
        this.words = words;
        this.out = out;
        this.err = err;
    }

    /** Asks twice on a terminal; else reads a line. */
    static Secret secret(Words words, InputStream in) {
        return () -> {
            Optional<Console> terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
            if (terminal.isEmpty()) {
                String line = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
                return Optional.ofNullable(line);
            }
            Console console = terminal.get();
            char[] first = console.readPassword("%s", words.text("passwd-ask"));
            char[] second = console.readPassword("%s", words.text("passwd-ask-again"));
            if (first == null || second == null) {
                return Optional.empty();
            }
            String password = new String(first);
            if (!password.equals(new String(second))) {
                throw new SetupException("passwd-different");
            }
            return Optional.of(password);
        };
    }

    /** The exit status: 0, 64 (usage), 65 (a login or password that cannot be), 73 (the file), 78 (the configuration). */
    int run(List<String> arguments, Map<String, String> environment, Secret secret) {
        List<String> rest = new ArrayList<>(arguments);
        boolean delete = rest.remove("-d");
        if (rest.isEmpty() || rest.size() > 2 || rest.getFirst().startsWith("-")) {
            err.println(words.text("passwd-usage"));
            return SysExits.USAGE;
        }
        String login = rest.getFirst();
        boolean odd = login.chars().anyMatch(c -> c == ':' || Character.isISOControl(c) || Character.isWhitespace(c));
        if (login.startsWith("#") || odd || login.getBytes(StandardCharsets.UTF_8).length > MOST_LOGIN) {
            return fail(SysExits.DATA_ERROR, words.text("passwd-bad-login", login));
        }
        try {
            Path folder = Configurations.folder(Optional.empty(), environment);
            Snapshot configuration = Configurations.load(folder).configuration();
            Optional<Path> file =
                    rest.size() == 2 ? Optional.of(Path.of(rest.get(1)).toAbsolutePath()) : configured(configuration);
            if (file.isEmpty()) {
                return fail(SysExits.CONFIG, words.text("passwd-no-file"));
            }
            Optional<String> hash = Optional.empty();
            if (!delete) {
                if (machine.hashes().isEmpty()) {
                    return fail(SysExits.UNAVAILABLE, words.text("passwd-no-libcrypt"));
                }
                Optional<String> password = secret.ask();
                if (password.isEmpty() || password.get().isEmpty()) {
                    return fail(SysExits.DATA_ERROR, words.text("passwd-none"));
                }
                hash = Optional.of(machine.hashes().get().of(password.get()));
            }
            return change(file.get(), login, hash, configuration.get(Parameters.MAIL_OWNER));
        } catch (SetupException e) {
            return fail(SysExits.CANNOT_CREATE, e.text(words));
        } catch (ConfigurationException e) {
            return fail(SysExits.CONFIG, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return fail(SysExits.DATA_ERROR, words.text("passwd-bad-password"));
        } catch (IOException | UserDatabaseException e) {
            return fail(SysExits.CANNOT_CREATE, String.valueOf(e.getMessage()));
        }
    }

    private int fail(int status, String text) {
        err.println("recadero: " + text);
        return status;
    }

    private static Optional<Path> configured(Snapshot configuration) {
        return configuration.get(Parameters.SMTPD_SASL_TYPE).equals("passwd-file")
                ? Optional.of(configuration.directory().resolve(configuration.get(Parameters.SMTPD_SASL_PATH)))
                : Optional.empty();
    }

    private int change(Path file, String login, Optional<String> hash, String mailOwner)
            throws SetupException, UserDatabaseException {
        FileSystem files = machine.files();
        ConfigurationFileWriter writer = new ConfigurationFileWriter(files, machine.random());
        Path parent = file.getParent();
        Path name = file.getFileName();
        if (parent == null || name == null) {
            throw new SetupException("cannot-open", file, "?");
        }
        try {
            int folder = files.openFolder(parent.toString());
            try {
                writer.lock(folder, file);
                Optional<FileStatus> old = status(folder, name.toString());
                List<String> lines = old.isPresent() ? lines(folder, name.toString(), file) : List.of();
                Optional<List<String>> edited = edited(lines, login, hash);
                if (edited.isEmpty()) {
                    return fail(SysExits.NO_USER, words.text("passwd-unknown", login, file));
                }
                StringBuilder text = new StringBuilder();
                edited.get().forEach(line -> text.append(line).append('\n'));
                writer.replace(
                        folder,
                        name.toString(),
                        text.toString().getBytes(StandardCharsets.UTF_8),
                        rights(old, mailOwner));
            } finally {
                files.close(folder);
            }
        } catch (ConfigurationException e) {
            return fail(SysExits.CANNOT_CREATE, String.valueOf(e.getMessage()));
        } catch (ErrnoException e) {
            throw new SetupException("cannot-make", file, e);
        }
        out.println(words.text(hash.isPresent() ? "passwd-set" : "passwd-gone", login, file));
        return SysExits.OK;
    }

    private Optional<FileStatus> status(int folder, String name) throws ErrnoException {
        try {
            return Optional.of(machine.files().statusAt(folder, name));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private List<String> lines(int folder, String name, Path file) throws ErrnoException, SetupException {
        FileSystem files = machine.files();
        int descriptor = files.open(folder, name, FileSystem.O_RDONLY, 0);
        try {
            FileStatus status = files.status(descriptor);
            if (!status.isRegular() || status.size() > MOST_BYTES) {
                throw new SetupException("passwd-no-such-file", file);
            }
            byte[] bytes = new byte[(int) status.size()];
            MemorySegment into = MemorySegment.ofArray(bytes);
            for (long at = 0; at < bytes.length; ) {
                long got = files.read(descriptor, into.asSlice(at), at);
                if (got <= 0) {
                    throw new SetupException("passwd-no-such-file", file);
                }
                at += got;
            }
            return new String(bytes, StandardCharsets.UTF_8).lines().toList();
        } finally {
            files.close(descriptor);
        }
    }

    /** The lines with the login's replaced, added or left out; empty where it shall go and is not there. Others stay as they are. */
    private static Optional<List<String>> edited(List<String> lines, String login, Optional<String> hash) {
        List<String> edited = new ArrayList<>();
        boolean found = false;
        for (String line : lines) {
            if (line.startsWith(login + ":")) {
                if (!found && hash.isPresent()) {
                    edited.add(login + ":" + hash.get());
                }
                found = true;
            } else {
                edited.add(line);
            }
        }
        if (!found && hash.isEmpty()) {
            return Optional.empty();
        }
        if (!found) {
            edited.add(login + ":" + hash.get());
        }
        return Optional.of(edited);
    }

    /** Whatever it was, others have no business in it. */
    private ConfigurationFileWriter.Rights rights(Optional<FileStatus> old, String mailOwner)
            throws UserDatabaseException {
        Identity self = machine.self();
        boolean root = self.uid() == 0;
        if (old.isPresent()) {
            int permissions = old.get().permissions() & 0640;
            return root
                    ? new ConfigurationFileWriter.Rights(
                            old.get().uid(), old.get().gid(), permissions)
                    : new ConfigurationFileWriter.Rights(self.uid(), self.gid(), permissions);
        }
        Optional<UserDatabase.User> owner = machine.users().byName(mailOwner);
        return root && owner.isPresent()
                ? new ConfigurationFileWriter.Rights(0, owner.get().gid(), 0640)
                : new ConfigurationFileWriter.Rights(self.uid(), self.gid(), 0600);
    }
}
