package org.recadero.table;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.recadero.config.ConfigurationException;
import org.recadero.os.KnownUsers;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.UserDatabaseException;

/** Tables with a clock, a log and users of their own. */
final class TableFixture {
    static final int ROOT = 0;

    final List<String> log = new CopyOnWriteArrayList<>();
    final FakeTime time = new FakeTime();
    final Tables tables;
    boolean usersFail;

    static final class FakeTime implements InstantSource {
        /** Far ahead of all files, so that they count as settled. */
        private volatile Instant now = Instant.now().plusSeconds(3_600);

        @Override
        public Instant instant() {
            return now;
        }

        void pass(Duration duration) {
            now = now.plus(duration);
        }
    }

    TableFixture() {
        this(RootFileReader.none());
    }

    TableFixture(RootFileReader reader) {
        TableLog lines = new TableLog() {
            @Override
            public void warning(String text) {
                log.add("warning: " + text);
            }

            @Override
            public void info(String text) {
                log.add(text);
            }
        };
        tables = new Tables(new Tables.Surroundings(new FakeUsers(), reader, lines, time));
    }

    private final class FakeUsers extends KnownUsers {
        FakeUsers() {
            super(
                    Map.of("usuario", new User("usuario", 1001, 1002, "Usuario Uno", "/home/usuario", "/bin/sh")),
                    Map.of("mail", 8));
        }

        @Override
        public Optional<User> byName(String name) throws UserDatabaseException {
            if (usersFail) {
                throw new UserDatabaseException("the database is away");
            }
            return super.byName(name);
        }
    }

    static Tables.Options options(String... aliasFiles) {
        return new Tables.Options(Set.of(aliasFiles), true, true, Optional.empty(), Set.of(aliasFiles), false);
    }

    LookupTable open(String spec, String... aliasFiles) {
        try {
            return tables.open(Tables.spec(spec, "hash"), options(aliasFiles));
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes an index beside a text, as postmap does. */
    static void index(Path text, Path index, Syntax syntax, boolean nul, String... rows) throws Exception {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < rows.length; i += 2) {
            all.put(Octets.of(rows[i]), Octets.of(rows[i + 1]));
        }
        Optional<SourceStatus> source =
                java.nio.file.Files.exists(text) ? Optional.of(SourceStatus.of(text)) : Optional.empty();
        new IndexWriter(new LinuxFileSystem(), new Random(1), ROOT)
                .replace(
                        index,
                        new IndexWriter.Ownership(ROOT, ROOT, 0644),
                        new IndexWriter.Content(all, source, syntax, nul));
    }
}
