package org.recadero.config;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a configuration file whole, within a bound. */
final class ConfigurationFile {
    /** Bound for a file, in bytes. */
    static final int MOST_BYTES = 16 * 1024 * 1024;

    private ConfigurationFile() {}

    /**
     * The file's bytes, one to a char.
     *
     * @throws ConfigurationException in Postfix's words: {@code open FILE: No such file or directory}
     */
    static String read(Path file) throws ConfigurationException {
        if (Files.isDirectory(file)) {
            throw new ConfigurationException("read " + file + ": Is a directory");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ConfigurationException("read " + file + ": over " + MOST_BYTES + " bytes");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException("open " + file + ": " + reason(e));
        }
    }

    /** The system's words for an exception of java.nio. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException n -> "No such file or directory";
            case FileNotFoundException n -> "No such file or directory";
            case AccessDeniedException a -> "Permission denied";
            case FileSystemLoopException l -> "Too many levels of symbolic links";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
