package org.recadero.os;

import java.util.List;

/**
 * A user and his groups, as numbers. Who is who is decided by numbers, never by names (an account may be called «1001»).
 *
 * @param uid 0 to 2^32 - 2
 * @param gid 0 to 2^32 - 2
 * @param groups supplementary groups
 */
public record Identity(int uid, int gid, List<Integer> groups) {
    public Identity {
        groups = List.copyOf(groups);
    }
}
