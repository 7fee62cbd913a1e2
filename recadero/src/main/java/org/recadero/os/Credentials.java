package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** The calling thread's ids and capabilities, read and changed by raw system calls: this thread only (SAFETY 2). */
final class Credentials {
    private static final int CAP_SETGID = 6;
    private static final int CAP_SETUID = 7;

    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int CAPABILITY_DATA = 16;
    private static final int CAPABILITY_BYTES = 64;
    private static final long UNCHANGED = -1;

    /** NGROUPS_MAX; that many fill a scratch's data. */
    private static final int MOST_GROUPS = 16_384;

    private Credentials() {}

    /** Real, effective, saved. */
    record Ids(int real, int effective, int saved) {}

    /**
     * @param effective bit sets, bit n for capability n
     */
    record Capabilities(long effective, long permitted, long inheritable) {
        boolean none() {
            return (effective | permitted | inheritable) == 0;
        }

        boolean canSwitch() {
            return (effective >> CAP_SETUID & effective >> CAP_SETGID & 1) == 1;
        }
    }

    static Ids uids() {
        return ids(Sys.NUMBERS.getresuid());
    }

    static Ids gids() {
        return ids(Sys.NUMBERS.getresgid());
    }

    private static Ids ids(int call) {
        try (Sys.Scratch s = Sys.scratch()) {
            long at = s.small.address();
            requireSuccess(s, Sys.raw(s, call, at, at + 4, at + 8, 0, 0, 0));
            return new Ids(
                    s.small.get(ValueLayout.JAVA_INT, 0),
                    s.small.get(ValueLayout.JAVA_INT, 4),
                    s.small.get(ValueLayout.JAVA_INT, 8));
        }
    }

    static Capabilities capabilities() {
        try (Sys.Scratch s = Sys.scratch()) {
            capabilityHeader(s.small);
            long at = s.small.address();
            requireSuccess(s, Sys.raw(s, Sys.NUMBERS.capget(), at, at + CAPABILITY_DATA, 0, 0, 0, 0));
            return new Capabilities(set(s.small, 0), set(s.small, 4), set(s.small, 8));
        }
    }

    /** One of the three sets in two struct __user_cap_data_struct. */
    private static long set(MemorySegment struct, long field) {
        long low = Integer.toUnsignedLong(struct.get(ValueLayout.JAVA_INT, CAPABILITY_DATA + field));
        long high = Integer.toUnsignedLong(struct.get(ValueLayout.JAVA_INT, CAPABILITY_DATA + 12 + field));
        return low | high << 32;
    }

    private static void capabilityHeader(MemorySegment struct) {
        struct.asSlice(0, CAPABILITY_BYTES).fill((byte) 0);
        struct.set(ValueLayout.JAVA_INT, 0, CAPABILITY_VERSION_3);
    }

    static List<Integer> groups() {
        try (Sys.Scratch s = Sys.scratch()) {
            MemorySegment buffer = s.data();
            long count = Sys.raw(s, Sys.NUMBERS.getgroups(), MOST_GROUPS, buffer.address(), 0, 0, 0, 0);
            requireSuccess(s, count);
            List<Integer> groups = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                groups.add(buffer.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return groups;
        }
    }

    private static void requireSuccess(Sys.Scratch s, long result) {
        if (result < 0) {
            throw new IllegalStateException("ids of this thread: " + Errno.text(s.errno()));
        }
    }

    static int threadId() {
        try (Sys.Scratch s = Sys.scratch()) {
            return (int) Sys.raw(s, Sys.NUMBERS.gettid(), 0, 0, 0, 0, 0, 0);
        }
    }

    /**
     * SAFETY 2: takes the groups and the effective ids, drops every capability, and proves it. Real and saved ids stay, so that
     * the user may not signal, limit or trace this process.
     *
     * @throws IOException where that did not succeed as a whole: the thread must then end without doing anything
     */
    static void become(Identity identity) throws IOException {
        if (identity.groups().size() > MOST_GROUPS) {
            throw new IOException("uid " + unsigned(identity.uid()) + " has over " + MOST_GROUPS + " groups");
        }
        Ids uids = uids();
        Ids gids = gids();
        try (Sys.Scratch s = Sys.scratch()) {
            MemorySegment buffer = s.data();
            for (int i = 0; i < identity.groups().size(); i++) {
                buffer.setAtIndex(ValueLayout.JAVA_INT, i, identity.groups().get(i));
            }
            int count = identity.groups().size();
            Sys.call(s, "setgroups", Sys.NUMBERS.setgroups(), count, buffer.address(), 0, 0);
            Sys.call(s, "setresgid", Sys.NUMBERS.setresgid(), UNCHANGED, unsigned(identity.gid()), UNCHANGED, 0);
            Sys.call(s, "setresuid", Sys.NUMBERS.setresuid(), UNCHANGED, unsigned(identity.uid()), UNCHANGED, 0);
            capabilityHeader(s.small);
            long at = s.small.address();
            Sys.call(s, "capset", Sys.NUMBERS.capset(), at, at + CAPABILITY_DATA, 0, 0);
        }
        boolean taken = uids().equals(new Ids(uids.real(), identity.uid(), uids.saved()))
                && gids().equals(new Ids(gids.real(), identity.gid(), gids.saved()))
                && new HashSet<>(groups()).equals(new HashSet<>(identity.groups()))
                && capabilities().none();
        if (!taken) {
            throw new IOException("the identity of uid " + unsigned(identity.uid()) + " was not taken as a whole");
        }
    }

    static long unsigned(int id) {
        return Integer.toUnsignedLong(id);
    }
}
