package org.recadero.queue;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/**
 * A segment of the log and what is known of it. Only {@link Log} writes records; anybody may read what lies below {@link #end}
 * while he holds the segment.
 */
final class Segment {
    /** {@link #voidFrom} where all is valid. */
    static final int NOTHING_VOID = Integer.MAX_VALUE;

    static final long NEVER = Long.MAX_VALUE;

    final SegmentHeader header;
    final String name;
    final Disk.Handle file;
    /** Where valid records end. */
    volatile int end;
    /** From here on nothing counts (SAFETY 7). Guarded by the queue's lock. */
    int voidFrom = NOTHING_VOID;
    /** Live messages and states in it. Guarded by the queue's lock. */
    int live;
    /** Bytes of these. Guarded by the queue's lock. */
    long liveBytes;
    /** Since when a dead body lies in it, queue time. Guarded by the queue's lock. */
    long deadSince = NEVER;
    /** Segments whose messages are spoken of here: this one may not go before them. Guarded by the queue's lock. */
    final Set<Integer> about = new TreeSet<>();

    /** It may not go: damage in it could not be copied to corrupt/, or its deletion failed. Guarded by the queue's lock. */
    boolean mustStay;

    /** Could not be tidied: is left alone until then, queue time. Guarded by the queue's lock. */
    long restsUntil;

    private int holders = 1;

    Segment(SegmentHeader header, Disk.Handle file, int end) {
        this.header = header;
        this.name = nameOf(header.number());
        this.file = file;
        this.end = end;
    }

    static String nameOf(int number) {
        return QueueFolder.LOG + "/" + SegmentHeader.fileName(number);
    }

    int number() {
        return header.number();
    }

    /** Keeps the file open until {@link #letGo}; under the queue's lock, so that it is open still. */
    synchronized void hold() {
        holders++;
    }

    /** The last one closes the file. */
    void letGo() throws IOException {
        boolean last;
        synchronized (this) {
            holders--;
            last = holders == 0;
        }
        if (last) {
            file.close();
        }
    }

    /** Whether somebody besides the queue itself reads. */
    synchronized boolean isBeingRead() {
        return holders > 1;
    }
}
