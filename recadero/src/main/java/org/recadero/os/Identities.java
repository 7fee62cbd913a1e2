package org.recadero.os;

import java.io.IOException;

/**
 * Runs small pieces of work with a user's effective ids and no capability (SAFETY 2, 3).
 *
 * <p>Each call starts a one-shot platform thread that takes the ids by raw system calls, runs the work and ends; the caller
 * (a virtual or platform thread) waits. The work may use {@link FileSystem}, compute and touch its own data; it completes no
 * future, starts nothing and shares no lock with a virtual thread.
 */
public interface Identities {
    /**
     * @param <T> the result
     */
    @FunctionalInterface
    interface Work<T> {
        T run(FileSystem files) throws IOException;
    }

    /**
     * Runs work as {@code identity}. Uid 0 and the daemon's own ids are refused by an IllegalArgumentException, unless this
     * process has no CAP_SETUID and {@code identity} is its own uid: then the work runs as it is.
     *
     * @throws IOException what the work threw, or that the identity could not be taken
     */
    <T> T runAs(Identity identity, Work<T> work) throws IOException;

    /** One of the two uses of uid 0 (CONTRACTS): writing root's own mailbox, effective uid 0 without any capability. */
    <T> T runAsRootForRootsMailbox(Identity root, Work<T> work) throws IOException;

    /** The other one: reads a file that root owns and main.cf or master.cf names; at most {@code limitBytes}. */
    byte[] readRootFile(String path, int limitBytes) throws IOException;

    /** Whether other users' ids can be taken at all; without it an instance delivers to its own user only. */
    boolean canSwitch();

    /** The ids of this process. */
    Identity self();
}
