package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the queue needs of a file system, so that a test can put one under it that loses, tears and reorders all that was not
 * forced.
 *
 * <p>Names are a folder of the queue's and a bare name: {@code log/0000000001.seg}. Files are made 0600.
 */
public interface Disk {
    /** An open file. All calls are by position and safe for many threads; none is undone by an interrupt (SAFETY 11). */
    interface Handle extends AutoCloseable {
        /** Writes all that remains in {@code data}. */
        void write(ByteBuffer data, long at) throws IOException;

        /** Bytes read into {@code into}, 0 at the end of the file. */
        int read(ByteBuffer into, long at) throws IOException;

        /** Data and size are on disk when it returns; a failure is never tried again (SAFETY 7). */
        void force() throws IOException;

        long size() throws IOException;

        /** Makes a part of the file read as zeros and gives its room back where the file system can. */
        void punchHole(long at, long length) throws IOException;

        @Override
        void close() throws IOException;
    }

    /**
     * A new file, open for writing; its first {@code bytes} read as zeros and have their room reserved.
     *
     * @throws IOException where the name is taken or there is no room
     */
    Handle create(String name, long bytes) throws IOException;

    /** Opens what exists. */
    Handle open(String name, boolean writing) throws IOException;

    void rename(String from, String to) throws IOException;

    void delete(String name) throws IOException;

    /** The entries of a folder are on disk when it returns. */
    void forceFolder(String folder) throws IOException;

    /** The bare names in a folder, in no order; none where it is not there (reading a queue that was never opened). */
    List<String> list(String folder) throws IOException;

    /** Bytes that may still be written. */
    long usableBytes() throws IOException;
}
