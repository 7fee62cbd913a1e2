package org.recadero.table;

import java.io.IOException;

/** Reads a file that only root may read; the daemon gives {@code Identities::readRootFile}. */
@FunctionalInterface
public interface RootFileReader {
    /** @throws IOException where it cannot be read or is longer than {@code limitBytes} */
    byte[] read(String path, int limitBytes) throws IOException;

    /** Reads nothing: what this process may not read stays unread. */
    static RootFileReader none() {
        return (path, limit) -> {
            throw new java.nio.file.AccessDeniedException(path);
        };
    }
}
