package org.recadero.deliver.local;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Letters on their way into one Maildir. Handed from thread to thread, never shared: {@link #open} and {@link #publish} run
 * with the user's identity; {@link #write} too where all letters are small, else on an ordinary platform thread, since it reads
 * the queue (SAFETY 3).
 */
final class MaildirBatch {
    /** Names of cur/ that are looked through after a crash. */
    private static final int MOST_NAMES = 500_000;

    /** Other names that are tried where one is taken. */
    private static final int MOST_SUFFIXES = 20;

    private static final int MOST_FOLDERS = 32;

    private static final int BUFFER_BYTES = 64 << 10;

    private final Mailbox mailbox;
    private final MailboxOptions options;
    private final List<Piece> pieces = new ArrayList<>();
    private int top = -1;
    private int tmp = -1;
    private int fresh = -1;
    private int cur = -1;
    private boolean made;
    /** The user wants his mail elsewhere. */
    private Optional<ForwardFile.Found> elsewhere = Optional.empty();

    /** A letter, its file and what came of it. */
    private static final class Piece {
        private final Letter letter;
        private String name;
        private int descriptor = -1;
        /** Files of that name from an attempt before a crash, open for reading. */
        private final List<Integer> earlier = new ArrayList<>();

        private boolean inTmp;
        private boolean renamed;
        private boolean already;
        private Optional<Refusal> refusal = Optional.empty();

        private Piece(Letter letter, String name) {
            this.letter = letter;
            this.name = name;
        }

        private void refuse(Refusal why) {
            if (refusal.isEmpty()) {
                refusal = Optional.of(why);
            }
        }
    }

    MaildirBatch(Mailbox mailbox, MailboxOptions options, List<Letter> letters) {
        this.mailbox = mailbox;
        this.options = options;
        for (Letter letter : letters) {
            pieces.add(new Piece(letter, name(letter, "")));
        }
    }

    private String name(Letter letter, String suffix) {
        return Maildir.name(letter.delivery(), letter.member(), suffix, options.host());
    }

    // ---- step 1, with the user's identity

    /** Opens or makes the folders and makes the files in tmp/; false where nothing can be delivered. */
    boolean open(FileSystem files) {
        Optional<ForwardFile.Found> forward = ForwardFile.look(files, mailbox);
        if (forward.isPresent()) {
            elsewhere = forward;
            refuseAll(Refusal.wait("a .forward takes the mail"));
            return false;
        }
        String first = mailbox.path() + "/tmp/" + pieces.getFirst().name;
        try {
            top = openTop(files);
            Optional<Refusal> stranger = stranger(files.status(top));
            if (stranger.isPresent()) {
                refuseAll(stranger.get());
                return false;
            }
            tmp = folder(files, "tmp");
            fresh = folder(files, "new");
            cur = folder(files, "cur");
        } catch (ErrnoException e) {
            refuseAll(cannotCreate(e, first));
            return false;
        }
        lookForEarlier(files);
        for (Piece piece : pieces) {
            try {
                piece.descriptor = create(files, piece.name);
                piece.inTmp = true;
            } catch (ErrnoException e) {
                piece.refuse(cannotCreate(e, mailbox.path() + "/tmp/" + piece.name));
            }
        }
        return true;
    }

    private int openTop(FileSystem files) throws ErrnoException {
        try {
            return openTopAsItIs(files);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        makeFolders(files, mailbox.path());
        made = true;
        return openTopAsItIs(files);
    }

    /** In the home a symbolic link to a folder is followed, with the user's own rights, as Postfix does; in the spool not. */
    private int openTopAsItIs(FileSystem files) throws ErrnoException {
        return mailbox.inSpool()
                ? files.open(FileSystem.AT_FDCWD, mailbox.path(), FileSystem.O_RDONLY | FileSystem.O_DIRECTORY, 0)
                : files.openFolder(mailbox.path());
    }

    private static void makeFolders(FileSystem files, String path) throws ErrnoException {
        List<String> missing = new ArrayList<>();
        String next = path;
        while (missing.size() < MOST_FOLDERS) {
            try {
                files.makeFolder(FileSystem.AT_FDCWD, next, 0700);
                break;
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EEXIST) {
                    break;
                }
                int slash = next.lastIndexOf('/');
                if (e.errno() != Errno.ENOENT || slash <= 0) {
                    throw e;
                }
                missing.add(next);
                next = next.substring(0, slash);
            }
        }
        for (String folder : missing.reversed()) {
            files.makeFolder(FileSystem.AT_FDCWD, folder, 0700);
        }
    }

    private Optional<Refusal> stranger(FileStatus status) {
        if (mailbox.inSpool() && options.strictOwnership() && status.uid() != mailbox.uid()) {
            // DIFFERS: in a spool where others can make folders, a folder of another's is not the user's Maildir
            return Optional.of(Refusal.of(
                    Refusal.MAILBOX_BUSY,
                    Maildir.FAILED + "destination " + mailbox.path() + " is not owned by recipient"));
        }
        return Optional.empty();
    }

    private int folder(FileSystem files, String name) throws ErrnoException {
        int flags = FileSystem.O_RDONLY | FileSystem.O_DIRECTORY;
        try {
            return files.open(top, name, flags, 0);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        try {
            files.makeFolder(top, name, 0700);
            made = true;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        return files.open(top, name, flags, 0);
    }

    private int create(FileSystem files, String name) throws ErrnoException {
        int flags = FileSystem.O_WRONLY | FileSystem.O_CREAT | FileSystem.O_EXCL;
        try {
            return files.open(tmp, name, flags, 0600);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        // left by an attempt that was cut off
        files.unlink(tmp, name);
        return files.open(tmp, name, flags, 0600);
    }

    private Refusal cannotCreate(ErrnoException e, String file) {
        String what = "create maildir file " + file;
        Refusal why = Refusal.errno(e, what);
        if (e.errno() != Errno.EACCES) {
            return why.prefixed(Maildir.FAILED);
        }
        return new Refusal(
                why.code(),
                Maildir.FAILED + why.text(),
                List.of(
                        "maildir access problem for UID/GID="
                                + Integer.toUnsignedString(mailbox.identity().uid()) + "/"
                                + Integer.toUnsignedString(mailbox.identity().gid()) + ": " + why.text(),
                        "perhaps you need to create the maildirs in advance"));
    }

    // ---- after a crash

    /** Only what had begun before is looked up again (SAFETY 17). */
    private void lookForEarlier(FileSystem files) {
        if (pieces.stream().noneMatch(p -> p.letter.delivery().recipient().begun())) {
            return;
        }
        List<String> read;
        try {
            read = files.list(cur, MOST_NAMES);
        } catch (ErrnoException e) {
            read = List.of();
        }
        for (Piece piece : pieces) {
            if (piece.letter.delivery().recipient().begun()) {
                lookForEarlier(files, piece, read);
            }
        }
    }

    /** Opens all files with the letter's name; its own becomes the first suffixed one that is free. */
    private void lookForEarlier(FileSystem files, Piece piece, List<String> read) {
        for (int i = 0; i < MOST_SUFFIXES; i++) {
            String name = i == 0 ? piece.name : name(piece.letter, "-" + i);
            boolean taken = openEarlier(files, fresh, name, piece);
            for (String other : read) {
                // any flags behind the colon
                if (other.equals(name) || other.startsWith(name + ":")) {
                    taken |= openEarlier(files, cur, other, piece);
                }
            }
            if (!taken) {
                piece.name = name;
                return;
            }
        }
    }

    private static boolean openEarlier(FileSystem files, int folder, String name, Piece piece) {
        try {
            piece.earlier.add(files.open(folder, name, FileSystem.O_RDONLY, 0));
            return true;
        } catch (ErrnoException e) {
            return e.errno() != Errno.ENOENT;
        }
    }

    private static boolean isSame(FileSystem files, int descriptor, Letter letter) throws IOException {
        FileStatus status = files.status(descriptor);
        if (!status.isRegular() || status.size() != letter.length()) {
            return false;
        }
        long[] position = {0};
        boolean[] same = {true};
        byte[] there = new byte[BUFFER_BYTES];
        letter.writeTo((bytes, from, length) -> {
            int done = 0;
            while (same[0] && done < length) {
                int want = Math.min(there.length, length - done);
                long n = files.read(descriptor, MemorySegment.ofArray(there).asSlice(0, want), position[0]);
                same[0] =
                        n > 0 && java.util.Arrays.equals(there, 0, (int) n, bytes, from + done, from + done + (int) n);
                done += (int) Math.max(n, 0);
                position[0] += n;
            }
        });
        return same[0];
    }

    // ---- step 2

    /** Writes all, then flushes each. */
    void write(FileSystem files) {
        for (Piece piece : pieces) {
            if (piece.descriptor < 0) {
                continue;
            }
            try {
                for (int descriptor : piece.earlier) {
                    piece.already |= isSame(files, descriptor, piece.letter);
                }
                if (!piece.already) {
                    write(files, piece);
                    files.beginSync(piece.descriptor);
                }
            } catch (IOException e) {
                piece.refuse(writing(e));
            }
        }
        for (Piece piece : pieces) {
            if (piece.descriptor < 0) {
                continue;
            }
            try {
                if (piece.refusal.isEmpty() && !piece.already) {
                    files.sync(piece.descriptor);
                }
                int descriptor = piece.descriptor;
                piece.descriptor = -1;
                files.close(descriptor);
            } catch (ErrnoException e) {
                piece.refuse(writing(e));
            }
        }
    }

    private static void write(FileSystem files, Piece piece) throws IOException {
        long[] position = {0};
        piece.letter.writeTo((bytes, from, length) -> {
            files.write(piece.descriptor, MemorySegment.ofArray(bytes).asSlice(from, length), position[0]);
            position[0] += length;
        });
        if (position[0] != piece.letter.length()) {
            throw new IOException("the content changed while it was copied");
        }
    }

    private static Refusal writing(IOException e) {
        String what = "error writing message";
        Refusal why = e instanceof ErrnoException errno
                ? Refusal.errno(errno, what)
                : Refusal.wait(what + ": " + e.getMessage());
        return why.prefixed(Maildir.FAILED);
    }

    // ---- step 3, with the user's identity

    /** Renames what is whole, forces new/ once, takes away what failed, closes everything. */
    void publish(FileSystem files) {
        boolean some = false;
        for (Piece piece : pieces) {
            if (!piece.inTmp) {
                continue;
            }
            if (piece.refusal.isEmpty() && !piece.already && piece.letter.isOpen()) {
                try {
                    files.rename(tmp, piece.name, fresh, piece.name);
                    piece.inTmp = false;
                    piece.renamed = true;
                    some = true;
                } catch (ErrnoException e) {
                    piece.refuse(cannotCreate(e, mailbox.path() + "/new/" + piece.name));
                }
            }
            if (piece.inTmp) {
                remove(files, piece.name);
            }
        }
        if (some) {
            force(files);
        }
        closeAll(files);
    }

    private void force(FileSystem files) {
        try {
            files.sync(fresh);
            if (made) {
                files.sync(top);
                forceParent(files);
            }
        } catch (ErrnoException e) {
            // whether the names are on disk nobody knows: a duplicate, never a loss
            for (Piece piece : pieces) {
                if (piece.renamed) {
                    piece.refuse(writing(e));
                }
            }
        }
    }

    private void forceParent(FileSystem files) throws ErrnoException {
        int parent;
        try {
            parent = files.openFolder(mailbox.folder());
        } catch (ErrnoException e) {
            // a home that its owner may not read: its entry for the Maildir is on disk with the next commit
            return;
        }
        try {
            files.sync(parent);
        } finally {
            close(files, parent);
        }
    }

    private void remove(FileSystem files, String name) {
        try {
            files.unlink(tmp, name);
        } catch (ErrnoException e) {
            // a file that stays in tmp/ is rubbish that mail readers remove
            return;
        }
    }

    private void closeAll(FileSystem files) {
        for (Piece piece : pieces) {
            if (piece.descriptor >= 0) {
                close(files, piece.descriptor);
                piece.descriptor = -1;
            }
            for (int descriptor : piece.earlier) {
                close(files, descriptor);
            }
            piece.earlier.clear();
        }
        for (int folder : new int[] {tmp, fresh, cur, top}) {
            if (folder >= 0) {
                close(files, folder);
            }
        }
        tmp = -1;
        fresh = -1;
        cur = -1;
        top = -1;
    }

    private static void close(FileSystem files, int descriptor) {
        try {
            files.close(descriptor);
        } catch (ErrnoException e) {
            // what was written was flushed before
            return;
        }
    }

    /** Nobody waits for it any more: takes back what was made. */
    void takeBack(FileSystem files) {
        refuseAll(Refusal.wait(Maildir.FAILED + "nobody waits for it"));
        publish(files);
    }

    void refuseAll(Refusal why) {
        for (Piece piece : pieces) {
            piece.refuse(why);
        }
    }

    // ---- the end, an ordinary thread

    /** Where an identity could not be taken: closes what is open; nothing that is not renamed counts. */
    void giveUp(FileSystem files, Refusal why) {
        for (Piece piece : pieces) {
            if (!piece.already) {
                piece.refuse(why);
            }
        }
        closeAll(files);
    }

    /** Gives each letter its verdict. */
    void settle() {
        if (elsewhere.isPresent()) {
            pieces.forEach(p -> p.letter.elsewhere(elsewhere.get()));
            return;
        }
        for (Piece piece : pieces) {
            piece.refusal.ifPresentOrElse(piece.letter::refuse, () -> piece.letter.sent(Maildir.DELIVERED));
        }
    }
}
