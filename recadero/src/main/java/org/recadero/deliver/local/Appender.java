package org.recadero.deliver.local;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;

/** Writes at the end of an open, locked mbox, and can take back what it wrote. Used by one thread. */
final class Appender implements MboxEncoder.Sink {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final byte[] NEWLINES = {'\n', '\n'};

    private final FileSystem files;
    private final int descriptor;
    private final long start;
    /** What lies in the file for certain ends here. */
    private long written;

    private byte[] pending = new byte[0];
    private int pendingLength;

    Appender(FileSystem files, int descriptor, long start) {
        this.files = files;
        this.descriptor = descriptor;
        this.start = start;
        this.written = start;
    }

    void newlines(int count) throws ErrnoException {
        write(NEWLINES, 0, count);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws ErrnoException {
        for (int done = 0; done < length; ) {
            int n = Math.min(BUFFER_BYTES, length - done);
            pending = bytes;
            pendingLength = n;
            pendingFrom = from + done;
            files.write(descriptor, MemorySegment.ofArray(bytes).asSlice(from + done, n), written);
            written += n;
            pendingLength = 0;
            done += n;
        }
    }

    private int pendingFrom;

    /** Where the next byte would go. */
    long end() {
        return written;
    }

    /**
     * Cuts the file back to where the writing began; only while the lock is held, and only where what lies behind is ours to
     * the last byte (SAFETY 18). Else the torn entry stays: the next one begins with an empty line.
     *
     * @return whether it was cut
     */
    boolean cutBack() {
        try {
            long size = files.status(descriptor).size();
            long extra = size - written;
            if (size < start || extra < 0 || extra > pendingLength) {
                return false;
            }
            byte[] there = new byte[(int) extra];
            long n = extra == 0 ? 0 : files.read(descriptor, MemorySegment.ofArray(there), written);
            if (n != extra
                    || !Arrays.equals(there, 0, there.length, pending, pendingFrom, pendingFrom + there.length)) {
                return false;
            }
            files.truncate(descriptor, start);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }
}
