package org.recadero.table;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.recadero.config.SourceLine;

/**
 * A table in a file: a text ({@code texthash:}), or a text with an index beside it ({@code hash:}, {@code cdb:}…).
 *
 * <p>The text is the source. Where the index recorded the text as it is now, the index answers; where they differ the text does,
 * and one warning says so; where the text is gone the index serves; where the index is another program's (a Berkeley DB) the
 * text is used with one warning. Without either a look-up fails, and mail waits.
 *
 * <p>Each look-up sees whether a file has changed ({@link Watched}). Safe for all threads.
 *
 * <p>Postfix: DATABASE_README; {@code DIFFERS}: its daemons end when a table changed, and never use the text of an indexed one.
 */
final class FileTable implements ListedTable, Watched.Source<FileTable.Seen, FileTable.Contents> {
    /** Of a text that the daemon reads, and of an index that root alone may read. */
    static final int MOST_TEXT_BYTES = 64 << 20;

    private static final int MOST_WARNINGS = 100;
    private static final int READ_ATTEMPTS = 3;

    /** What answers. */
    sealed interface Contents {
        record Text(Map<String, String> rows) implements Contents {}

        record Indexed(Cdb cdb, Optional<IndexStamp> stamp) implements Contents {}

        record Broken(String reason) implements Contents {}
    }

    /** Both files, as far as they exist. */
    record Seen(IndexStamp.@Nullable Source text, IndexStamp.@Nullable Source index) {}

    private final String name;
    private final Path text;
    private final @Nullable Path index;
    private final Tables.Options options;
    private final Tables.Surroundings around;
    private final Watched<Seen, Contents> watched;

