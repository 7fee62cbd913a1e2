package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Appends records to one segment, through a buffer. Owned by who writes the log. */
final class SegmentWriter {
    final Segment segment;
    /** Records fit up to here; one that is larger than a whole segment may go beyond. */
    final int capacity;

    /**
     * So much behind the records is written as zeros in advance. A file system notes of reserved room what of it is written: to force
     * a record there costs a write to its own tables besides, or a commit of its journal; where zeros are it costs one write.
     */
    private static final int ZEROS_AHEAD = 64 << 10;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(ZEROS_AHEAD).asReadOnlyBuffer();

    private final ByteBuffer buffer;
    private int bufferedFrom;
    private int zeroedTo;
    private int forcedEnd;
    private int firstEnd;

    /** @param buffer used by one writer at a time; it is emptied */
    SegmentWriter(Segment segment, int capacity, ByteBuffer buffer) {
        this.segment = segment;
        this.capacity = capacity;
        this.buffer = buffer.clear();
        this.bufferedFrom = segment.end;
        this.forcedEnd = 0;
        this.firstEnd = Integer.MAX_VALUE;
    }

    /** The end of what is known to be on disk. */
    int forcedEnd() {
        return forcedEnd;
    }

    /** Whether a record fits, or nothing else is in here so that it must. */
    boolean hasRoomFor(Write write) {
        return segment.end + (long) write.bytes() <= capacity || isFresh();
    }

    /** Whether nothing was put since it was begun. */
    boolean isFresh() {
        return segment.end <= firstEnd;
    }

    void put(Write write) throws IOException {
        write.segment = segment;
        write.offset = segment.end;
        int end = Math.addExact(segment.end, write.bytes());
        if (buffer.remaining() < RecordHeader.BYTES) {
            flush();
        }
        write.header(forcedEnd).write(buffer, segment.header, write.offset);
        append(ByteBuffer.wrap(write.meta));
        append(write.content.duplicate());
        append(ByteBuffer.allocate(end - bufferedFrom - buffer.position()));
        segment.end = end;
    }

    private void append(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int count = Math.min(from.remaining(), buffer.remaining());
            buffer.put(from.slice(from.position(), count));
            from.position(from.position() + count);
        }
    }

    /** Hands the buffer to the system. */
    void flush() throws IOException {
        if (buffer.position() > 0) {
            int count = buffer.position();
            segment.file.write(buffer.flip(), bufferedFrom);
            buffer.clear();
            bufferedFrom += count;
            if (bufferedFrom > zeroedTo) {
                int zeros = Math.clamp(capacity - bufferedFrom, 0, ZEROS_AHEAD);
                segment.file.write(ZEROS.slice(0, zeros), bufferedFrom);
                zeroedTo = bufferedFrom + zeros;
            }
        }
    }

    /** All that was put is on disk when it returns. */
    void force() throws IOException {
        flush();
        segment.file.force();
        forcedEnd = segment.end;
        firstEnd = Math.min(firstEnd, forcedEnd);
    }
}
