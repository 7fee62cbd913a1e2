package org.recadero.command;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.command.TableArguments.Option;
import org.recadero.config.TableSpec;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.Identity;
import org.recadero.table.FileTrouble;
import org.recadero.table.FileValues;
import org.recadero.table.IndexFile;
import org.recadero.table.IndexWriter;
import org.recadero.table.KeyFold;
import org.recadero.table.Octets;
import org.recadero.table.SourceStatus;
import org.recadero.table.SourceText;
import org.recadero.table.Syntax;
import org.recadero.table.Tables;

/**
 * What postmap and postalias write: a new index, {@code -i}, {@code -d}.
 *
 * <p>As root, the index of a source that is somebody else's is written, and what it names by {@code -F} is read, with his ids,
 * unless {@code -o} says otherwise or the source lies in a folder that is root's alone.
 *
 * <p>Postfix: postmap(1), postalias(1). {@code DIFFERS}: an owner's ids are not needed for a folder that only root can write.
 */
final class TableUpdates {
    private static final int GROUP_AND_OTHER_READ = 0044;
    private static final int DEFAULT_MODE = 0644;
    private static final Duration BETWEEN_LOCK_ATTEMPTS = Duration.ofMillis(100);
    private static final int LOCK_ATTEMPTS = 300;

    private final TableCommand command;
    private final TableArguments arguments;
    private final boolean utf8;
    private final TableSystem system;
    private final Identities identities;

    TableUpdates(TableCommand command, TableArguments arguments, boolean utf8) {
        this.command = command;
        this.arguments = arguments;
        this.utf8 = utf8;
        this.system = command.system();
        this.identities = system.identities();
    }

    private int uid() {
        return identities.self().uid();
    }

    // ---- creating

    void create(TableSpec spec) throws CommandException, IOException {
        if (spec.type().equals("proxy")) {
            throw new CommandException("can't create maps via the proxy service");
        }
        Path source = path(spec.name());
        boolean incremental = arguments.has(Option.INCREMENTAL);
        Optional<SourceStatus> status = status(source);
        if (!incremental && status.isEmpty()) {
            throw new CommandException(Octets.of("open " + spec.name() + ": No such file or directory"));
        }
        if (command.verbose()) {
            command.say("open " + spec.type() + " " + Octets.of(spec.name()));
        }
        Path index = index(spec);
        if (incremental) {
            try (IndexLock lock = lock(index)) {
                update(index, status, lock.isHeld());
            }
            return;
        }
        Map<String, String> rows = new LinkedHashMap<>();
        try (InputStream in = open(source)) {
            read(in, Octets.of(spec.name()), shown(index), rows, status);
        }
        write(index, status, rows, status, arguments.has(Option.WITH_NUL));
    }

