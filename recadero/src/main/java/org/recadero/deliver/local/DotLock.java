package org.recadero.deliver.local;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/** The lock file beside an mbox. Postfix: dot_lockfile(3). Runs with the user's identity. */
final class DotLock {
    private DotLock() {}

    /** {@code usuario.lock}. */
    static String name(String mbox) {
        return mbox + ".lock";
    }

    /**
     * Makes the lock file; one older than {@code staleAfter} is taken away first, and so is one of a daemon that was killed. Empty:
     * made.
     */
    static Optional<Refusal> take(
            FileSystem files, int folder, Mailbox mailbox, LockHolder holder, Duration staleAfter, Instant now) {
        String what = "unable to create lock file " + DotLock.name(mailbox.path());
        try {
            try {
                create(files, folder, mailbox, holder);
            } catch (ErrnoException e) {
                boolean left = e.errno() == Errno.EEXIST
                        && (isStale(files, folder, mailbox, staleAfter, now)
                                || holder.hasEnded(files, folder, name(mailbox.name())));
                if (!left) {
                    throw e;
                }
                // Postfix: postconf(5), stale_lock_time
                removeStale(files, folder, mailbox);
                create(files, folder, mailbox, holder);
            }
            return Optional.empty();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return Optional.of(Refusal.of(Refusal.MAILBOX_BUSY, what + ": File exists"));
            }
            return Optional.of(Refusal.errno(e, what));
        }
    }

    static void release(FileSystem files, int folder, Mailbox mailbox) throws ErrnoException {
        files.unlink(folder, name(mailbox.name()));
    }

    private static void create(FileSystem files, int folder, Mailbox mailbox, LockHolder holder) throws ErrnoException {
        int descriptor = files.open(
                folder, name(mailbox.name()), FileSystem.O_WRONLY | FileSystem.O_CREAT | FileSystem.O_EXCL, 0600);
        try {
            files.write(descriptor, MemorySegment.ofArray(holder.text()), 0);
        } catch (ErrnoException e) {
            // a full disk: an empty lock is one too
        } finally {
            files.close(descriptor);
        }
    }

    private static boolean isStale(FileSystem files, int folder, Mailbox mailbox, Duration staleAfter, Instant now) {
        try {
            FileStatus lock = files.statusAt(folder, name(mailbox.name()));
            Instant made = Instant.ofEpochSecond(0, lock.mtimeNanos());
            return made.plus(staleAfter).isBefore(now);
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static void removeStale(FileSystem files, int folder, Mailbox mailbox) throws ErrnoException {
        try {
            files.unlink(folder, name(mailbox.name()));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            // another one took it away; whoever makes the next one has the lock
        }
    }
}
