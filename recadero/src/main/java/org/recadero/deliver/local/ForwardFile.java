package org.recadero.deliver.local;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Looks whether the user has a {@code .forward}, with his rights (SAFETY 6). What stands in it cannot be honoured yet: then
 * mail waits. Postfix: local(8), {@code forward_path}.
 */
final class ForwardFile {
    private static final int MOST_BYTES = 64 << 10;

    private ForwardFile() {}

    /** The refusal where a file that counts is there and says something; a file that Postfix would ignore is ignored. */
    static Optional<Refusal> look(FileSystem files, Mailbox mailbox) {
        for (String path : mailbox.forwardFiles()) {
            int descriptor;
            try {
                descriptor = files.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
            } catch (ErrnoException e) {
                if (isPresent(files, path)) {
                    return unreadable(files, path, mailbox);
                }
                continue;
            }
            try {
                return judge(files, descriptor, path, mailbox);
            } catch (ErrnoException e) {
                return Optional.of(Refusal.wait("cannot read " + path + ": " + SystemErrors.text(e)));
            } finally {
                close(files, descriptor);
            }
        }
        return Optional.empty();
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
    private static Optional<Refusal> unreadable(FileSystem files, String path, Mailbox mailbox) {
        try {
            FileStatus status = files.statusAt(FileSystem.AT_FDCWD, path);
            if (!status.isRegular() || !isTrusted(status, mailbox)) {
                return Optional.empty();
            }
        } catch (ErrnoException e) {
            return Optional.empty();
        }
        // DIFFERS: Postfix ignores a .forward that the user himself may not read; here his mail waits until it is
        // mended
        return Optional.of(Refusal.wait("cannot read " + path));
    }

    private static Optional<Refusal> judge(FileSystem files, int descriptor, String path, Mailbox mailbox)
            throws ErrnoException {
        FileStatus status = files.status(descriptor);
        if (!status.isRegular() || !isTrusted(status, mailbox)) {
            return Optional.empty();
        }
        byte[] text = new byte[(int) Math.min(status.size(), MOST_BYTES)];
        int length = 0;
        while (length < text.length) {
            long n = files.read(descriptor, MemorySegment.ofArray(text).asSlice(length, text.length - length), length);
            if (n <= 0) {
                break;
            }
            length += (int) n;
        }
        if (saysNothing(new String(text, 0, length, StandardCharsets.ISO_8859_1))) {
            return Optional.empty();
        }
        return Optional.of(Refusal.wait(path + " is not supported yet"));
    }

    /** Postfix: dotforward(3): owned by the user or root, not world-writable. */
    private static boolean isTrusted(FileStatus status, Mailbox mailbox) {
        return (status.uid() == mailbox.uid() || status.uid() == 0) && (status.permissions() & 2) == 0;
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

    private static void close(FileSystem files, int descriptor) {
        try {
            files.close(descriptor);
        } catch (ErrnoException e) {
            // it was only read; nothing can be lost by that
            return;
        }
    }
}
