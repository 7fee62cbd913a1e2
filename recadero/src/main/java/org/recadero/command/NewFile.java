package org.recadero.command;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;

/**
 * Makes a file where none of that name is, whole or not at all: written under another name, forced to disk, linked. What is
 * there, whatever it is, stays as it is.
 */
final class NewFile {
    private static final int RANDOM_BYTES = 16;

    private final FileSystem files;
    private final RandomGenerator random;

    NewFile(FileSystem files, RandomGenerator random) {
        this.files = files;
        this.random = random;
    }

    /** Whether the file was made; false: something of that name was there. */
    boolean make(FolderPath.Folder folder, String name, String text, int mode) throws SetupException {
        Path path = folder.path().resolve(name);
        try {
            if (exists(folder, name)) {
                return false;
            }
            byte[] number = new byte[RANDOM_BYTES];
            random.nextBytes(number);
            String temporary = ".recadero-init-" + HexFormat.of().formatHex(number);
            try {
                write(folder, temporary, text, mode);
                return link(folder, temporary, name);
            } finally {
                remove(folder, temporary);
            }
        } catch (ErrnoException e) {
            throw new SetupException("cannot-make", path, e);
        }
    }

    private boolean exists(FolderPath.Folder folder, String name) throws ErrnoException {
        try {
            files.statusAt(folder.descriptor(), name);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    private void write(FolderPath.Folder folder, String name, String text, int mode) throws ErrnoException {
        int flags = FileSystem.O_WRONLY | FileSystem.O_CREAT | FileSystem.O_EXCL;
        int descriptor = files.open(folder.descriptor(), name, flags, 0600);
        try {
            files.write(descriptor, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), 0);
            files.changeMode(descriptor, mode);
            files.sync(descriptor);
        } finally {
            files.close(descriptor);
        }
    }

    private boolean link(FolderPath.Folder folder, String temporary, String name) throws ErrnoException {
        int descriptor = folder.descriptor();
        try {
            files.link(descriptor, temporary, descriptor, name);
        } catch (ErrnoException e) {
            switch (e.errno()) {
                case Errno.EEXIST -> {
                    return false;
                }
                case Errno.EPERM, Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.EMLINK -> {
                    // a file system without links
                    if (exists(folder, name)) {
                        return false;
                    }
                    files.rename(descriptor, temporary, descriptor, name);
                }
                default -> throw e;
            }
        }
        files.sync(descriptor);
        return true;
    }

    private void remove(FolderPath.Folder folder, String temporary) throws ErrnoException {
        try {
            files.unlink(folder.descriptor(), temporary);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }
}
