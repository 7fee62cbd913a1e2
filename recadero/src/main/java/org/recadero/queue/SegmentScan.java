package org.recadero.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All records of a segment, and what is none. After something that is no record the scan goes on at the next one: nothing valid
 * is lost behind damage (SAFETY 9).
 *
 * @param records in order
 * @param damaged between or before records
 * @param end where the last record ends
 * @param dataEnd where the last byte that is not zero ends; over {@code end} where a suffix is torn
 */
record SegmentScan(List<Found> records, List<Range> damaged, int end, int dataEnd) {
    /**
     * A valid header; content was not looked at.
     *
     * @param meta null where it is damaged, or was not asked for
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found(int offset, RecordHeader header, byte @Nullable [] meta) {
        int end() {
            return offset + header.recordBytes();
        }
    }

    /** Bytes from {@code from} to before {@code to}. */
    record Range(int from, int to) {}

    /**
     * @param limit the end of the file, or where its valid part ends
     * @param withMeta whether to read and check the meta of all records: some hundred bytes each
     */
    static SegmentScan of(RecordReader reader, int limit, boolean withMeta) throws IOException {
        List<Found> records = new ArrayList<>();
        List<Range> damaged = new ArrayList<>();
        int at = SegmentHeader.AREA_BYTES;
        while (true) {
            @Nullable RecordHeader header = reader.at(at);
            if (header == null || at + (long) header.recordBytes() > limit) {
                int next = reader.next(at + 8, limit);
                if (next < 0) {
                    break;
                }
                damaged.add(new Range(at, next));
                at = next;
                continue;
            }
            Found found = new Found(at, header, withMeta ? reader.metaOrNull(at, header) : null);
            records.add(found);
            at = found.end();
        }
        return new SegmentScan(records, damaged, at, Math.max(at, reader.endOfData(at, limit)));
    }

    /** Without the records: what is left to mend. */
    SegmentScan withoutRecords() {
        return new SegmentScan(List.of(), damaged, end, dataEnd);
    }

    /** All before this offset is proven to have been forced. */
    int proven() {
        int proven = SegmentHeader.AREA_BYTES;
        for (Found found : records) {
            proven = Math.max(proven, found.header().forcedBefore());
        }
        return Math.min(proven, end);
    }
}
