package org.recadero.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Opens and makes folders name by name from the root on, so that nobody can lead the way astray: a symbolic link is followed
 * only where it stands in a folder that nobody but root or the caller can write (SAFETY 6).
 */
final class FolderPath {
    /** Looks at a folder without having to be allowed to list it. */
    private static final int O_PATH = 0x200000;

    private static final int MOST_LINKS = 40;
    private static final int MOST_NAMES = 1_000;
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final int OTHERS_WRITE = 0002;

    private final FileSystem files;
    private final int uid;

    /** @param uid the caller's */
    FolderPath(FileSystem files, int uid) {
        this.files = files;
        this.uid = uid;
    }

    /** An open folder; its path has no links. */
    record Folder(FileSystem files, Path path, int descriptor) implements AutoCloseable {
        @Override
        public void close() {
            try {
                files.close(descriptor);
            } catch (ErrnoException e) {
                // nothing was written through it
                throw new IllegalStateException(e);
            }
        }
    }

    /** An existing folder, for reading. */
    Folder open(Path absolute) throws SetupException {
        return walk(absolute, -1, made -> {});
    }

    /**
     * The folder, made with all that is missing above it.
     *
     * @param mode of what is made, whatever the umask
     * @param made hears each path that was made
     */
    Folder make(Path absolute, int mode, Consumer<Path> made) throws SetupException {
        return walk(absolute, mode, made);
    }

    private Folder walk(Path absolute, int mode, Consumer<Path> made) throws SetupException {
        if (!absolute.isAbsolute()) {
            throw new SetupException("not-absolute", absolute);
        }
        Deque<String> names = new ArrayDeque<>();
        absolute.forEach(name -> names.add(name.toString()));
        int links = 0;
        Folder here = root();
        try {
            for (int step = 0; !names.isEmpty(); step++) {
                if (step > MOST_NAMES) {
                    throw new SetupException("cannot-open", absolute, new ErrnoException(Errno.ELOOP, ""));
                }
                String name = names.remove();
                Path path =
                        name.equals("..") ? parent(here.path()) : here.path().resolve(name);
                if (name.equals(".")) {
                    continue;
                }
                try {
                    here = replace(here, below(here, name, path));
                } catch (ErrnoException e) {
                    if (e.errno() == Errno.ENOENT && mode >= 0) {
                        here = replace(here, make(here, name, path, mode, made));
                    } else if ((e.errno() == Errno.ELOOP || e.errno() == Errno.ENOTDIR) && isLink(here, name)) {
                        if (++links > MOST_LINKS) {
                            throw new SetupException("cannot-open", absolute, new ErrnoException(Errno.ELOOP, ""));
                        }
                        Path target = target(here, path);
                        for (int i = target.getNameCount() - 1; i >= 0; i--) {
                            names.push(target.getName(i).toString());
                        }
                        if (target.isAbsolute()) {
                            here = replace(here, root());
                        }
                    } else if (e.errno() == Errno.ENOTDIR) {
                        throw new SetupException("not-a-folder", path);
                    } else {
                        throw new SetupException("cannot-open", path, e);
                    }
                }
            }
            Folder readable = readable(here);
            here.close();
            return readable;
        } catch (SetupException | RuntimeException e) {
            here.close();
            throw e;
        }
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    private static Folder replace(Folder old, Folder now) {
        old.close();
        return now;
    }

    private Folder root() throws SetupException {
        try {
            int descriptor = files.open(FileSystem.AT_FDCWD, "/", O_PATH | FileSystem.O_DIRECTORY, 0);
            return new Folder(files, Path.of("/"), descriptor);
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", "/", e);
        }
    }

    private Folder below(Folder here, String name, Path path) throws ErrnoException {
        return new Folder(files, path, files.open(here.descriptor(), name, O_PATH | FileSystem.O_DIRECTORY, 0));
    }

    private Folder readable(Folder here) throws SetupException {
        try {
            int descriptor = files.open(here.descriptor(), ".", FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0);
            return new Folder(files, here.path(), descriptor);
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", here.path(), e);
        }
    }

    private Folder make(Folder here, String name, Path path, int mode, Consumer<Path> made) throws SetupException {
        try {
            files.makeFolder(here.descriptor(), name, mode);
            int descriptor = files.open(here.descriptor(), name, FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0);
            Folder folder = new Folder(files, path, descriptor);
            // the umask may have taken bits away
            files.changeMode(descriptor, mode);
            made.accept(path);
            return folder;
        } catch (ErrnoException e) {
            throw new SetupException("cannot-make", path, e);
        }
    }

    private boolean isLink(Folder here, String name) throws SetupException {
        try {
            return files.statusAt(here.descriptor(), name).isSymbolicLink();
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", here.path().resolve(name), e);
        }
    }

    private Path target(Folder here, Path link) throws SetupException {
        try {
            FileStatus folder = files.status(here.descriptor());
            // root is led astray by any group; an ordinary user's own group is mostly himself
            int writers = uid == 0 ? GROUP_OR_OTHERS_WRITE : OTHERS_WRITE;
            if ((folder.uid() != 0 && folder.uid() != uid) || (folder.permissions() & writers) != 0) {
                throw new SetupException("link-in-the-way", link);
            }
            return Files.readSymbolicLink(link);
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", link, e);
        } catch (IOException e) {
            throw new SetupException("link-in-the-way", link);
        }
    }
}
