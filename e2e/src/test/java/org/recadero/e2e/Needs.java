package org.recadero.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.opentest4j.TestAbortedException;

/** What the machine that runs the tests must have for throw-away machines; says what is missing. */
final class Needs {
    private static final List<String> PROGRAMS = List.of(
            "unshare", "nsenter", "setpriv", "mount", "tar", "ip", "chroot", "bash", "apt-get", "dpkg", "useradd");

    private Needs() {}

    /** Skips the test, naming what is missing; with {@code CI=true} in the environment fails it. */
    static void throwAwayMachines() {
        String missing = missing();
        if (!missing.isEmpty()) {
            unmet("a throw-away machine needs " + missing);
        }
    }

    /** A part of the environment is not there: skipped by hand, a failure in continuous integration. */
    static void unmet(String what) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(what);
        }
        throw new TestAbortedException(what);
    }

    private static String missing() {
        try {
            if (!Files.isDirectory(Path.of("/proc/self/ns"))) {
                return "Linux namespaces";
            }
            if (!"0"
                    .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")
                            .toString())) {
                return "root";
            }
            for (String program : PROGRAMS) {
                if (!onPath(program)) {
                    return "the program " + program;
                }
            }
            if (!Files.readString(Path.of("/proc/filesystems")).contains("\toverlay\n")
                    && new ProcessBuilder("modprobe", "overlay")
                                    .redirectErrorStream(true)
                                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                    .start()
                                    .waitFor()
                            != 0) {
                return "overlayfs";
            }
            return "";
        } catch (IOException e) {
            return "what cannot be looked up here: " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "time: interrupted";
        }
    }

    private static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        for (String folder : path.split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
