package org.recadero.table;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The system's words for what went wrong with a file, as strerror(3) has them. */
public final class FileTrouble {
    private FileTrouble() {}

    /** {@code No such file or directory}; the exception's own message where it is none of the file system's. */
    public static String of(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "No such file or directory";
            case AccessDeniedException denied -> "Permission denied";
            case FileSystemException other -> {
                String reason = other.getReason();
                yield reason == null ? String.valueOf(other.getMessage()) : reason;
            }
            default -> String.valueOf(e.getMessage());
        };
    }
}