    /** {@code -i}: rows from standard input into what is there. */
    private void update(Path index, Optional<SourceStatus> status, boolean exists)
            throws CommandException, IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        Optional<SourceStatus> recorded = status;
        boolean nul = arguments.has(Option.WITH_NUL);
        if (exists) {
            IndexFile old = existing(index);
            rows.putAll(old.rows());
            recorded = old.source();
            nul = old.nulTerminated();
        }
        read(command.in(), "stdin", shown(index), rows, status);
        write(index, status, rows, recorded, nul);
    }

    private static String shown(Path index) {
        return Octets.of(index.toString());
    }

    private static Optional<SourceStatus> status(Path source) throws CommandException {
        try {
            return Optional.of(SourceStatus.of(source));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new CommandException(Octets.of("open " + source + ": " + FileTrouble.of(e)));
        }
    }

    private static Path path(String name) throws CommandException {
        try {
            return Path.of(name.isEmpty() ? "\0" : name);
        } catch (InvalidPathException e) {
            throw new CommandException(Octets.of("open " + name + ": No such file or directory"));
        }
    }

    private static InputStream open(Path source) throws CommandException {
        if (Files.isDirectory(source)) {
            throw new CommandException(Octets.of("read " + source + ": Is a directory"));
        }
        try {
            return new BufferedInputStream(Files.newInputStream(source), 1 << 16);
        } catch (IOException e) {
            throw new CommandException(Octets.of("open " + source + ": " + FileTrouble.of(e)));
        }
    }

    /** The index of a table that can be written. */
    private Path index(TableSpec spec) throws CommandException {
        String type = spec.type();
        Optional<String> suffix = Tables.suffix(type);
        if (suffix.isPresent()) {
            return path(spec.name() + suffix.get());
        }
        throw new CommandException(Octets.of("unsupported dictionary type: " + type
                + (Tables.TYPES.contains(type)
                        ? " does not support bulk-mode creation."
                        : ". Is the postfix-" + type + " package installed?")));
    }

    private void read(
            InputStream in, String name, String index, Map<String, String> rows, Optional<SourceStatus> source)
            throws IOException {
        FileValues files = reader(source);
        Syntax syntax = command.flavour().syntax();
        new SourceText(name, syntax, utf8, command::warn).read(in, (key, value, line) -> {
            String stored = value;
            if (arguments.has(Option.FILES)) {
                try {
                    stored = files.stored(value);
                } catch (IOException e) {
                    command.warn(name + ", line " + line + ": " + e.getMessage() + ": skipping this entry");
                    return;
                }
            }
            String folded = arguments.has(Option.UNFOLDED) ? key : KeyFold.fold(key, utf8);
            if (arguments.has(Option.REPLACE)) {
                rows.put(folded, stored);
            } else if (rows.putIfAbsent(folded, stored) != null && !arguments.has(Option.IGNORE)) {
                command.warn(index + ": duplicate entry: \"" + folded + "\"");
            }
        });
    }

    // ---- with whose ids

    /** The owner whose ids are taken for a source; empty: this process's. */
    private Optional<Identity> owner(Optional<SourceStatus> source) {
        boolean drop = uid() == 0
                && source.isPresent()
                && source.get().uid() != 0
                && !arguments.has(Option.KEEP_ROOT)
                && identities.canSwitch();
        return drop ? Optional.of(new Identity(source.get().uid(), source.get().gid(), List.of())) : Optional.empty();
    }

    private FileValues reader(Optional<SourceStatus> source) {
        Optional<Identity> owner = owner(source);
        return owner.<FileValues>map(o -> (path, limit) -> identities.runAs(o, fs -> readAll(fs, path, limit)))
                .orElse(TableSystem::readFile);
    }

    private static byte[] readAll(FileSystem files, String path, int limit) throws IOException {
        int descriptor;
        try {
            descriptor = files.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
        } catch (ErrnoException e) {
            throw new IOException(e.text(), e);
        }
        try {
            long size = files.status(descriptor).size();
            if (!files.status(descriptor).isRegular() || size > limit) {
                throw new IOException("not a regular file, or over " + limit + " bytes");
            }
            byte[] bytes = new byte[(int) size];
            int at = 0;
            while (at < bytes.length) {
                long count = files.read(descriptor, MemorySegment.ofArray(bytes).asSlice(at), at);
                if (count == 0) {
                    return Arrays.copyOf(bytes, at);
                }
                at += (int) count;
            }
            return bytes;
        } finally {
            files.close(descriptor);
        }
    }

    /** Whether the source lies in a folder that only root can write, so that nobody can swap what is beside it. */
    private boolean isInRootsFolder(Path index, SourceStatus source) throws IOException {
        Path absolute = index.toAbsolutePath();
        Path folderPath = absolute.getParent();
        if (folderPath == null) {
            return false;
        }
        int folder = system.files().openFolder(folderPath.toString());
        try {
            FileStatus status = system.files().status(folder);
            String name = String.valueOf(absolute.getFileName());
            String sourceName = name.substring(0, name.lastIndexOf('.'));
            return status.uid() == 0
                    && (status.permissions() & 0022) == 0
                    && system.files().statusAt(folder, sourceName).inode() == source.inode();
        } catch (ErrnoException e) {
            return false;
        } finally {
            system.files().close(folder);
        }
    }

    private void write(
            Path index,
            Optional<SourceStatus> source,
            Map<String, String> rows,
            Optional<SourceStatus> recorded,
            boolean nul)
            throws IOException {
        IndexWriter.Ownership ownership = source.map(this::ownership)
                .orElse(new IndexWriter.Ownership(uid(), identities.self().gid(), DEFAULT_MODE));
        IndexWriter.Content content =
                new IndexWriter.Content(rows, recorded, command.flavour().syntax(), nul);
        Path target = Files.isSymbolicLink(index) ? index.toRealPath() : index;
        Optional<Identity> owner = owner(source);
        if (owner.isEmpty() || isInRootsFolder(index, source.orElseThrow())) {
            new IndexWriter(system.files(), system.random(), uid()).replace(target, ownership, content);
            return;
        }
        Identity who = owner.get();
        boolean done = identities.runAs(who, files -> {
            new IndexWriter(files, system.random(), who.uid()).replace(target, ownership, content);
            return true;
        });
        if (!done) {
            throw new IOException("write " + index + ": not done");
        }
    }

    private IndexWriter.Ownership ownership(SourceStatus source) {
        int mode = arguments.has(Option.DEFAULT_MODE) ? DEFAULT_MODE : 0600 | (source.mode() & GROUP_AND_OTHER_READ);
        // who is not root owns what he makes; the group is tried
        return new IndexWriter.Ownership(uid() == 0 ? source.uid() : uid(), source.gid(), mode);
    }

    // ---- changing

    private static IndexFile existing(Path index) throws CommandException {
        try {
            return IndexFile.read(index);
        } catch (java.nio.file.FileSystemException e) {
            throw new CommandException(Octets.of("open database " + index + ": " + FileTrouble.of(e)));
        } catch (IOException e) {
            throw new CommandException(Octets.of("open database " + index + ": Invalid argument"));
        }
    }

    /** {@code -d}; says whether a key was there. */
    boolean delete(List<TableSpec> specs) throws CommandException, IOException {
        String key = arguments.key().orElse("");
        boolean found = false;
        if (!key.equals("-")) {
            for (TableSpec spec : specs) {
                found |= delete(spec, List.of(TableQueries.octets(key)));
            }
            return found;
        }
        List<String> keys = new java.util.ArrayList<>();
        InputStream in = new BufferedInputStream(command.in());
        for (Optional<String> line = MessageKeys.line(in); line.isPresent(); line = MessageKeys.line(in)) {
            keys.add(line.get());
        }
        for (TableSpec spec : specs) {
            found |= delete(spec, keys);
        }
        return found;
    }

    private boolean delete(TableSpec given, List<String> keys) throws CommandException, IOException {
        TableSpec spec = given.type().equals("proxy") ? Tables.spec(given.name(), "") : given;
        Optional<String> suffix = Tables.suffix(spec.type());
        if (suffix.isEmpty()) {
            throw new CommandException(Octets.of(notDeleted(spec)));
        }
        Path index = path(spec.name() + suffix.get());
        try (IndexLock lock = lock(index)) {
            if (!lock.isHeld()) {
                throw new CommandException(Octets.of("open database " + index + ": No such file or directory"));
            }
            IndexFile old = existing(index);
            Map<String, String> rows = new LinkedHashMap<>(old.rows());
            boolean found = false;
            for (String key : keys) {
                if (utf8 && !Octets.isUtf8(key)) {
                    command.warn(Octets.of(given + suffix.get()) + ": non-UTF-8 key \"" + Octets.printable(key)
                            + "\": malformed UTF-8 or invalid codepoint");
                    continue;
                }
                String folded = arguments.has(Option.UNFOLDED) ? key : KeyFold.fold(key, utf8);
                found |= !folded.isEmpty() && rows.remove(folded) != null;
            }
            if (found) {
                Optional<SourceStatus> source = status(path(spec.name()));
                write(index, source, rows, old.source(), old.nulTerminated());
            }
            return found;
        }
    }

    private static String notDeleted(TableSpec spec) {
        return switch (spec.type()) {
            case "static", "unix" -> "table " + spec + ": delete operation is not supported";
            case "fail" -> "table " + spec + ": delete error: Application error";
            case "texthash", "inline", "unionmap" -> spec + " map requires O_RDONLY access mode";
            default -> "unsupported dictionary type: " + spec.type();
        };
    }

    // ---- one change at a time

    /** The lock on an index that is being read and replaced. */
    private final class IndexLock implements AutoCloseable {
        private final int descriptor;

        IndexLock(int descriptor) {
            this.descriptor = descriptor;
        }

        /** Whether there is an index. */
        boolean isHeld() {
            return descriptor >= 0;
        }

        @Override
        public void close() throws ErrnoException {
            if (descriptor >= 0) {
                system.files().close(descriptor);
            }
        }
    }

    private IndexLock lock(Path index) throws CommandException, IOException {
        FileSystem files = system.files();
        for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
            int descriptor;
            try {
                Path target = Files.isSymbolicLink(index) ? index.toRealPath() : index;
                descriptor = files.open(FileSystem.AT_FDCWD, target.toString(), FileSystem.O_RDONLY, 0);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ENOENT) {
                    return new IndexLock(-1);
                }
                throw new CommandException(Octets.of("open database " + index + ": " + e.text()));
            }
            boolean kept = false;
            try {
                // whoever replaced the index meanwhile made our lock worthless
                kept = files.tryFlock(descriptor)
                        && SourceStatus.of(index).inode()
                                == files.status(descriptor).inode();
            } finally {
                if (!kept) {
                    files.close(descriptor);
                }
            }
            if (kept) {
                return new IndexLock(descriptor);
            }
            try {
                Thread.sleep(BETWEEN_LOCK_ATTEMPTS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new CommandException(Octets.of("lock " + index + ": another process has it"));
    }
}
