package org.recadero.table;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a table of rules, as its reader understands them, read anew when the file changes; or those of an inline table,
 * {@code type:{{rule}, {rule}}}, which never change.
 *
 * <p>Safe for all threads: the state is immutable and replaced as a whole under the lock.
 *
 * <p>Postfix: cidr_table(5), regexp_table(5), pcre_table(5); {@code DIFFERS}: its daemons end when a table changed.
 *
 * @param <R> all rules together
 */
final class WatchedRules<R> {
    /** Makes rules of lines; what is wrong with a line is told to {@code warnings} (octets) and the line left out. */
    @FunctionalInterface
    interface Reader<R> {
        R read(List<LogicalLines.Line> lines, Consumer<String> warnings);
    }

    /** What there is to go by. */
    private sealed interface Contents<R> {
        record Rules<R>(R rules) implements Contents<R> {}

        record Broken<R>(String reason) implements Contents<R> {}
    }

    /** A file younger than this may change again within its time stamp. */
    private static final Duration SETTLED = Duration.ofMillis(50);

    private static final int MOST_WARNINGS = 100;

    private record State<R>(Contents<R> contents, IndexStamp.@Nullable Source seen, boolean settled) {}

    private final String name;
    private final Path file;
    private final Reader<R> reader;
    private final Tables.Surroundings around;
    private final boolean fixed;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable State<R> state;

    private WatchedRules(String name, Path file, boolean fixed, Reader<R> reader, Tables.Surroundings around) {
        this.name = name;
        this.file = file;
        this.fixed = fixed;
        this.reader = reader;
        this.around = around;
    }

    /** @param name {@code regexp:/etc/postfix/x}, for the log */
    static <R> WatchedRules<R> ofFile(String name, Path file, Reader<R> reader, Tables.Surroundings around) {
        return new WatchedRules<>(name, file, false, reader, around);
    }

    /** @param rules the rules' texts, without braces */
    static <R> WatchedRules<R> inline(String name, List<String> rules, Reader<R> reader, Tables.Surroundings around) {
        WatchedRules<R> watched = new WatchedRules<>(name, Path.of(""), true, reader, around);
        List<LogicalLines.Line> lines = new ArrayList<>();
        for (String rule : rules) {
            lines.add(new LogicalLines.Line(Octets.of(rule), lines.size() + 1));
        }
        watched.state = new State<>(new Contents.Rules<>(reader.read(lines, watched::warn)), null, true);
        return watched;
    }

    /** The rules as they are now; empty where the file cannot be read. */
    Optional<R> rules() {
        return current().contents() instanceof Contents.Rules<R>(R rules) ? Optional.of(rules) : Optional.empty();
    }

    /** Why there are none, in Postfix's words. */
    Optional<String> trouble() {
        return current().contents() instanceof Contents.Broken<R>(String reason)
                ? Optional.of(reason)
                : Optional.empty();
    }

    private void warn(String octets) {
        around.log().warning(Octets.text(octets));
    }

    private State<R> current() {
        State<R> now = state;
        if (now != null && (fixed || (now.settled() && Objects.equals(now.seen(), look())))) {
            return now;
        }
        lock.lock();
        try {
            State<R> known = state;
            State<R> fresh = read(known);
            if (known != null && known.seen() != null && !known.seen().equals(fresh.seen())) {
                around.log().info("table " + name + " has changed");
            }
            state = fresh;
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    private IndexStamp.@Nullable Source look() {
        try {
            return SourceStatus.of(file).stamp();
        } catch (IOException e) {
            return null;
        }
    }

    private State<R> read(@Nullable State<R> known) {
        IndexStamp.Source seen = look();
        if (known != null && known.settled() && seen != null && seen.equals(known.seen())) {
            return known;
        }
        // what was read before was warned of then
        boolean quiet = known != null && seen != null && seen.equals(known.seen());
        try {
            List<LogicalLines.Line> lines = lines(quiet);
            int[] warned = {0};
            R rules = reader.read(lines, warning -> {
                if (!quiet && warned[0]++ < MOST_WARNINGS) {
                    warn(warning);
                }
            });
            return new State<>(new Contents.Rules<>(rules), seen, seen != null && isSettled(seen));
        } catch (IOException e) {
            return new State<>(new Contents.Broken<>(FileTrouble.of(e)), seen, false);
        }
    }

    private boolean isSettled(IndexStamp.Source seen) {
        Instant changed = Instant.EPOCH.plusNanos(seen.mtimeNanos());
        boolean old = Duration.between(changed, around.time().instant()).abs().compareTo(SETTLED) > 0;
        return old && seen.equals(look());
    }

    private List<LogicalLines.Line> lines(boolean quiet) throws IOException {
        List<LogicalLines.Line> lines = new ArrayList<>();
        String source = Octets.of(file.toString());
        try (InputStream in = open()) {
            LogicalLines all = new LogicalLines(in, source);
            for (Optional<LogicalLines.Line> next = all.next(); next.isPresent(); next = all.next()) {
                LogicalLines.Line line = next.get();
                if (!line.startsBlank()) {
                    lines.add(line);
                } else if (!quiet) {
                    warn(line.blankStart(source));
                }
            }
        }
        return lines;
    }

    private InputStream open() throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(name.replaceFirst(":", " map ") + ": read error: Is a directory");
        }
        try {
            if (Files.size(file) > FileTable.MOST_TEXT_BYTES) {
                throw new IOException(file + ": over " + FileTable.MOST_TEXT_BYTES + " bytes");
            }
            return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        } catch (AccessDeniedException e) {
            byte[] bytes = around.reader().read(file.toRealPath().toString(), FileTable.MOST_TEXT_BYTES);
            return new ByteArrayInputStream(bytes);
        } catch (NoSuchFileException e) {
            throw new IOException("open " + file + ": No such file or directory", e);
        }
    }
}
