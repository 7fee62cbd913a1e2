package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;

/** Sets damaged bytes aside: nothing is ever thrown away because it could not be understood (SAFETY 9). */
final class Corrupt {
    private static final int PIECE_BYTES = 1 << 20;
    private static final String TEMPORARY = QueueFolder.CORRUPT + "/new.tmp";

    private Corrupt() {}

    /** {@code corrupt/0000000001.seg.8192-9000}: the bytes of segment 1 from 8192 to before 9000. */
    static String nameOf(int segment, int from, int to) {
        return String.format(
                Locale.ROOT, "%s/%s.%d-%d", QueueFolder.CORRUPT, SegmentHeader.fileName(segment), from, to);
    }

    /** Copies a part of a segment; forced, with its folder entry, when this returns. What was copied before is left alone. */
    static void copy(Disk disk, RecordReader reader, int segment, int from, int to) throws IOException {
        String name = nameOf(segment, from, to);
        if (exists(disk, name)) {
            return;
        }
        if (exists(disk, TEMPORARY)) {
            disk.delete(TEMPORARY);
        }
        try (Disk.Handle file = disk.create(TEMPORARY, 0)) {
            for (int at = from; at < to; at += PIECE_BYTES) {
                ByteBuffer piece = reader.bytes(at, Math.min(PIECE_BYTES, to - at));
                file.write(piece, at - from);
            }
            file.force();
        }
        disk.rename(TEMPORARY, name);
        disk.forceFolder(QueueFolder.CORRUPT);
    }

    /** Moves a whole file; both folders are forced when this returns. */
    static void move(Disk disk, String name) throws IOException {
        String bare = name.replace('/', '-');
        String to = QueueFolder.CORRUPT + "/" + bare;
        for (int i = 1; exists(disk, to); i++) {
            to = QueueFolder.CORRUPT + "/" + bare + "." + i;
        }
        disk.rename(name, to);
        disk.forceFolder(QueueFolder.CORRUPT);
        disk.forceFolder(name.substring(0, name.indexOf('/')));
    }

    private static boolean exists(Disk disk, String name) throws IOException {
        int slash = name.indexOf('/');
        return disk.list(name.substring(0, slash)).contains(name.substring(slash + 1));
    }
}
