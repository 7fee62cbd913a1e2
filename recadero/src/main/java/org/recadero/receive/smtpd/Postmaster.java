package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Set;

/** Is told of sessions that had trouble. */
@FunctionalInterface
public interface Postmaster {
    /**
     * Called at the end of such a session, by its thread. Never throws.
     *
     * @param troubles those of the session that are wanted, at least one
     * @param client {@code unknown[192.0.2.9]}
     * @param transcript what was said, without passwords: {@code In:  EHLO c}, {@code Out: 250 …}
     */
    void tell(Set<SessionTrouble> troubles, String client, List<String> transcript);
}
