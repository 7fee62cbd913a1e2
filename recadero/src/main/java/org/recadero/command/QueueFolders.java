package org.recadero.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * The folders that the daemon and sendmail need under {@code $queue_directory/recadero}: makes those that are missing, says
 * which have a wrong owner or mode, mends them. Postfix's own folders beside them are never touched. {@code init}, {@code
 * postfix check} and {@code postfix set-permissions} go through here.
 *
 * <p>{@code mail_owner} may write where root works: each folder is opened by its name alone, links are never followed, and
 * fstat(2) on what was opened decides (SAFETY 6).
 */
final class QueueFolders {
    /** Bytes of a socket's path: sockaddr_un has room for 108 with the NUL. */
    static final int MOST_SOCKET_BYTES = 107;

    private static final String HOME = "recadero";
    private static final List<String> SOCKETS = List.of("submit", "control/control");
    private static final int GROUP_OR_OTHERS_WRITE = 0022;

    private final FileSystem files;
    private final Path queue;
    private final MailOwner owner;
    private final FolderPath paths;
    private final int uid;

    /** @param queue {@code queue_directory}, which has to be there */
    QueueFolders(FileSystem files, Path queue, MailOwner owner, int uid) {
        this.files = files;
        this.queue = queue;
        this.owner = owner;
        this.uid = uid;
        this.paths = new FolderPath(files, uid);
    }

    /**
     * A folder as it has to be.
     *
     * @param name below {@code queue_directory}
     */
    private record Wanted(String name, int uid, int gid, int mode) {}

    private List<Wanted> wanted() {
        List<Wanted> all = new ArrayList<>();
        // an ordinary user's instance is for nobody else
        all.add(own("", owner.isSystem() ? 0755 : 0700));
        all.add(own("/log", 0700));
        all.add(own("/large", 0700));
        all.add(own("/corrupt", 0700));
        all.add(own("/control", 0750));
        // SAFETY 24: everybody may put something in, nobody may look; the set-gid bit lets the daemon read it
        all.add(own("/drop", owner.isSystem() ? 03733 : 0700));
        if (owner.isSystem()) {
            // SAFETY 25
            all.add(new Wanted(HOME + "/drop/root", 0, owner.gid(), 02770));
        }
        return all;
    }

    private Wanted own(String name, int mode) {
        return new Wanted(HOME + name, owner.uid(), owner.gid(), mode);
    }

    /** The socket path under a queue folder that is too long; empty: none is. */
    static Optional<Path> tooLongSocket(Path queue) {
        return SOCKETS.stream()
                .map(queue.resolve(HOME)::resolve)
                .filter(path ->
                        path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MOST_SOCKET_BYTES)
                .findFirst();
    }

    /** What {@link #make} did with a folder. */
    interface Report {
        void made(Path path);

        /** @param faults what is wrong with it; may be empty */
        void leftAlone(Path path, List<String> faults);
    }

    /** Makes what is missing. */
    void make(Report report) throws SetupException {
        try (FolderPath.Folder base = paths.open(queue)) {
            for (Wanted folder : wanted()) {
                Path path = base.path().resolve(folder.name());
                if (make(base, folder)) {
                    report.made(path);
                } else {
                    report.leftAlone(path, faults(base, folder));
                }
            }
        }
    }

    private boolean make(FolderPath.Folder base, Wanted folder) throws SetupException {
        Path path = base.path().resolve(folder.name());
        Path name = Path.of(folder.name());
        Path above = name.getParent();
        try {
            int parent = open(base, above == null ? "." : above.toString());
            try {
                files.makeFolder(parent, String.valueOf(name.getFileName()), 0700);
            } finally {
                files.close(parent);
            }
            int descriptor = open(base, folder.name());
            try {
                if (files.status(descriptor).uid() != uid) {
                    throw new SetupException("not-ours", path);
                }
                mend(descriptor, folder);
            } finally {
                files.close(descriptor);
            }
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw new SetupException("cannot-make", path, e);
        }
    }

    private void mend(int descriptor, Wanted folder) throws ErrnoException {
        FileStatus status = files.status(descriptor);
        if (uid == 0 && (status.uid() != folder.uid() || status.gid() != folder.gid())) {
            files.changeOwner(descriptor, folder.uid(), folder.gid());
        }
        if (files.status(descriptor).permissions() != folder.mode()) {
            files.changeMode(descriptor, folder.mode());
        }
    }

    /** Opens a folder below the queue's, name by name, following no link. */
    private int open(FolderPath.Folder base, String name) throws ErrnoException, SetupException {
        int here = files.open(base.descriptor(), ".", FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0);
        Path path = base.path();
        for (Path part : Path.of(name)) {
            path = path.resolve(part);
            int next;
            try {
                next = files.open(here, part.toString(), FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                    boolean link = files.statusAt(here, part.toString()).isSymbolicLink();
                    throw new SetupException(link ? "link-in-the-way" : "not-a-folder", path);
                }
                throw e;
            } finally {
                files.close(here);
            }
            here = next;
        }
        return here;
    }

    /** What is wrong, in the words of {@code postfix check}; also with {@code queue_directory} itself. */
    List<String> faults() throws SetupException {
        List<String> all = new ArrayList<>();
        try (FolderPath.Folder base = paths.open(queue)) {
            FileStatus status = files.status(base.descriptor());
            if (status.uid() != 0 && (owner.isSystem() || status.uid() != owner.uid())) {
                all.add("not owned by root: " + queue + "/.");
            }
            if ((status.permissions() & GROUP_OR_OTHERS_WRITE) != 0) {
                all.add("group or other writable: " + queue + "/.");
            }
            for (Wanted folder : wanted()) {
                all.addAll(faults(base, folder));
            }
            return all;
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", queue, e);
        }
    }

    private List<String> faults(FolderPath.Folder base, Wanted folder) throws SetupException {
        Path path = queue.resolve(folder.name());
        FileStatus status;
        try {
            int descriptor = open(base, folder.name());
            try {
                status = files.status(descriptor);
            } finally {
                files.close(descriptor);
            }
        } catch (ErrnoException e) {
            throw new SetupException("cannot-open", path, e);
        }
        List<String> faults = new ArrayList<>();
        if (status.uid() != folder.uid()) {
            faults.add("not owned by " + (folder.uid() == 0 ? "root" : owner.name()) + ": " + path);
        }
        if (owner.isSystem() && status.gid() != folder.gid()) {
            faults.add("not owned by group " + owner.name() + ": " + path);
        }
        int mode = status.permissions();
        if ((mode & ~folder.mode() & GROUP_OR_OTHERS_WRITE) != 0) {
            faults.add("group or other writable: " + path);
        } else if (mode != folder.mode()) {
            // Postfix has no words for it
            faults.add("mode is " + octal(mode) + ", not " + octal(folder.mode()) + ": " + path);
        }
        return faults;
    }

    private static String octal(int mode) {
        return "0" + Integer.toOctalString(mode);
    }

    /** Gives every folder its owner and mode, and makes what is missing. */
    void repair(Consumer<Path> repaired) throws SetupException {
        try (FolderPath.Folder base = paths.open(queue)) {
            for (Wanted folder : wanted()) {
                Path path = queue.resolve(folder.name());
                if (make(base, folder)) {
                    repaired.accept(path);
                    continue;
                }
                try {
                    int descriptor = open(base, folder.name());
                    try {
                        mend(descriptor, folder);
                    } finally {
                        files.close(descriptor);
                    }
                } catch (ErrnoException e) {
                    throw new SetupException("cannot-repair", path, e);
                }
            }
        }
    }
}
