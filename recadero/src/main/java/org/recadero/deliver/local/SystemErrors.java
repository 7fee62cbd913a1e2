package org.recadero.deliver.local;

import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.status.EnhancedStatusCode;

/** What a system call's failure on a mailbox means, and its words as glibc and Postfix's log have them. */
final class SystemErrors {
    private SystemErrors() {}

    /** Postfix: local(8), recorded with 3.7.11: a full disk waits, a full mailbox and most others go back. */
    static EnhancedStatusCode code(int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ESTALE -> Refusal.MAILBOX_BUSY;
            // DIFFERS: a fault of the machine never becomes class 5
            // (a file system that became read-only after an error, a home on the network that is away)
            case Errno.ENOSPC,
                    Errno.EROFS,
                    Errno.EMFILE,
                    Errno.ENFILE,
                    Errno.ENOMEM,
                    Errno.EIO,
                    Errno.EINTR,
                    Errno.EBADF,
                    Errno.ENODEV,
                    Errno.ENOTCONN,
                    Errno.ETIMEDOUT -> EnhancedStatusCode.SYSTEM_TROUBLE;
            case Errno.EFBIG, Errno.EDQUOT -> Refusal.MAILBOX_FULL;
            default -> Refusal.MAILBOX_TROUBLE;
        };
    }

    static String text(ErrnoException e) {
        return switch (e.errno()) {
            case Errno.EPERM -> "Operation not permitted";
            case Errno.ENOENT -> "No such file or directory";
            case Errno.EINTR -> "Interrupted system call";
            case Errno.EIO -> "Input/output error";
            case Errno.ENXIO -> "No such device or address";
            case Errno.EBADF -> "Bad file descriptor";
            case Errno.EAGAIN -> "Resource temporarily unavailable";
            case Errno.ENOMEM -> "Cannot allocate memory";
            case Errno.EACCES -> "Permission denied";
            case Errno.EEXIST -> "File exists";
            case Errno.EXDEV -> "Invalid cross-device link";
            case Errno.ENODEV -> "No such device";
            case Errno.ENOTDIR -> "Not a directory";
            case Errno.EISDIR -> "Is a directory";
            case Errno.EINVAL -> "Invalid argument";
            case Errno.ENFILE -> "Too many open files in system";
            case Errno.EMFILE -> "Too many open files";
            case Errno.ETXTBSY -> "Text file busy";
            case Errno.EFBIG -> "File too large";
            case Errno.ENOSPC -> "No space left on device";
            case Errno.EROFS -> "Read-only file system";
            case Errno.EMLINK -> "Too many links";
            case Errno.ENAMETOOLONG -> "File name too long";
            case Errno.ENOTEMPTY -> "Directory not empty";
            case Errno.ELOOP -> "Too many levels of symbolic links";
            case Errno.EDQUOT -> "Disk quota exceeded";
            case Errno.ENOTCONN -> "Transport endpoint is not connected";
            case Errno.ETIMEDOUT -> "Connection timed out";
            case Errno.ESTALE -> "Stale file handle";
            default -> String.valueOf(e.getMessage());
        };
    }
}
