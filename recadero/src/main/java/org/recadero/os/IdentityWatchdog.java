package org.recadero.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Looks for threads that carry somebody else's identity without being a delivery (SAFETY 3): such a thread could write other
 * people's files, so the daemon must stop at once. A thread counts only when two looks in a row find it, since a delivery's
 * thread lives on for a moment behind its result. Used by one thread.
 */
public final class IdentityWatchdog {
    private final LinuxIdentities identities;
    private final Path tasks;
    private Set<String> suspects = Set.of();

    public IdentityWatchdog(LinuxIdentities identities) {
        this(identities, Path.of("/proc/self/task"));
    }

    IdentityWatchdog(LinuxIdentities identities, Path tasks) {
        this.identities = Objects.requireNonNull(identities);
        this.tasks = Objects.requireNonNull(tasks);
    }

    /** Looks once; a line for each thread that was foreign at the last look too. Let a second pass between two looks. */
    public List<String> check() throws IOException {
        Set<String> foreign = new HashSet<>();
        String uid = Long.toString(Credentials.unsigned(identities.self().uid()));
        String gid = Long.toString(Credentials.unsigned(identities.self().gid()));
        try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
            for (Path task : all) {
                int thread = Integer.parseInt(task.getFileName().toString());
                if (identities.isDelivery(thread)) {
                    continue;
                }
                foreignIds(task, uid, gid).ifPresent(ids -> foreign.add("thread " + thread + ": " + ids));
            }
        }
        List<String> twice = new ArrayList<>(foreign);
        twice.retainAll(suspects);
        suspects = foreign;
        return twice;
    }

    private static java.util.Optional<String> foreignIds(Path task, String uid, String gid) {
        List<String> lines;
        try {
            lines = Files.readAllLines(task.resolve("status"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // the thread ended meanwhile
            return java.util.Optional.empty();
        }
        for (String line : lines) {
            if ((line.startsWith("Uid:") && !sameAll(line, uid)) || (line.startsWith("Gid:") && !sameAll(line, gid))) {
                return java.util.Optional.of(line.replace('\t', ' '));
            }
        }
        return java.util.Optional.empty();
    }

    private static boolean sameAll(String line, String id) {
        String[] words = line.split("\\s+", -1);
        for (int i = 1; i < words.length; i++) {
            if (!words[i].equals(id)) {
                return false;
            }
        }
        return words.length == 5;
    }
}