    /** @param index {@code null}: the text alone */
    FileTable(String name, Path text, @Nullable Path index, Tables.Options options, Tables.Surroundings around) {
        this.name = name;
        this.text = text;
        this.index = index;
        this.options = options;
        this.around = around;
        this.watched = new Watched<>(name, this, around.log());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public LookupResult findOctets(String key) {
        if (key.isEmpty()) {
            return new LookupResult.NotFound();
        }
        String folded = options.folded(key);
        return switch (watched.contents()) {
            case Contents.Text(Map<String, String> rows) -> {
                String value = rows.get(folded);
                yield value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
            }
            case Contents.Indexed indexed -> inIndex(indexed, folded);
            case Contents.Broken(String reason) -> failed(reason);
        };
    }

    private LookupResult.Failed failed(String reason) {
        return new LookupResult.Failed(name + ": " + reason);
    }

    private LookupResult inIndex(Contents.Indexed indexed, String key) {
        boolean stamped = indexed.stamp().isPresent();
        boolean nul = indexed.stamp().map(IndexStamp::nulTerminated).orElse(false);
        try {
            Optional<byte[]> value = indexed.cdb().find(Octets.bytes(nul ? key + '\0' : key));
            if (value.isEmpty() && !stamped) {
                // another program's cdb may end its keys in NUL
                value = indexed.cdb().find(Octets.bytes(key + '\0'));
            }
            return value.<LookupResult>map(v -> new LookupResult.Found(withoutNul(Octets.of(v))))
                    .orElse(new LookupResult.NotFound());
        } catch (IOException e) {
            return failed(reason(e));
        }
    }

    private static String withoutNul(String octets) {
        return octets.endsWith("\0") ? octets.substring(0, octets.length() - 1) : octets;
    }

    @Override
    public Optional<String> trouble() {
        return watched.contents() instanceof Contents.Broken(String reason) ? Optional.of(reason) : Optional.empty();
    }

    @Override
    public void forEach(Rows rows) throws IOException {
        switch (watched.contents()) {
            case Contents.Text(Map<String, String> all) -> {
                for (Map.Entry<String, String> row : all.entrySet()) {
                    rows.row(row.getKey(), row.getValue());
                }
            }
            case Contents.Indexed indexed ->
                indexed.cdb().forEach((key, value) -> {
                    if (!IndexStamp.isKey(key)) {
                        rows.row(withoutNul(Octets.of(key)), withoutNul(Octets.of(value)));
                    }
                });
            case Contents.Broken(String reason) -> throw new IOException(reason);
        }
    }

    // ---- noticing changes

    @Override
    public Seen look() throws IOException {
        return new Seen(status(text), index == null ? null : status(index));
    }

    private static IndexStamp.@Nullable Source status(Path file) throws IOException {
        try {
            return SourceStatus.of(file).stamp();
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileSystemException e) {
            throw new IOException("open database " + file + ": " + FileTrouble.of(e), e);
        }
    }

    @Override
    public Watched.State<Seen, Contents> broken(IOException why) {
        return state(new Contents.Broken(reason(why)), new Seen(null, null), false);
    }

    private static Watched.State<Seen, Contents> state(Contents contents, Seen seen, boolean settled) {
        return new Watched.State<>(contents, seen, settled);
    }

    @Override
    public Watched.State<Seen, Contents> read(Seen seen, Optional<Seen> known) throws IOException {
        Path indexPath = index;
        if (indexPath == null || seen.index() == null) {
            if (seen.text() == null) {
                Path missing = indexPath == null ? text : indexPath;
                String reason = "open database " + missing + ": No such file or directory";
                return state(new Contents.Broken(reason), seen, true);
            }
            return fromText(seen, options.syntaxOf(text), known);
        }
        Cdb cdb;
        try {
            cdb = openIndex(indexPath);
        } catch (AccessDeniedException e) {
            return withoutRights(seen, indexPath, known);
        } catch (IOException e) {
            if (seen.text() == null) {
                // not settled: rights may change without a trace in what was seen
                String reason = "open database " + indexPath + ": " + reason(e);
                return state(new Contents.Broken(reason), seen, false);
            }
            if (known.filter(k -> Objects.equals(k.index(), seen.index())).isEmpty()) {
                around.log().warning("database " + indexPath + " cannot be used (" + reason(e) + ") -- using " + text);
            }
            return fromText(seen, options.syntaxOf(text), known);
        }
        Optional<IndexStamp> stamp = cdb.find(IndexStamp.key()).flatMap(IndexStamp::decoded);
        if (seen.text() == null || stamp.flatMap(IndexStamp::source).equals(Optional.of(seen.text()))) {
            return state(new Contents.Indexed(cdb, stamp), seen, true);
        }
        if (!known.equals(Optional.of(seen))) {
            around.log().stale(indexPath, text);
        }
        Syntax recorded = stamp.map(IndexStamp::syntax).orElse(Syntax.MAP);
        return fromText(seen, options.isAliasFile(text) ? Syntax.ALIASES : recorded, known);
    }

    /** The index may not be read; the text perhaps. */
    private Watched.State<Seen, Contents> withoutRights(Seen seen, Path indexPath, Optional<Seen> known) {
        try {
            if (seen.text() != null) {
                return fromText(seen, options.syntaxOf(text), known);
            }
        } catch (IOException e) {
            // the index is what the table's name stands for: its trouble is told, as in Postfix
            return state(new Contents.Broken(denied(indexPath)), seen, false);
        }
        return state(new Contents.Broken(denied(indexPath)), seen, false);
    }

    private static String denied(Path path) {
        return "open database " + path + ": Permission denied";
    }

    private Cdb openIndex(Path path) throws IOException {
        try {
            return Cdb.open(path);
        } catch (AccessDeniedException e) {
            return Cdb.of(path.toString(), readAsRoot(path));
        }
    }

    private byte[] readAsRoot(Path path) throws IOException {
        return around.reader().read(path.toRealPath().toString(), MOST_TEXT_BYTES);
    }

    // ---- the text

    private Watched.State<Seen, Contents> fromText(Seen first, Syntax syntax, Optional<Seen> known) throws IOException {
        // what was read before was warned of then
        boolean quiet = known.equals(Optional.of(first));
        Seen before = first;
        for (int attempt = 1; ; attempt++) {
            IndexStamp.Source source = before.text();
            if (source == null) {
                throw new IOException("open database " + text + ": No such file or directory");
            }
            Map<String, String> rows = rows(syntax, quiet);
            Seen after = look();
            if (attempt == READ_ATTEMPTS || Objects.equals(source, after.text())) {
                boolean settled = Objects.equals(source, after.text())
                        && Watched.isSettled(source, around.time().instant());
                return state(new Contents.Text(rows), before, settled);
            }
            before = after;
        }
    }

    private Map<String, String> rows(Syntax syntax, boolean quiet) throws IOException {
        int[] warned = {0};
        Consumer<String> warnings = warning -> {
            if (!quiet && warned[0]++ < MOST_WARNINGS) {
                around.log().warning(Octets.text(warning));
            }
        };
        Map<String, String> rows = options.keepOrder() ? new LinkedHashMap<>() : new HashMap<>();
        String source = Octets.of(text.toString());
        try (InputStream in = openText()) {
            new SourceText(source, syntax, options.utf8(), warnings).read(in, (key, value, line) -> {
                String stored;
                try {
                    stored = options.stored(value);
                } catch (IOException e) {
                    warnings.accept(source + ", line " + line + ": " + e.getMessage() + ": skipping this entry");
                    return;
                }
                if (rows.putIfAbsent(options.folded(key), stored) != null) {
                    warnings.accept(source + ", line " + line + ": duplicate entry: \"" + key + "\"");
                }
            });
        } catch (FileSystemException e) {
            throw new IOException("open database " + text + ": " + FileTrouble.of(e), e);
        }
        return rows;
    }

    @Override
    public Optional<SourceLine> line(String key) {
        String folded = options.folded(Octets.of(key));
        int[] found = {0};
        try (InputStream in = openText()) {
            new SourceText(text.toString(), options.syntaxOf(text), options.utf8(), warning -> {})
                    .read(in, (each, value, line) -> {
                        if (found[0] == 0 && options.folded(each).equals(folded)) {
                            found[0] = line;
                        }
                    });
        } catch (IOException e) {
            // the answer stands without it
            return Optional.empty();
        }
        return found[0] == 0 ? Optional.empty() : Optional.of(new SourceLine(text, found[0]));
    }

    private InputStream openText() throws IOException {
        if (Files.isDirectory(text)) {
            throw new IOException("read " + text + ": Is a directory");
        }
        try {
            if (Files.size(text) > MOST_TEXT_BYTES && !options.keepOrder()) {
                throw new IOException(text + ": over " + MOST_TEXT_BYTES + " bytes; run postmap");
            }
            return new BufferedInputStream(Files.newInputStream(text), 1 << 16);
        } catch (AccessDeniedException e) {
            return new ByteArrayInputStream(readAsRoot(text));
        }
    }

    private static String reason(IOException e) {
        return FileTrouble.of(e);
    }
}
