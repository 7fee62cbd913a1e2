package org.recadero.queue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment: record by record from the start, passing over content, or one record at a place. Owned by one thread.
 */
final class RecordReader {
    private static final int WINDOW_BYTES = 128 << 10;
    /** Holds the header and meta of an ordinary message. */
    private static final int SMALL_WINDOW_BYTES = 2 << 10;

    private final Disk.Handle file;
    private final SegmentHeader header;
    private final ByteBuffer window;
    private long windowAt;

    RecordReader(Disk.Handle file, SegmentHeader header) {
        this(file, header, ByteBuffer.allocateDirect(WINDOW_BYTES));
    }

    private RecordReader(Disk.Handle file, SegmentHeader header, ByteBuffer window) {
        this.file = file;
        this.header = header;
        this.window = window.limit(0);
    }

    /** For a single record: a small window. */
    static RecordReader single(Segment segment) {
        return new RecordReader(segment.file, segment.header, ByteBuffer.allocate(SMALL_WINDOW_BYTES));
    }

    /** Sees that {@code count} bytes at {@code at} are in the window; false where the file ends before. */
    private boolean load(long at, int count) throws IOException {
        if (at >= windowAt && at + count <= windowAt + window.limit()) {
            return true;
        }
        window.clear();
        windowAt = at;
        while (window.position() < count && file.read(window, windowAt + window.position()) > 0) {
            // a read may be partial
        }
        window.flip();
        return window.limit() >= count;
    }

    /** The record that begins at an offset; null where there is none. Neither meta nor content have been looked at. */
    @Nullable
    RecordHeader at(int offset) throws IOException {
        return load(offset, RecordHeader.BYTES)
                ? RecordHeader.read(window, (int) (offset - windowAt), header, offset)
                : null;
    }

    /** As {@link #at} where there must be one of this kind. */
    RecordHeader require(int offset, RecordType type) throws IOException {
        RecordHeader record = at(offset);
        if (record == null || record.type() != type) {
            throw new IOException("damaged record at " + offset + " in log/" + SegmentHeader.fileName(header.number()));
        }
        return record;
    }

    /** The meta part, checked; null where it is damaged. */
    byte @Nullable [] metaOrNull(int offset, RecordHeader record) throws IOException {
        byte[] meta = new byte[record.metaLength()];
        long at = offset + (long) RecordHeader.BYTES;
        if (meta.length <= window.capacity()) {
            if (!load(at, meta.length)) {
                return null;
            }
            window.get((int) (at - windowAt), meta);
        } else if (!readFully(at, ByteBuffer.wrap(meta))) {
            return null;
        }
        CRC32C crc = new CRC32C();
        crc.update(meta);
        return (int) crc.getValue() == record.metaCrc() ? meta : null;
    }

    /** The meta part. */
    byte[] meta(int offset, RecordHeader record) throws IOException {
        byte[] meta = metaOrNull(offset, record);
        if (meta == null) {
            throw new IOException("damaged record at " + offset + " in log/" + SegmentHeader.fileName(header.number()));
        }
        return meta;
    }

    static int contentOffset(int offset, RecordHeader record) {
        return offset + RecordHeader.BYTES + record.metaLength();
    }

    /** Whether the content is as it came in. */
    boolean isContentWhole(int offset, RecordHeader record) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer piece = ByteBuffer.allocate(Math.min(WINDOW_BYTES, Math.max(1, record.contentLength())));
        int at = contentOffset(offset, record);
        for (int done = 0; done < record.contentLength(); done += piece.limit()) {
            piece.clear().limit(Math.min(piece.capacity(), record.contentLength() - done));
            if (!readFully(at + (long) done, piece)) {
                return false;
            }
            crc.update(piece.flip());
        }
        return (int) crc.getValue() == record.contentCrc();
    }

    /** The content as it lies there, unchecked: its checksum goes with it. */
    ByteBuffer content(int offset, RecordHeader record) throws IOException {
        return bytes(contentOffset(offset, record), record.contentLength());
    }

    /** Any part of the file. */
    ByteBuffer bytes(int offset, int count) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(count);
        if (!readFully(offset, content)) {
            throw new EOFException("log/" + SegmentHeader.fileName(header.number()) + " ends within a record");
        }
        return content.flip();
    }

    private boolean readFully(long at, ByteBuffer into) throws IOException {
        long base = at - into.position();
        while (into.hasRemaining()) {
            if (file.read(into, base + into.position()) <= 0) {
                return false;
            }
        }
        return true;
    }

    /** Where the next valid record begins, from {@code from} on; -1 where there is none before {@code limit}. */
    int next(int from, int limit) throws IOException {
        int at = (from + 7) & ~7;
        while (at + RecordHeader.BYTES <= limit) {
            if (!load(at, RecordHeader.BYTES)) {
                return -1;
            }
            int last = Math.min(limit, (int) (windowAt + window.limit())) - RecordHeader.BYTES;
            for (; at <= last; at += 8) {
                if (window.getInt((int) (at - windowAt)) == RecordHeader.MAGIC
                        && RecordHeader.read(window, (int) (at - windowAt), header, at) != null) {
                    return at;
                }
            }
        }
        return -1;
    }

    /** The end of what is not zero, at most {@code limit}; {@code from} where all is zero. */
    int endOfData(int from, int limit) throws IOException {
        int end = from;
        int at = from;
        while (at < limit && load(at, 1)) {
            int last = Math.min(limit, (int) (windowAt + window.limit()));
            for (int i = last - 1; i >= at; i--) {
                if (window.get((int) (i - windowAt)) != 0) {
                    end = i + 1;
                    break;
                }
            }
            at = last;
        }
        return end;
    }
}
