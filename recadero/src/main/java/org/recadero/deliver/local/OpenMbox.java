package org.recadero.deliver.local;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Opens, checks and locks an mbox with the user's identity, and lets go of it again.
 *
 * <p>The order is Postfix's whatever {@code mailbox_delivery_lock} says first: lock file, open, checks, fcntl or flock. All is
 * decided on the open descriptor (SAFETY 6); under the lock path and descriptor must be the same inode (SAFETY 18).
 */
final class OpenMbox {
    /** How an attempt to open ended. */
    sealed interface Result {
        /** Open and locked. */
        record Ready(OpenMbox mbox) implements Result {}

        /** Somebody else has it; try again after {@code deliver_lock_delay}. */
        record Busy(Refusal why) implements Result {}

        record Refused(Refusal why) implements Result {}

        /** A {@code .forward} stands before the mailbox; nothing was opened. */
        record Forwarded(ForwardFile.Found found) implements Result {}
    }

    private final Mailbox mailbox;
    private final OpenInodes inodes;
    private final int folder;
    private final boolean dotLocked;
    private final int descriptor;
    private final boolean created;
    private final FileStatus status;
    private final String tail;

    private OpenMbox(
            Mailbox mailbox,
            OpenInodes inodes,
            int folder,
            boolean dotLocked,
            int descriptor,
            boolean created,
            FileStatus status,
            String tail) {
        this.mailbox = mailbox;
        this.inodes = inodes;
        this.folder = folder;
        this.dotLocked = dotLocked;
        this.descriptor = descriptor;
        this.created = created;
        this.status = status;
        this.tail = tail;
    }

    int descriptor() {
        return descriptor;
    }

    /** As it was under the lock. */
    FileStatus status() {
        return status;
    }

    boolean created() {
        return created;
    }

    int folder() {
        return folder;
    }

    /** Line feeds that are missing before a new entry: a file that does not end in an empty line gets one (SAFETY 18). */
    int missingNewlines() {
        if (status.size() == 0 || tail.equals("\n\n")) {
            return 0;
        }
        return tail.endsWith("\n") ? 1 : 2;
    }

    /** Everything with the user's identity; touches nothing that an ordinary thread may wait for (SAFETY 3). */
    static Result open(
            FileSystem files,
            Mailbox mailbox,
            MailboxOptions options,
            OpenInodes inodes,
            LockHolder holder,
            Instant now) {
        Optional<ForwardFile.Found> forward = ForwardFile.look(files, mailbox);
        if (forward.isPresent()) {
            return new Result.Forwarded(forward.get());
        }
        int folder;
        try {
            folder = files.openFolder(mailbox.folder());
        } catch (ErrnoException e) {
            String what = options.dotLock()
                    ? "unable to create lock file " + DotLock.name(mailbox.path())
                    : "cannot open file";
            return new Result.Refused(Refusal.errno(e, what));
        }
        Opening opening = new Opening(files, mailbox, options, inodes, folder);
        Result result = opening.run(holder, now);
        if (!(result instanceof Result.Ready)) {
            opening.undo();
        }
        return result;
    }

    /** Closes, which lets go of fcntl and flock, then takes the lock file away. The first failure is told. */
    Optional<ErrnoException> close(FileSystem files) {
        Optional<ErrnoException> failure = inodes.close(OpenInodes.Inode.of(status), files);
        if (dotLocked) {
            try {
                DotLock.release(files, folder, mailbox);
            } catch (ErrnoException e) {
                // the mail is where it belongs; a lock file that stays gets stale (stale_lock_time)
                closeQuietly(files);
                return failure;
            }
        }
        closeQuietly(files);
        return failure;
    }

    private void closeQuietly(FileSystem files) {
        try {
            files.close(folder);
        } catch (ErrnoException e) {
            // a folder that was only read
            return;
        }
    }

    /** What an attempt has taken so far. */
    private static final class Opening {
        private static final int TRIES = 3;
        private final FileSystem files;
        private final Mailbox mailbox;
        private final MailboxOptions options;
        private final OpenInodes inodes;
        private final int folder;
        private boolean dotLocked;
        private OpenInodes.@Nullable Inode claimed;

        Opening(FileSystem files, Mailbox mailbox, MailboxOptions options, OpenInodes inodes, int folder) {
            this.files = files;
            this.mailbox = mailbox;
            this.options = options;
            this.inodes = inodes;
            this.folder = folder;
        }

