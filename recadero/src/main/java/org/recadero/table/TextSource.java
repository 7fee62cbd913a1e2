package org.recadero.table;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.recadero.log.MailLog;

/**
 * A table's text in memory, read again when the file changed. Looked at most once a second. Safe for all threads.
 *
 * <p>Two syntaxes: postmap(1)'s {@code key value}, aliases(5)'s {@code name: value}.
 */
final class TextSource implements LookupTable {
    private static final int MOST_BYTES = 64 * 1024 * 1024;
    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    /** Which text it is. */
    enum Syntax {
        MAP,
        ALIASES
    }

    private final String name;
    private final Path file;
    private final Syntax syntax;
    private final MailLog log;
    private final String program;
    private @Nullable FileTime seen;
    private long lookedNanos;
    private Map<String, String> entries = Map.of();
    private @Nullable String failure;

    TextSource(String name, Path file, Syntax syntax, MailLog log, String program) {
        this.name = Objects.requireNonNull(name);
        this.file = Objects.requireNonNull(file);
        this.syntax = Objects.requireNonNull(syntax);
        this.log = Objects.requireNonNull(log);
        this.program = Objects.requireNonNull(program);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public synchronized LookupResult find(String key) {
        refresh();
        if (failure != null) {
            return new LookupResult.Failed(failure);
        }
        String value = entries.get(key.toLowerCase(Locale.ROOT));
        return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
    }

    private void refresh() {
        long now = System.nanoTime();
        if (seen != null && now - lookedNanos < LOOK_AGAIN_NANOS) {
            return;
        }
        lookedNanos = now;
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            if (modified.equals(seen)) {
                return;
            }
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("over " + MOST_BYTES + " bytes");
            }
            entries = parse(Files.readString(file, StandardCharsets.UTF_8));
            if (seen != null) {
                log.info(program, "table " + name + " has changed");
            }
            seen = modified;
            failure = null;
        } catch (IOException e) {
            seen = null;
            failure = "open " + file + ": "
                    + (e instanceof java.nio.file.NoSuchFileException ? "No such file or directory" : e);
        }
    }

    private Map<String, String> parse(String text) {
        Map<String, String> found = new HashMap<>();
        StringBuilder logical = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            if (Character.isWhitespace(line.charAt(0))) {
                logical.append(line);
            } else {
                add(found, logical.toString());
                logical.setLength(0);
                logical.append(line);
            }
        }
        add(found, logical.toString());
        return found;
    }

    private void add(Map<String, String> found, String line) {
        if (line.isBlank()) {
            return;
        }
        int end = syntax == Syntax.ALIASES ? line.indexOf(':') : blank(line);
        if (end <= 0) {
            log.warning(program, file + ": no value for \"" + line.strip() + "\"");
            return;
        }
        String key = line.substring(0, end).strip();
        if (key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")) {
            key = key.substring(1, key.length() - 1);
        }
        // the first of two equal keys stays, as postmap(1) keeps it
        found.putIfAbsent(key.toLowerCase(Locale.ROOT), line.substring(end + 1).strip());
    }

    private static int blank(String line) {
        for (int i = 0; i < line.length(); i++) {
            if (Character.isWhitespace(line.charAt(i))) {
                return i;
            }
        }
        return -1;
    }
}
