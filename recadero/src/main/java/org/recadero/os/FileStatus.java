package org.recadero.os;

/**
 * What fstat(2) said.
 *
 * @param mode type and permission bits, as st_mode
 * @param mtimeNanos modification time, nanoseconds since 1970
 */
public record FileStatus(
        long device, long inode, int mode, long links, int uid, int gid, long size, long mtimeNanos, long blocks512) {
    private static final int TYPE = 0xF000;

    public boolean isRegular() {
        return (mode & TYPE) == 0x8000;
    }

    public boolean isDirectory() {
        return (mode & TYPE) == 0x4000;
    }

    public boolean isSymbolicLink() {
        return (mode & TYPE) == 0xA000;
    }

    public boolean isSocket() {
        return (mode & TYPE) == 0xC000;
    }

    /** The permission bits with set-id and sticky bits, 0 to 07777. */
    public int permissions() {
        return mode & 0xFFF;
    }
}
