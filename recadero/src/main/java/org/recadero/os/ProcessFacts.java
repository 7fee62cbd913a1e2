package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the kernel says about this process and machine, and the few things a process asks for itself. Stateless. */
public final class ProcessFacts {
    public static final int SIGHUP = 1;
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;

    public static final int CAP_KILL = 5;
    public static final int CAP_SETGID = 6;
    public static final int CAP_SETUID = 7;
    public static final int CAP_NET_BIND_SERVICE = 10;

    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int CLOCK_BOOTTIME = 7;
    private static final int TCGETS = 0x5401;

    /**
     * Ids of the calling thread, as numbers.
     *
     * @param real never 0 in a daemon that may take users' identities (SAFETY 2)
     */
    public record Ids(int real, int effective, int saved) {
        /** Whether root is one of them. */
        public boolean includeRoot() {
            return real == 0 || effective == 0 || saved == 0;
        }
    }

    public int pid() {
        return (int) ProcessHandle.current().pid();
    }

    public Ids uids() {
        Credentials.Ids ids = Credentials.uids();
        return new Ids(ids.real(), ids.effective(), ids.saved());
    }

    public Ids gids() {
        Credentials.Ids ids = Credentials.gids();
        return new Ids(ids.real(), ids.effective(), ids.saved());
    }

    /** Supplementary groups. */
    public List<Integer> groups() {
        return Credentials.groups();
    }

    /** The calling thread's effective capabilities; bit n is capability n. */
    public long effectiveCapabilities() {
        return Credentials.capabilities().effective();
    }

    /** @param capability {@link #CAP_SETUID} and so on */
    public boolean has(int capability) {
        return (effectiveCapabilities() >> capability & 1) == 1;
    }

    /** SAFETY 5: no core dump of this process, and no user may trace it or read its memory. */
    public void forbidDumps() throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, "prctl PR_SET_DUMPABLE", Sys.NUMBERS.prctl(), PR_SET_DUMPABLE, 0, 0, 0);
        }
    }

    /** Whether this process may be dumped and traced: what {@link #forbidDumps} ends. */
    public boolean mayBeDumped() throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            return Sys.call(s, "prctl PR_GET_DUMPABLE", Sys.NUMBERS.prctl(), PR_GET_DUMPABLE, 0, 0, 0) == 1;
        }
    }

    /**
     * fs.suid_dumpable, 0 to 2. With 1 each change of ids makes the process dumpable again: SAFETY 5 refuses to run.
     */
    public int suidDumpable() throws IOException {
        return Integer.parseInt(line("/proc/sys/fs/suid_dumpable"));
    }

    /** Time since the machine started, its sleep included (CLOCK_BOOTTIME). */
    public Duration sinceBoot() {
        return clock(CLOCK_BOOTTIME);
    }

    /** CLOCK_MONOTONIC. */
    public Duration monotonic() {
        return clock(CLOCK_MONOTONIC);
    }

    private static Duration clock(int clock) {
        try (Sys.Scratch s = Sys.scratch()) {
            if (Sys.raw(s, Sys.NUMBERS.clockGettime(), clock, s.small.address(), 0, 0, 0, 0) < 0) {
                throw new IllegalStateException("clock_gettime " + clock + ": " + Errno.text(s.errno()));
            }
            return Duration.ofSeconds(s.small.get(ValueLayout.JAVA_LONG, 0), s.small.get(ValueLayout.JAVA_LONG, 8));
        }
    }

    /** A name of this start of the machine. */
    public String bootId() throws IOException {
        return line("/proc/sys/kernel/random/boot_id");
    }

    private static String line(String file) throws IOException {
        return Files.readString(Path.of(file), StandardCharsets.US_ASCII).strip();
    }

    /** Bytes that an ordinary user may still write below {@code folder} (statvfs(3): f_bavail times f_frsize). */
    public long freeBytes(String folder) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            String what = "statfs " + folder;
            long path = s.path(folder, 512, what);
            Sys.call(s, what, Sys.NUMBERS.statfs(), path, s.small.address(), 0, 0);
            long blocks = s.small.get(ValueLayout.JAVA_LONG, 32);
            long fragment = s.small.get(ValueLayout.JAVA_LONG, 72);
            return blocks * (fragment == 0 ? s.small.get(ValueLayout.JAVA_LONG, 8) : fragment);
        }
    }

    /**
     * kill(2) of one process.
     *
     * @param pid over 0: neither a group nor all processes
     */
    public void kill(int pid, int signal) throws ErrnoException {
        requireOneProcess(pid);
        try (Sys.Scratch s = Sys.scratch()) {
            Sys.call(s, "kill " + pid, Sys.NUMBERS.kill(), pid, signal, 0, 0);
        }
    }

    /** Whether there is such a process, a zombie too, whoever it belongs to. */
    public boolean isAlive(int pid) {
        requireOneProcess(pid);
        try (Sys.Scratch s = Sys.scratch()) {
            return Sys.raw(s, Sys.NUMBERS.kill(), pid, 0, 0, 0, 0, 0) == 0 || s.errno() == Errno.EPERM;
        }
    }

    private static void requireOneProcess(int pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("no process: " + pid);
        }
    }

    /** Sets the whole process's file creation mask and gives the one before. */
    public int umask(int mask) {
        try (Sys.Scratch s = Sys.scratch()) {
            return (int) Sys.raw(s, Sys.NUMBERS.umask(), mask, 0, 0, 0, 0, 0);
        }
    }

    /** isatty(3): for commands; 0 is standard input. */
    public boolean isTerminal(int descriptor) {
        try (Sys.Scratch s = Sys.scratch()) {
            return Sys.raw(s, Sys.NUMBERS.ioctl(), descriptor, TCGETS, s.small.address(), 0, 0, 0) == 0;
        }
    }
}