        private Result run(LockHolder holder, Instant now) {
            if (options.dotLock()) {
                Optional<Refusal> refusal = DotLock.take(files, folder, mailbox, holder, options.staleAfter(), now);
                if (refusal.isPresent()) {
                    return refusal.get().code().equals(Refusal.MAILBOX_BUSY)
                            ? new Result.Busy(refusal.get())
                            : new Result.Refused(refusal.get());
                }
                dotLocked = true;
            }
            int descriptor;
            boolean created = false;
            try {
                int opened = openExisting();
                if (opened < 0) {
                    opened = create();
                    created = opened >= 0;
                }
                if (opened < 0) {
                    return busy("cannot open file: it comes and goes");
                }
                descriptor = opened;
            } catch (ErrnoException e) {
                return new Result.Refused(cannotOpen(e));
            }
            try {
                FileStatus status = files.status(descriptor);
                OpenInodes.Inode inode = OpenInodes.Inode.of(status);
                if (!inodes.claim(inode, descriptor)) {
                    // the descriptor is the other's now; closing it here would release his lock
                    return busy("unable to lock for exclusive access: Resource temporarily unavailable");
                }
                claimed = inode;
                return check(descriptor, status, created);
            } catch (ErrnoException e) {
                return new Result.Refused(Refusal.errno(e, "cannot open file"));
            }
        }

        /** -1: there is none. */
        private int openExisting() throws ErrnoException {
            try {
                return files.open(folder, mailbox.name(), FileSystem.O_RDWR, 0);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ENOENT) {
                    return -1;
                }
                throw e;
            }
        }

        /** -1: one appeared and vanished again, several times. */
        private int create() throws ErrnoException {
            for (int i = 0; i < TRIES; i++) {
                try {
                    return files.open(
                            folder, mailbox.name(), FileSystem.O_RDWR | FileSystem.O_CREAT | FileSystem.O_EXCL, 0600);
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.EEXIST) {
                        throw e;
                    }
                }
                int existing = openExisting();
                if (existing >= 0) {
                    return existing;
                }
            }
            return -1;
        }

        private Refusal cannotOpen(ErrnoException e) {
            if (e.errno() == Errno.ELOOP) {
                // Postfix: safe_open(3) on a link of a user's: «file is a symbolic link»; DIFFERS: root's are not
                // followed
                return Refusal.of(Refusal.MAILBOX_TROUBLE, "file is a symbolic link");
            }
            return Refusal.errno(e, "cannot open file");
        }

        private Result check(int descriptor, FileStatus opened, boolean created) throws ErrnoException {
            Optional<Refusal> refusal = judge(opened);
            if (refusal.isPresent()) {
                return new Result.Refused(refusal.get());
            }
            if ((options.fcntlLock() && !files.tryLock(descriptor))
                    || (options.flockLock() && !files.tryFlock(descriptor))) {
                return busy("unable to lock for exclusive access: Resource temporarily unavailable");
            }
            if (!isStillThere(opened)) {
                return busy("cannot open file: it was exchanged meanwhile");
            }
            FileStatus status = files.status(descriptor);
            Optional<Refusal> again = judge(status);
            if (again.isPresent()) {
                return new Result.Refused(again.get());
            }
            return new Result.Ready(new OpenMbox(
                    mailbox, inodes, folder, dotLocked, descriptor, created, status, tail(descriptor, status)));
        }

        private Optional<Refusal> judge(FileStatus status) {
            if (!status.isRegular()) {
                boolean fifo = (status.mode() & 0xF000) == 0x1000;
                // Postfix opens for writing only, so that a FIFO without a reader gives ENXIO
                return Optional.of(Refusal.of(
                        Refusal.MAILBOX_TROUBLE,
                        fifo
                                ? "cannot open file: No such device or address"
                                : "destination " + mailbox.path() + " is not a regular file"));
            }
            if (status.links() > 1) {
                return Optional.of(Refusal.of(Refusal.MAILBOX_TROUBLE, "file has " + status.links() + " hard links"));
            }
            if (options.strictOwnership() && status.uid() != mailbox.uid()) {
                return Optional.of(new Refusal(
                        Refusal.MAILBOX_BUSY,
                        "destination " + mailbox.path() + " is not owned by recipient",
                        List.of("specify \"strict_mailbox_ownership = no\" to ignore mailbox ownership"
                                + " mismatch")));
            }
            return Optional.empty();
        }

        private boolean isStillThere(FileStatus opened) {
            try {
                FileStatus there = files.statusAt(folder, mailbox.name());
                return there.inode() == opened.inode() && there.device() == opened.device();
            } catch (ErrnoException e) {
                return false;
            }
        }

        private String tail(int descriptor, FileStatus status) throws ErrnoException {
            int length = (int) Math.min(2, status.size());
            byte[] last = new byte[length];
            long n = files.read(descriptor, MemorySegment.ofArray(last), status.size() - length);
            StringBuilder tail = new StringBuilder(2);
            for (int i = 0; i < n; i++) {
                tail.append((char) (last[i] & 0xff));
            }
            return tail.toString();
        }

        private Result busy(String text) {
            return new Result.Busy(Refusal.of(Refusal.MAILBOX_BUSY, text));
        }

        /** A new empty file may stay: it is the user's own and harmless. */
        private void undo() {
            OpenInodes.Inode inode = claimed;
            if (inode != null) {
                inodes.close(inode, files);
            }
            try {
                if (dotLocked) {
                    DotLock.release(files, folder, mailbox);
                }
                files.close(folder);
            } catch (ErrnoException e) {
                // a lock file that could not be taken away gets stale
                return;
            }
        }
    }
}
