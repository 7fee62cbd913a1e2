package org.recadero.table;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Replaces the index of a table as a whole: a temporary name, flushed, renamed, its folder flushed. Who reads it meanwhile sees
 * the old one or the new one.
 *
 * <p>Runs with the ids of its thread; all is done relative to the folder's descriptor. Owner and mode of an existing index stay.
 *
 * <p>Postfix: postmap(1). {@code DIFFERS}: Postfix writes in place under a lock.
 */
public final class IndexWriter {
    private final FileSystem files;
    private final RandomGenerator random;
    private final int uid;

    /**
     * To whom a new index belongs; an existing one keeps what it has.
     *
     * @param mode permission bits
     */
    public record Ownership(int uid, int gid, int mode) {}

    /**
     * What is written.
     *
     * @param rows octets, in the order in which they are to lie
     * @param source what the text was when the rows were read; empty: there is none
     * @param nulTerminated each key and value gets a NUL ({@code postmap -N})
     */
    public record Content(
            Map<String, String> rows, Optional<SourceStatus> source, Syntax syntax, boolean nulTerminated) {}

    /** @param uid the effective user id of the thread that calls */
    public IndexWriter(FileSystem files, RandomGenerator random, int uid) {
        this.files = files;
        this.random = random;
        this.uid = uid;
    }

    /** @throws IOException with a text for the administrator in Postfix's form */
    public void replace(Path index, Ownership ownership, Content content) throws IOException {
        Path absolute = index.toAbsolutePath();
        Path folderPath = absolute.getParent();
        Path last = absolute.getFileName();
        if (folderPath == null || last == null) {
            throw new IOException("open " + index + ": Is a directory");
        }
        int folder;
        try {
            folder = files.openFolder(folderPath.toString());
        } catch (ErrnoException e) {
            throw new IOException("open database " + index + ": " + e.text(), e);
        }
        try {
            replace(index, folder, last.toString(), ownership, content);
        } finally {
            files.close(folder);
        }
    }

    private void replace(Path index, int folder, String name, Ownership ownership, Content content) throws IOException {
        Optional<FileStatus> existing = existing(folder, name);
        if (existing.isPresent()) {
            check(index, existing.get());
        }
        Ownership wanted = existing.map(s -> new Ownership(s.uid(), s.gid(), s.permissions() & 0777))
                .orElse(ownership);
        String temporary = temporaryName(name);
        int descriptor;
        try {
            int flags = FileSystem.O_RDWR | FileSystem.O_CREAT | FileSystem.O_EXCL;
            descriptor = files.open(folder, temporary, flags, 0600);
        } catch (ErrnoException e) {
            throw new IOException((existing.isPresent() ? "open " : "open database ") + index + ": " + e.text(), e);
        }
        boolean done = false;
        try {
            try {
                write(descriptor, content);
                own(descriptor, wanted);
                files.sync(descriptor);
            } finally {
                files.close(descriptor);
            }
            files.rename(folder, temporary, folder, name);
            done = true;
            files.sync(folder);
        } catch (ErrnoException e) {
            throw new IOException("write " + index + ": " + e.text(), e);
        } finally {
            if (!done) {
                files.unlink(folder, temporary);
            }
        }
    }

    private Optional<FileStatus> existing(int folder, String name) throws ErrnoException {
        try {
            return Optional.of(files.statusAt(folder, name));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void check(Path index, FileStatus status) throws IOException {
        if (status.isDirectory()) {
            throw new IOException("open " + index + ": Is a directory");
        }
        if (status.isSymbolicLink()) {
            throw new IOException("open " + index + ": Too many levels of symbolic links");
        }
        if (!status.isRegular()) {
            throw new IOException("open " + index + ": not a regular file");
        }
        if (uid != 0 && status.uid() != uid) {
            // its owner could not be kept
            throw new IOException("open " + index + ": Permission denied");
        }
    }

    private String temporaryName(String name) {
        // 255 bytes is the longest name
        String start = name.length() > 100 ? name.substring(0, 100) : name;
        return "." + start + "." + Long.toHexString(random.nextLong()) + ".tmp";
    }

    private void write(int descriptor, Content content) throws IOException {
        CdbWriter cdb = new CdbWriter((bytes, count, at) ->
                files.write(descriptor, MemorySegment.ofArray(bytes).asSlice(0, count), at));
        String end = content.nulTerminated() ? "\0" : "";
        for (Map.Entry<String, String> row : content.rows().entrySet()) {
            cdb.add(Octets.bytes(row.getKey() + end), Octets.bytes(row.getValue() + end));
        }
        IndexStamp stamp =
                new IndexStamp(content.source().map(SourceStatus::stamp), content.syntax(), content.nulTerminated());
        cdb.add(IndexStamp.key(), stamp.encoded());
        cdb.finish();
    }

    private void own(int descriptor, Ownership wanted) throws IOException {
        FileStatus status = files.status(descriptor);
        int mode = wanted.mode();
        if (status.uid() != wanted.uid() || status.gid() != wanted.gid()) {
            try {
                files.changeOwner(descriptor, uid == 0 ? wanted.uid() : status.uid(), wanted.gid());
            } catch (ErrnoException e) {
                if (uid == 0 || e.errno() != Errno.EPERM) {
                    throw e;
                }
                // a group that cannot be given: then no other group may read it instead
                mode &= ~0070;
            }
        }
        files.changeMode(descriptor, mode);
    }
}
