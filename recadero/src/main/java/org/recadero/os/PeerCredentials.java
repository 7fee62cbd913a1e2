package org.recadero.os;

import java.lang.foreign.ValueLayout;

/**
 * Who is behind a Unix socket, by the kernel's word (SO_PEERCRED): effective ids at the time of connect(2), as numbers, since the
 * JDK's names may be anybody's (SAFETY 19, 20). Of the server's side: who called listen(2).
 *
 * @param pid 0 where the peer is in another pid namespace that this process can't see
 * @param uid as in {@link Identity}; the overflow uid (65534) for a peer of another user namespace
 */
public record PeerCredentials(int pid, int uid, int gid) {
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int UCRED_BYTES = 12;

    static PeerCredentials of(int socket) throws ErrnoException {
        try (Sys.Scratch s = Sys.scratch()) {
            long at = s.small.address();
            long lengthAt = at + 16;
            s.small.set(ValueLayout.JAVA_INT, 16, UCRED_BYTES);
            if (Sys.raw(s, Sys.NUMBERS.getsockopt(), socket, SOL_SOCKET, SO_PEERCRED, at, lengthAt, 0) < 0) {
                throw ErrnoException.of(s.errno(), "getsockopt SO_PEERCRED");
            }
            return new PeerCredentials(
                    s.small.get(ValueLayout.JAVA_INT, 0),
                    s.small.get(ValueLayout.JAVA_INT, 4),
                    s.small.get(ValueLayout.JAVA_INT, 8));
        }
    }
}
