package org.recadero.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What computed defaults are computed from.
 *
 * @param hostName gethostname(2)'s answer
 */
record Machine(String hostName, long processId, String processName) {
    Machine {
        Objects.requireNonNull(hostName);
        Objects.requireNonNull(processName);
    }

    /** This machine; no name service is asked. */
    static Machine current(String processName) {
        return new Machine(currentHostName(), ProcessHandle.current().pid(), processName);
    }

    private static String currentHostName() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.isEmpty() ? "localhost" : name;
        } catch (IOException e) {
            // no /proc: a name that never reaches another machine
            return "localhost";
        }
    }
}
