package org.recadero.deliver.local;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;
import org.recadero.os.ProcessFacts;

/**
 * Who made a lock file, as it stands in it, so that the lock of a daemon that was killed need not get stale first: its mail would wait
 * {@code stale_lock_time}, and whoever reads the mailbox too. The first line is the process id alone, which programs that use
 * liblockfile (lockfile_create(3)) read as well.
 *
 * <p>{@code DIFFERS}: Postfix's lock files are empty.
 *
 * @param machine which one: its /etc/machine-id; «-»: not known
 * @param boot which start of the machine
 * @param space which process id namespace
 * @param started when the process was, in ticks since the machine was
 */
record LockHolder(String pid, String started, String boot, String space, String machine) {
    private static final String UNKNOWN = "-";
    private static final int MOST_BYTES = 512;
    /** Of what follows the program's name in /proc/PID/stat, proc(5): field 22. */
    private static final int START_FIELD = 22 - 3;

    /** This process; where the system does not say who it is, one whose locks are left to get stale. */
    static LockHolder self(FileSystem files) {
        ProcessFacts process = new ProcessFacts();
        String pid = Integer.toString(process.pid());
        try {
            String space = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            Path id = Path.of("/etc/machine-id");
            String machine = Files.isReadable(id) ? Files.readString(id).strip() : UNKNOWN;
            return new LockHolder(
                    pid,
                    started(files, pid),
                    process.bootId(),
                    word(space),
                    word(machine.isEmpty() ? UNKNOWN : machine));
        } catch (IOException e) {
            return new LockHolder(pid, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);
        }
    }

    private static String word(String text) {
        return text.replaceAll("\\s", "");
    }

    /** What stands in the lock file. */
    byte[] text() {
        return (pid + "\n" + String.join(" ", started, boot, space, machine) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Whether a lock's maker has certainly ended: another process of this machine that is not there any more. What cannot be told is
     * «no». Calls nothing that could wait for another thread (SAFETY 3).
     */
    boolean hasEnded(FileSystem files, int folder, String lock) {
        try {
            List<String> lines = read(files, folder, lock).lines().toList();
            if (lines.size() != 2 || lines.get(0).isEmpty() || !isNumber(lines.get(0))) {
                return false;
            }
            List<String> words = List.of(lines.get(1).split(" ", -1));
            if (words.size() != 4) {
                return false;
            }
            LockHolder maker = new LockHolder(lines.get(0), words.get(0), words.get(1), words.get(2), words.get(3));
            if (!maker.machine.equals(machine) || maker.boot.equals(UNKNOWN) || maker.equals(this)) {
                return false;
            }
            if (!maker.boot.equals(boot)) {
                return !machine.equals(UNKNOWN);
            }
            return maker.space.equals(space) && !started(files, maker.pid).equals(maker.started);
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static boolean isNumber(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** When a process was started; {@link #UNKNOWN} where there is none. */
    private static String started(FileSystem files, String pid) {
        try {
            String stat = read(files, FileSystem.AT_FDCWD, "/proc/" + pid + "/stat");
            // the name in parentheses may hold anything
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            return fields.length > START_FIELD ? fields[START_FIELD] : UNKNOWN;
        } catch (ErrnoException e) {
            return UNKNOWN;
        }
    }

    private static String read(FileSystem files, int folder, String name) throws ErrnoException {
        int descriptor = files.open(folder, name, FileSystem.O_RDONLY, 0);
        try {
            byte[] bytes = new byte[MOST_BYTES];
            int length = (int) files.read(descriptor, MemorySegment.ofArray(bytes), 0);
            return new String(bytes, 0, length, StandardCharsets.US_ASCII);
        } finally {
            files.close(descriptor);
        }
    }
}
