package org.recadero.deliver.local;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Looks whether the user has a {@code .forward}, with his rights (SAFETY 6), and reads it. Postfix: local(8), {@code
 * forward_path}.
 */
final class ForwardFile {
    private static final int MOST_BYTES = 64 << 10;

    private ForwardFile() {}

    /** A file that counts is there. */
    sealed interface Found {
        /**
         * It says something.
         *
         * @param path where it lies
         * @param text UTF-8; what is no UTF-8 is replaced
         */
        record Text(String path, String text) implements Found {}

        /** It cannot be read; the mail waits. */
        record Unreadable(Refusal why) implements Found {}
    }

    static Optional<Found> look(FileSystem files, Mailbox mailbox) {
        return look(files, mailbox.uid(), mailbox.home());
    }

    /**
     * The first file that is there and says something; a file that Postfix would ignore is ignored. A home that must be there and
     * is not counts as one that cannot be read.
     *
     * @param uid the user's, who or root must own it
     */
    static Optional<Found> look(FileSystem files, int uid, HomeFiles home) {
        if (home.required().isPresent()) {
            Optional<Found> missing = missing(files, home.required().get());
            if (missing.isPresent()) {
                return missing;
            }
        }
        for (String path : home.forwards()) {
            int descriptor;
            try {
                descriptor = files.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
            } catch (ErrnoException e) {
                if (isPresent(files, path)) {
                    return unreadable(files, path, uid);
                }
                continue;
            }
            try {
                return judge(files, descriptor, path, uid);
            } catch (ErrnoException e) {
                return Optional.of(
                        new Found.Unreadable(Refusal.wait("cannot read " + path + ": " + SystemErrors.text(e))));
            } finally {
                close(files, descriptor);
            }
        }
        return Optional.empty();
    }

    /** Postfix: postconf(5), require_home_directory. */
    private static Optional<Found> missing(FileSystem files, String home) {
        try {
            close(files, files.openFolder(home));
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(new Found.Unreadable(
                    Refusal.wait("cannot access home directory " + home + ": " + SystemErrors.text(e))));
        }
    }

    private static boolean isPresent(FileSystem files, String path) {
        try {
            files.statusAt(FileSystem.AT_FDCWD, path);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Postfix warns of a symbolic link or another thing that is no regular file, and delivers as without it. */
    private static Optional<Found> unreadable(FileSystem files, String path, int uid) {
        try {
            FileStatus status = files.statusAt(FileSystem.AT_FDCWD, path);
            if (!status.isRegular() || !isTrusted(status, uid)) {
                return Optional.empty();
            }
        } catch (ErrnoException e) {
            return Optional.empty();
        }
        // DIFFERS: Postfix ignores a .forward that the user himself may not read; here his mail waits until it is
        // mended
        return Optional.of(new Found.Unreadable(Refusal.wait("cannot read " + path)));
    }

    private static Optional<Found> judge(FileSystem files, int descriptor, String path, int uid) throws ErrnoException {
        FileStatus status = files.status(descriptor);
        if (!status.isRegular() || !isTrusted(status, uid)) {
            return Optional.empty();
        }
        if (status.size() > MOST_BYTES) {
            return Optional.of(new Found.Unreadable(Refusal.wait(path + " is over " + MOST_BYTES + " bytes long")));
        }
        String text = read(files, descriptor, (int) status.size());
        return saysNothing(text) ? Optional.empty() : Optional.of(new Found.Text(path, text));
    }

    /** A file's first bytes as text. */
    static String read(FileSystem files, int descriptor, int size) throws ErrnoException {
        byte[] bytes = new byte[size];
        int length = 0;
        while (length < bytes.length) {
            long n =
                    files.read(descriptor, MemorySegment.ofArray(bytes).asSlice(length, bytes.length - length), length);
            if (n <= 0) {
                break;
            }
            length += (int) n;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Postfix: dotforward(3): owned by the user or root, not world-writable. */
    private static boolean isTrusted(FileStatus status, int uid) {
        return (status.uid() == uid || status.uid() == 0) && (status.permissions() & 2) == 0;
    }

    private static boolean saysNothing(String text) {
        for (String line : text.split("\n", -1)) {
            String bare = line.strip();
            if (!bare.isEmpty() && !bare.startsWith("#")) {
                return false;
            }
        }
        return true;
    }

    static void close(FileSystem files, int descriptor) {
        try {
            files.close(descriptor);
        } catch (ErrnoException e) {
            // it was only read; nothing can be lost by that
            return;
        }
    }
}
