package org.recadero.os;

/** Who is behind a Unix socket, by the kernel's word (SO_PEERCRED): effective ids at the time of connect(2), as numbers (SAFETY 20). */
public record PeerCredentials(int pid, int uid, int gid) {}
