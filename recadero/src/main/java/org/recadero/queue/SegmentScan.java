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
    /** A valid header, its meta and content not looked at. */
    record Found(int offset, RecordHeader header) {
        int end() {
            return offset + header.recordBytes();
        }
    }

    /** Bytes from {@code from} to before {@code to}. */
    record Range(int from, int to) {}

    /** @param limit the end of the file, or where its valid part ends */
    static SegmentScan of(RecordReader reader, int limit) throws IOException {
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
            Found found = new Found(at, header);
            records.add(found);
            at = found.end();
        }
        return new SegmentScan(records, damaged, at, Math.max(at, reader.endOfData(at, limit)));
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
