package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The calling thread's ids and capabilities, read and changed by raw system calls: this thread only (SAFETY 2). */
final class Credentials {
    static final int CAP_KILL = 5;
    static final int CAP_SETGID = 6;
    static final int CAP_SETUID = 7;
    static final int CAP_NET_BIND_SERVICE = 10;

    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final long UNCHANGED = -1;
    private static final int MOST_GROUPS = 1_024;

    private Credentials() {}

    /** Real, effective, saved. */
    record Ids(int real, int effective, int saved) {}

    static Ids uids() {
        return ids(Sys.NUMBERS.getresuid());
    }

    static Ids gids() {
        return ids(Sys.NUMBERS.getresgid());
    }

    private static Ids ids(int number) {
        try (Sys.Scratch s = Sys.scratch()) {
            long at = s.small.address();
            if (Sys.raw(s, number, at, at + 4, at + 8, 0, 0, 0) < 0) {
                throw new IllegalStateException("getres[ug]id failed");
            }
            return new Ids(
                    s.small.get(ValueLayout.JAVA_INT, 0),
                    s.small.get(ValueLayout.JAVA_INT, 4),
                    s.small.get(ValueLayout.JAVA_INT, 8));
        }
    }

    /** The effective capabilities as a bit set. */
    static long effectiveCapabilities() {
        try (Sys.Scratch s = Sys.scratch()) {
            capabilityHeader(s.small);
            if (Sys.raw(s, Sys.NUMBERS.capget(), s.small.address(), s.small.address() + 16, 0, 0, 0, 0) < 0) {
                throw new IllegalStateException("capget failed");
            }
            long low = Integer.toUnsignedLong(s.small.get(ValueLayout.JAVA_INT, 16));
            long high = Integer.toUnsignedLong(s.small.get(ValueLayout.JAVA_INT, 28));
            return low | high << 32;
        }
    }

    private static void capabilityHeader(MemorySegment small) {
        small.asSlice(0, 64).fill((byte) 0);
        small.set(ValueLayout.JAVA_INT, 0, CAPABILITY_VERSION_3);
    }

    static List<Integer> groups() {
        try (Sys.Scratch s = Sys.scratch()) {
            long count = Sys.raw(s, Sys.NUMBERS.getgroups(), MOST_GROUPS, s.small.address(), 0, 0, 0, 0);
            if (count < 0) {
                throw new IllegalStateException("getgroups failed");
            }
            List<Integer> groups = new java.util.ArrayList<>();
            for (int i = 0; i < count; i++) {
                groups.add(s.small.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return groups;
        }
    }

    /**
     * Takes the effective ids and the groups, drops every capability, and proves it. Real and saved ids stay, so that the user
     * may not signal or limit this process (SAFETY 2).
     */
    static void become(Identity identity) throws IOException {
        Ids before = uids();
        try (Sys.Scratch s = Sys.scratch()) {
            int count = Math.min(identity.groups().size(), MOST_GROUPS);
            for (int i = 0; i < count; i++) {
                s.small.setAtIndex(ValueLayout.JAVA_INT, i, identity.groups().get(i));
            }
            Sys.call(s, "setgroups", Sys.NUMBERS.setgroups(), count, s.small.address(), 0, 0);
            Sys.call(s, "setresgid", Sys.NUMBERS.setresgid(), UNCHANGED, unsigned(identity.gid()), UNCHANGED, 0);
            Sys.call(s, "setresuid", Sys.NUMBERS.setresuid(), UNCHANGED, unsigned(identity.uid()), UNCHANGED, 0);
            capabilityHeader(s.small);
            Sys.call(s, "capset", Sys.NUMBERS.capset(), s.small.address(), s.small.address() + 16, 0, 0);
        }
        Ids uids = uids();
        if (uids.effective() != identity.uid()
                || uids.real() != before.real()
                || uids.saved() != before.saved()
                || gids().effective() != identity.gid()
                || effectiveCapabilities() != 0) {
            throw new IOException("the identity of uid " + unsigned(identity.uid()) + " was not taken");
        }
    }

    static int threadId() {
        try (Sys.Scratch s = Sys.scratch()) {
            return (int) Sys.raw(s, Sys.NUMBERS.gettid(), 0, 0, 0, 0, 0, 0);
        }
    }

    static long unsigned(int id) {
        return Integer.toUnsignedLong(id);
    }
}
