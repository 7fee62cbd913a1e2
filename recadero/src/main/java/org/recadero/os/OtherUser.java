package org.recadero.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Root's commands that are to be done by the mail owner: a running JVM cannot drop its rights, so the same program is started
 * once more through setpriv(1), on the same standard streams. Never for the daemon, and never for a user's command (SAFETY 1).
 */
public final class OtherUser {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private OtherUser() {}

    /**
     * Runs this program again, with its arguments, under other ids and without any capability, and waits for it. What this
     * process has read of its standard input is lost to it.
     *
     * @return its exit status
     * @throws IOException where it cannot be started
     */
    public static int runThisProgramAs(int uid, int gid) throws IOException {
        if (uid == 0) {
            throw new IllegalArgumentException("root is not another user");
        }
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + Integer.toUnsignedString(uid),
                "--regid=" + Integer.toUnsignedString(gid),
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "--"));
        // not UTF-8 by law, but the launcher sets C.UTF-8, so what cannot be decoded could not have been typed
        String line = Files.readString(COMMAND_LINE, StandardCharsets.UTF_8);
        command.addAll(Arrays.asList(line.substring(0, line.length() - 1).split("\0", -1)));
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the command ran", e);
        }
    }
}
