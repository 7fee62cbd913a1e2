package org.recadero.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.recadero.os.AccountTools;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.KnownUsers;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.os.ProcessFacts;
import org.recadero.os.UserDatabase;

/** A small machine in a folder: {@code etc}, users, accounts that can be made; for the tests of set-up commands. */
final class SetupFixture {
    /** An ordinary user: he who runs the tests, or some number where root does. */
    static final int USER = new ProcessFacts().uids().effective() == 0
            ? 54_321
            : new ProcessFacts().uids().effective();

    private static final int GROUP = new ProcessFacts().uids().effective() == 0
            ? 54_321
            : new ProcessFacts().gids().effective();
    static final int OWNER = 54_999;

    final Path etc;
    final Map<String, UserDatabase.User> users = new HashMap<>();
    final Map<String, Integer> groups = new HashMap<>();
    final List<String> accountCalls = new ArrayList<>();
    final FileSystem files = new LinuxFileSystem();
    boolean hasAccountTools = true;

    SetupFixture(Path folder) throws IOException {
        etc = Files.createDirectories(folder.resolve("etc"));
        Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n127.0.1.1 cliente.example.net cliente # x\n");
    }

    static boolean isRoot() {
        return new ProcessFacts().uids().effective() == 0;
    }

    final UserDatabase database = new KnownUsers(users, groups);

    private final AccountTools accounts = new AccountTools() {
        @Override
        public void addGroup(String name) throws IOException {
            need("groupadd");
            accountCalls.add("group " + name);
            groups.put(name, OWNER);
        }

        @Override
        public void addUser(String name, String group, Path home) throws IOException {
            need("useradd");
            accountCalls.add("user " + name + " " + group + " " + home);
            addUserEntry(name, OWNER, home.toString());
        }

        private void need(String program) throws NoSuchFileException {
            if (!hasAccountTools) {
                throw new NoSuchFileException(program);
            }
        }
    };

    void addUserEntry(String name, int uid, String home) {
        users.put(name, new UserDatabase.User(name, uid, uid == USER ? GROUP : uid, "", home, "/bin/sh"));
    }

    Init.Place place(Identity self, Map<String, String> environment) {
        return new Init.Place(files, database, accounts, new Random(1), self, etc, "cliente", true, environment);
    }

    record Ran(int status, String out, String err) {}

    Ran init(int uid, Map<String, String> environment) throws IOException {
        return as(uid, () -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            Identity self = new Identity(uid, uid == 0 ? 0 : GROUP, List.of());
            int status = new Init(
                            place(self, environment),
                            new PrintStream(out, true, StandardCharsets.UTF_8),
                            new PrintStream(err, true, StandardCharsets.UTF_8))
                    .run();
            return new Ran(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        });
    }

    interface Work<T> {
        T run() throws IOException;
    }

    /** Runs with the ids of {@link #USER} where root runs the tests. */
    static <T> T as(int uid, Work<T> work) throws IOException {
        if (!isRoot() || uid == 0) {
            return work.run();
        }
        try (LinuxIdentities identities = new LinuxIdentities(new LinuxFileSystem(), Duration.ofSeconds(60))) {
            return identities.runAs(new Identity(uid, GROUP, List.of()), ignored -> work.run());
        }
    }

    /** {@code uid gid mode}, the mode in octal. */
    static String ownerAndMode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid") + " " + Files.getAttribute(path, "unix:gid") + " "
                + Integer.toOctalString((int) Files.getAttribute(path, "unix:mode") & 07777);
    }

    static String ids(int uid) {
        return uid + " " + (uid == USER ? GROUP : uid);
    }
}
