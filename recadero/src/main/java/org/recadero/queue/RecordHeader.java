package org.recadero.queue;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The front of a record, {@value #BYTES} bytes big-endian, at a multiple of eight in its segment; meta and content follow.
 *
 * <p>Its keyed checksum covers the other fields, the segment's number and generation and the record's own offset. So a header
 * is only ever valid where it was written: neither a copy of it elsewhere, nor an older life of the same file, nor anything
 * that a mail contains can pass for one (SAFETY 8). Meta and content have checksums of their own, so that recovery can read
 * headers and meta and pass over content.
 *
 * @param code {@link RecordType#code}, or one that this version does not know
 * @param critical whether a version that does not know the code must refuse
 * @param id the message's number; 0 where the record is about none
 * @param metaLength bytes, at most {@link #MOST_META_BYTES}
 * @param contentLength bytes, at most {@link #MOST_CONTENT_BYTES}
 * @param metaCrc CRC32C
 * @param contentCrc CRC32C, as it was when the content came in: copies keep it
 * @param forcedBefore the part of the segment that was known to be forced when this record was written, as an offset: a valid
 *     record proves that all before it is whole
 * @param home the segment that the message lay in before this record, 0 for none: as long as it exists, this record must
 */
record RecordHeader(
        int code,
        boolean critical,
        long id,
        int metaLength,
        int contentLength,
        int metaCrc,
        int contentCrc,
        int forcedBefore,
        int home) {
    static final int BYTES = 48;
    static final int MAGIC = 0x52634452;
    /** An envelope of ten thousand recipients with long reasons has some MB. */
    static final int MOST_META_BYTES = 64 << 20;

    static final int MOST_CONTENT_BYTES = 16 << 20;

    private static final int SIGNED_BYTES = BYTES - 8;
    private static final int CRITICAL = 1;

    @Nullable
    RecordType type() {
        return RecordType.of(code);
    }

    /** Bytes in the segment, with padding. */
    int recordBytes() {
        return bytes(metaLength, contentLength);
    }

    static int bytes(int metaLength, int contentLength) {
        return (BYTES + metaLength + contentLength + 7) & ~7;
    }

    /** Writes at the buffer's position. */
    void write(ByteBuffer into, SegmentHeader segment, int offset) {
        byte[] bytes = new byte[SIGNED_BYTES + 16];
        ByteBuffer signed = ByteBuffer.wrap(bytes);
        signed.putInt(MAGIC)
                .put((byte) code)
                .put((byte) (critical ? CRITICAL : 0))
                .putShort((short) 0);
        signed.putLong(id)
                .putInt(metaLength)
                .putInt(contentLength)
                .putInt(metaCrc)
                .putInt(contentCrc);
        signed.putInt(forcedBefore).putInt(home);
        into.put(bytes, 0, SIGNED_BYTES).putLong(checksum(bytes, segment, offset));
    }

    private static long checksum(byte[] bytes, SegmentHeader segment, int offset) {
        ByteBuffer.wrap(bytes)
                .putLong(SIGNED_BYTES, segment.generation())
                .putInt(SIGNED_BYTES + 8, segment.number())
                .putInt(SIGNED_BYTES + 12, offset);
        return SipHash.of(segment.salt0(), segment.salt1(), bytes, bytes.length);
    }

    /** The header at {@code position} of a buffer that has {@link #BYTES} bytes there; null where it is none. */
    static @Nullable RecordHeader read(ByteBuffer from, int position, SegmentHeader segment, int offset) {
        if (from.getInt(position) != MAGIC) {
            return null;
        }
        byte[] bytes = new byte[SIGNED_BYTES + 16];
        from.get(position, bytes, 0, SIGNED_BYTES);
        if (checksum(bytes, segment, offset) != from.getLong(position + SIGNED_BYTES)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        RecordHeader header = new RecordHeader(
                in.get(4) & 0xff,
                (in.get(5) & CRITICAL) != 0,
                in.getLong(8),
                in.getInt(16),
                in.getInt(20),
                in.getInt(24),
                in.getInt(28),
                in.getInt(32),
                in.getInt(36));
        boolean possible = header.metaLength >= 0
                && header.metaLength <= MOST_META_BYTES
                && header.contentLength >= 0
                && header.contentLength <= MOST_CONTENT_BYTES;
        return possible ? header : null;
    }
}
