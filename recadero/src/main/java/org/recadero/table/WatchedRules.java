package org.recadero.table;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The lines of a table of rules, as its reader understands them, read anew when the file changes; or those of an inline table,
 * {@code type:{{rule}, {rule}}}, which never change.
 *
 * <p>Safe for all threads.
 *
 * <p>Postfix: cidr_table(5), regexp_table(5), pcre_table(5); {@code DIFFERS}: its daemons end when a table changed.
 *
 * @param <R> all rules together
 */
final class WatchedRules<R> implements Watched.Source<Optional<IndexStamp.Source>, WatchedRules.Contents<R>> {
    /** Makes rules of lines; what is wrong with a line is told to {@code warnings} (octets) and the line left out. */
    @FunctionalInterface
    interface Reader<R> {
        R read(List<LogicalLines.Line> lines, Consumer<String> warnings);
    }

    /** What there is to go by. */
    sealed interface Contents<R> {
        record Rules<R>(R rules) implements Contents<R> {}

        record Broken<R>(String reason) implements Contents<R> {}
    }

    private static final int MOST_WARNINGS = 100;

    private final String name;
    private final Path file;
    private final Reader<R> reader;
    private final Tables.Surroundings around;
    private final Supplier<Contents<R>> current;

    private WatchedRules(String name, Path file, Reader<R> reader, Tables.Surroundings around) {
        this.name = name;
        this.file = file;
        this.reader = reader;
        this.around = around;
        this.current = new Watched<>(name, this, around.log())::contents;
    }

    private WatchedRules(String name, List<LogicalLines.Line> lines, Reader<R> reader, Tables.Surroundings around) {
        this.name = name;
        this.file = Path.of("");
        this.reader = reader;
        this.around = around;
        Contents<R> fixed = new Contents.Rules<>(reader.read(lines, this::warn));
        this.current = () -> fixed;
    }

    /** @param name {@code regexp:/etc/postfix/x}, for the log */
    static <R> WatchedRules<R> ofFile(String name, Path file, Reader<R> reader, Tables.Surroundings around) {
        return new WatchedRules<>(name, file, reader, around);
    }

    /** @param rules the rules' texts, without braces */
    static <R> WatchedRules<R> inline(String name, List<String> rules, Reader<R> reader, Tables.Surroundings around) {
        List<LogicalLines.Line> lines = new ArrayList<>();
        for (String rule : rules) {
            lines.add(new LogicalLines.Line(Octets.of(rule), lines.size() + 1));
        }
        return new WatchedRules<>(name, lines, reader, around);
    }

    /** The rules as they are now; empty where the file cannot be read. */
    Optional<R> rules() {
        return current.get() instanceof Contents.Rules<R>(R rules) ? Optional.of(rules) : Optional.empty();
    }

    /** Why there are none, in Postfix's words. */
    Optional<String> trouble() {
        return current.get() instanceof Contents.Broken<R>(String reason) ? Optional.of(reason) : Optional.empty();
    }

    private void warn(String octets) {
        around.log().warning(Octets.text(octets));
    }

    /** The file's, or empty where it cannot be looked at. */
    @Override
    public Optional<IndexStamp.Source> look() {
        try {
            return Optional.of(SourceStatus.of(file).stamp());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public Watched.State<Optional<IndexStamp.Source>, Contents<R>> read(
            Optional<IndexStamp.Source> seen, Optional<Optional<IndexStamp.Source>> before) throws IOException {
        // what was read before was warned of then
        boolean quiet = seen.isPresent() && before.equals(Optional.of(seen));
        List<LogicalLines.Line> lines = lines(quiet);
        int[] warned = {0};
        R rules = reader.read(lines, warning -> {
            if (!quiet && warned[0]++ < MOST_WARNINGS) {
                warn(warning);
            }
        });
        boolean settled =
                seen.filter(s -> Watched.isSettled(s, around.time().instant())).isPresent() && seen.equals(look());
        return new Watched.State<>(new Contents.Rules<>(rules), seen, settled);
    }

    @Override
    public Watched.State<Optional<IndexStamp.Source>, Contents<R>> broken(IOException why) {
        return new Watched.State<>(new Contents.Broken<>(FileTrouble.of(why)), look(), false);
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
