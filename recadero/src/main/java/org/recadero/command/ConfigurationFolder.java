package org.recadero.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Says which files of the configuration others than its owner own or can write. Postfix: postfix(1), {@code check}.
 *
 * <p>Bounded: {@link #MOST_FILES} files, {@link #DEEPEST} folders below one another; the rest is not looked at.
 */
final class ConfigurationFolder {
    private static final int MOST_FILES = 10_000;
    private static final int DEEPEST = 8;
    private static final int GROUP_OR_OTHERS_WRITE = 0022;

    private final FileSystem files;
    private final Path folder;
    private final int uid;
    private final List<String> owners = new ArrayList<>();
    private final List<String> writable = new ArrayList<>();
    private int seen;

    /** @param uid whose the files may be, beside root */
    ConfigurationFolder(FileSystem files, Path folder, int uid) {
        this.files = files;
        this.folder = folder;
        this.uid = uid;
    }

    /** What is wrong, in Postfix's words. */
    List<String> faults() throws SetupException {
        try {
            int descriptor = files.openFolder(folder.toString());
            try {
                judge(folder + "/.", files.status(descriptor));
                walk(descriptor, folder + "/.", 0);
            } finally {
                files.close(descriptor);
            }
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", folder, e);
        }
        List<String> all = new ArrayList<>(owners);
        all.addAll(writable);
        return all;
    }

    private void walk(int here, String path, int depth) throws ErrnoException {
        for (String name : files.list(here, MOST_FILES - seen)) {
            seen++;
            String below = path + "/" + name;
            FileStatus status = files.statusAt(here, name);
            judge(below, status);
            if (status.isDirectory() && depth < DEEPEST) {
                int next;
                try {
                    next = files.open(here, name, FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0);
                } catch (ErrnoException e) {
                    // one that he may not look into, or that is gone meanwhile
                    continue;
                }
                try {
                    walk(next, below, depth + 1);
                } finally {
                    files.close(next);
                }
            }
        }
    }

    private void judge(String path, FileStatus status) {
        if (status.uid() != 0 && status.uid() != uid) {
            owners.add("not owned by root: " + path);
        }
        if (!status.isSymbolicLink() && (status.permissions() & GROUP_OR_OTHERS_WRITE) != 0) {
            writable.add("group or other writable: " + path);
        }
    }
}
