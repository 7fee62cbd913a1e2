package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for threads that carry somebody else's identity without being a delivery (SAFETY 3): such a thread could write other
 * people's files, so the daemon must stop at once. A thread counts only when two looks in a row find it, since a delivery's
 * thread lives on for a moment behind its result. Used by one thread; about a millisecond and two megabytes of garbage a look, so where
 * nothing was done with an identity since a look that found nothing, there is none.
 */
public final class IdentityWatchdog {
    private static final int MOST_THREADS = 100_000;
    private static final int STATUS_BYTES = 8 * 1024;

    private final LinuxIdentities identities;
    private final FileSystem files;
    private final String tasks;
    private Set<String> suspects = Set.of();
    /** {@link LinuxIdentities#begunWhereIdle} before the last look that found nothing. */
    private long clean = -1;

    public IdentityWatchdog(LinuxIdentities identities) {
        this(identities, new LinuxFileSystem(), "/proc/self/task");
    }

    IdentityWatchdog(LinuxIdentities identities, FileSystem files, String tasks) {
        this.identities = Objects.requireNonNull(identities);
        this.files = Objects.requireNonNull(files);
        this.tasks = Objects.requireNonNull(tasks);
    }

    /** {@link #look}, where there may be something to see. */
    public List<String> check() throws IOException {
        long begun = identities.begunWhereIdle();
        if (begun >= 0 && begun == clean && suspects.isEmpty()) {
            return List.of();
        }
        List<String> foreign = look();
        clean = suspects.isEmpty() ? begun : -1;
        return foreign;
    }

    /** Looks once; a line for each thread that was foreign at the last look too. Let a second pass between two looks. */
    List<String> look() throws IOException {
        Set<String> foreign = new HashSet<>();
        int folder = files.openFolder(tasks);
        try {
            for (String task : files.list(folder, MOST_THREADS)) {
                int thread = Integer.parseInt(task);
                if (!identities.isDelivery(thread)) {
                    foreignIds(folder, task).ifPresent(ids -> foreign.add("thread " + thread + ": " + ids));
                }
            }
        } finally {
            files.close(folder);
        }
        List<String> twice = new ArrayList<>(foreign);
        twice.retainAll(suspects);
        suspects = foreign;
        return twice;
    }

    private Optional<String> foreignIds(int folder, String task) throws ErrnoException {
        Identity self = identities.self();
        for (String line : status(folder, task).lines().toList()) {
            if ((line.startsWith("Uid:") && !allAre(line, self.uid()))
                    || (line.startsWith("Gid:") && !allAre(line, self.gid()))) {
                return Optional.of(line.replace('\t', ' '));
            }
        }
        return Optional.empty();
    }

    /** Empty where the thread has ended meanwhile. */
    private String status(int folder, String task) throws ErrnoException {
        byte[] bytes = new byte[STATUS_BYTES];
        try {
            int descriptor = files.open(folder, task + "/status", FileSystem.O_RDONLY, 0);
            try {
                int count = (int) files.read(descriptor, MemorySegment.ofArray(bytes), 0);
                return new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
            } finally {
                files.close(descriptor);
            }
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
                return "";
            }
            throw e;
        }
    }

    /** Real, effective, saved and file system id. */
    private static boolean allAre(String line, int id) {
        String wanted = Long.toString(Credentials.unsigned(id));
        String[] words = line.split("\\s+", -1);
        for (int i = 1; i < words.length; i++) {
            if (!words[i].equals(wanted)) {
                return false;
            }
        }
        return words.length == 5;
    }
}
