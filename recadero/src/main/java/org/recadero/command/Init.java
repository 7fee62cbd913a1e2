package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.os.AccountTools;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.ProcessFacts;
import org.recadero.os.ShadowTools;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;
import org.recadero.status.SysExits;

/**
 * {@code recadero init}: makes the configuration files, the account and the folders that are missing, touches nothing that is
 * there, and says a line for each. Root sets up the machine, an ordinary user an instance of his own.
 */
final class Init {
    /** Bounds of useradd(8); a name is an argument of programs and a value of main.cf. */
    private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");

    private static final Path SYSLOG = Path.of("/dev/log");

    private final Place place;
    private final Words words;
    private final PrintStream out;
    private final PrintStream err;
    private final NewFile newFile;

    /**
     * Where this runs.
     *
     * @param etc {@code /etc}
     * @param hostName gethostname(2)'s answer
     * @param hasSyslog whether somebody takes log lines on {@code /dev/log}
     */
    record Place(
            FileSystem files,
            UserDatabase users,
            AccountTools accounts,
            RandomGenerator random,
            Identity self,
            Path etc,
            String hostName,
            boolean hasSyslog,
            Map<String, String> environment) {
        Place {
            Objects.requireNonNull(files);
            Objects.requireNonNull(users);
            Objects.requireNonNull(accounts);
            Objects.requireNonNull(random);
            Objects.requireNonNull(self);
            Objects.requireNonNull(etc);
            Objects.requireNonNull(hostName);
            environment = Map.copyOf(environment);
        }

        static Place here(Map<String, String> environment) {
            ProcessFacts process = new ProcessFacts();
            Identity self =
                    new Identity(process.uids().effective(), process.gids().effective(), process.groups());
            return new Place(
                    new LinuxFileSystem(),
                    new LibcUserDatabase(),
                    new ShadowTools(),
                    new SecureRandom(),
                    self,
                    Path.of("/etc"),
                    currentHostName(),
                    Files.exists(SYSLOG),
                    environment);
        }

        private static String currentHostName() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            } catch (IOException e) {
                // no /proc: a name that never reaches another machine
                return "localhost";
            }
        }

        boolean isRoot() {
            return self.uid() == 0;
        }
    }

    Init(Place place, PrintStream out, PrintStream err) {
        this.place = place;
        this.words = Words.of(place.environment());
        this.out = out;
        this.err = err;
        this.newFile = new NewFile(place.files(), place.random());
    }

    /** The exit status: 0, 73 (something could not be made), 78 (the configuration that is there is wrong). */
    int run() {
        try {
            if (place.isRoot()) {
                machine();
            } else {
                own();
            }
            return 0;
        } catch (SetupException e) {
            err.println("recadero: " + e.text(words));
            return SysExits.CANNOT_CREATE;
        } catch (UserDatabaseException e) {
            err.println("recadero: " + e.getMessage());
            return SysExits.CANNOT_CREATE;
        } catch (ConfigurationException e) {
            err.println("recadero: " + words.text("configuration-wrong", String.valueOf(e.getMessage())));
            return SysExits.CONFIG;
        }
    }

    // ---- the machine's

    private void machine() throws SetupException, UserDatabaseException, ConfigurationException {
        Path folder = configurationFolder().orElse(place.etc().resolve("postfix"));
        MachineNames names = MachineNames.of(place.etc(), place.hostName());
        try (FolderPath.Folder made = folder(folder, 0755)) {
            file(made, "main.cf", FirstFiles.mainCf(names), 0644);
            file(made, "master.cf", FirstFiles.masterCf(), 0644);
        }
        try (FolderPath.Folder etc = new FolderPath(place.files(), place.self().uid()).open(place.etc())) {
            file(etc, "mailname", names.mailName() + "\n", 0644);
            file(etc, "aliases", "# see aliases(5); after a change: newaliases\npostmaster: root\n", 0644);
        }
        Snapshot configuration = Configurations.load(folder).configuration();
        Path queue = queue(configuration);
        String owner = configuration.get(Parameters.MAIL_OWNER);
        account(owner, queue);
        folders(queue, 0755, owner);
        out.println(words.text("next-root"));
    }

    /** User and group of {@code mail_owner}. */
    private void account(String name, Path home) throws SetupException, UserDatabaseException {
        Optional<User> user = place.users().byName(name);
        if (user.isPresent()) {
            if (user.get().uid() == 0) {
                throw new SetupException("owner-root", name);
            }
            out.println(words.text("user-there", name));
            return;
        }
        if (!ACCOUNT.matcher(name).matches()) {
            throw new SetupException("owner-name", name);
        }
        try {
            if (place.users().groupByName(name).isEmpty()) {
                place.accounts().addGroup(name);
                out.println(words.text("group-made", name));
            } else {
                out.println(words.text("group-there", name));
            }
            place.accounts().addUser(name, name, home);
            out.println(words.text("user-made", name));
        } catch (NoSuchFileException e) {
            throw new SetupException("no-account-program", name, String.valueOf(e.getFile()));
        } catch (IOException e) {
            throw new SetupException("account-failed", name, String.valueOf(e.getMessage()));
        }
    }

    // ---- an ordinary user's

    private void own() throws SetupException, UserDatabaseException, ConfigurationException {
        Optional<User> user = place.users().byUid(place.self().uid());
        Path home = home(user);
        String name = user.isPresent() ? user.get().name() : nameless();
        if (!ACCOUNT.matcher(name).matches() && user.isPresent()) {
            throw new SetupException("owner-name", name);
        }
        Path folder = configurationFolder().orElse(home.resolve(".config/recadero"));
        Path state = home.resolve(".local/state/recadero");
        MachineNames names = MachineNames.of(place.etc(), place.hostName());
        String origin = Files.isRegularFile(place.etc().resolve("mailname")) ? "/etc/mailname" : "$myhostname";
        String log = place.hasSyslog() ? "" : state.resolve("mail.log").toString();
        if (!Files.exists(folder.resolve("main.cf"))) {
            requireShortSockets(state);
        }
        try (FolderPath.Folder made = folder(folder, 0700)) {
            boolean first = file(made, "main.cf", FirstFiles.mainCf(names, origin, name, state, log), 0644);
            file(made, "master.cf", FirstFiles.masterCfWithoutPorts(), 0644);
            if (first) {
                file(made, "aliases", "# see aliases(5); after a change: newaliases\npostmaster: " + name + "\n", 0644);
            }
        }
        Snapshot configuration = Configurations.load(folder).configuration();
        folders(queue(configuration), 0700, configuration.get(Parameters.MAIL_OWNER));
        out.println(words.text("next-user"));
        out.println("export MAIL_CONFIG=" + shellWord(folder.toString()));
    }

    private Path home(Optional<User> user) throws SetupException {
        String named = place.environment().getOrDefault("HOME", "");
        String home = named.isEmpty() ? user.map(User::home).orElse("") : named;
        if (home.isEmpty()) {
            throw new SetupException("no-home");
        }
        // it becomes a value in main.cf, where a line break and a # would mean something
        if (home.chars().anyMatch(Character::isISOControl)) {
            throw new SetupException("bad-path", home);
        }
        Path path = path(home);
        if (!path.isAbsolute()) {
            throw new SetupException("bad-path", home);
        }
        return path.normalize();
    }

    /** A uid without an entry: what his shell calls him, where nobody else is called so, else his number. */
    private String nameless() throws UserDatabaseException {
        String name = place.environment().getOrDefault("USER", "");
        return ACCOUNT.matcher(name).matches() && place.users().byName(name).isEmpty()
                ? name
                : Integer.toUnsignedString(place.self().uid());
    }

    // ---- both

    private Optional<Path> configurationFolder() throws SetupException {
        String named = place.environment().getOrDefault("MAIL_CONFIG", "");
        if (named.isEmpty()) {
            return Optional.empty();
        }
        Path path = path(named);
        if (!path.isAbsolute()) {
            throw new SetupException("not-absolute", named);
        }
        return Optional.of(path.normalize());
    }

    private static Path path(String text) throws SetupException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new SetupException("bad-path", text);
        }
    }

    private static Path queue(Snapshot configuration) throws SetupException {
        Path queue = path(configuration.get(Parameters.QUEUE_DIRECTORY));
        if (!queue.isAbsolute()) {
            throw new SetupException("not-absolute", queue);
        }
        return queue;
    }

    private FolderPath.Folder folder(Path folder, int mode) throws SetupException {
        boolean[] made = {false};
        FolderPath.Folder opened = new FolderPath(place.files(), place.self().uid()).make(folder, mode, path -> {
            made[0] = true;
            out.println(words.text("made", path));
        });
        if (!made[0]) {
            out.println(words.text("left-alone", folder));
        }
        return opened;
    }

    private boolean file(FolderPath.Folder folder, String name, String text, int mode) throws SetupException {
        Path path = folder.path().resolve(name);
        boolean made = newFile.make(folder, name, text, mode);
        out.println(words.text(made ? "made" : "left-alone", path));
        return made;
    }

    private static void requireShortSockets(Path queue) throws SetupException {
        Optional<Path> tooLong = QueueFolders.tooLongSocket(queue);
        if (tooLong.isPresent()) {
            throw new SetupException("socket-path", tooLong.get(), Integer.toString(QueueFolders.MOST_SOCKET_BYTES));
        }
    }

    private void folders(Path queue, int mode, String ownerName) throws SetupException, UserDatabaseException {
        requireShortSockets(queue);
        MailOwner owner = MailOwner.of(ownerName, place.users(), place.self())
                .orElseThrow(() -> new SetupException("owner-unknown", ownerName));
        if (!place.isRoot() && owner.uid() != place.self().uid()) {
            throw new SetupException("owner-other", ownerName);
        }
        folder(queue, mode).close();
        new QueueFolders(place.files(), queue, owner, place.self().uid()).make(new QueueFolders.Report() {
            @Override
            public void made(Path path) {
                out.println(words.text("made", path));
            }

            @Override
            public void leftAlone(Path path, List<String> faults) {
                out.println(words.text(faults.isEmpty() ? "left-alone" : "left-alone-wrong", path));
            }
        });
    }

    /** A word for a POSIX shell. */
    private static String shellWord(String text) {
        return text.matches("[A-Za-z0-9/._+:@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
