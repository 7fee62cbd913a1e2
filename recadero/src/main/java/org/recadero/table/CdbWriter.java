package org.recadero.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes one constant database, front to end but for the header, which comes last. Keeps 8 bytes a record in memory.
 *
 * <p>One thread.
 */
final class CdbWriter {
    /** Positions are u32. */
    static final long MOST_BYTES = 0xffff_ffffL;

    /** Where bytes go. */
    @FunctionalInterface
    interface Output {
        void write(byte[] bytes, int count, long at) throws IOException;
    }

    private final Output output;
    private final long limit;
    private final byte[] buffer = new byte[64 << 10];
    private int buffered;
    private long position = Cdb.HEADER_BYTES;
    private int records;
    private int[] hashes = new int[64];
    private int[] positions = new int[64];

    CdbWriter(Output output) {
        this(output, MOST_BYTES);
    }

    /** @param limit bytes of the whole file, for tests below the format's own */
    CdbWriter(Output output, long limit) {
        this.output = output;
        this.limit = limit;
    }

    /** @throws IOException also where the file would be over 4 GB */
    void add(byte[] key, byte[] value) throws IOException {
        if (key.length > Cdb.MOST_VALUE_BYTES || value.length > Cdb.MOST_VALUE_BYTES) {
            throw new IOException("a key or value is over " + Cdb.MOST_VALUE_BYTES + " bytes");
        }
        // two slots a record stand behind the records
        long after = position + 8 + key.length + value.length;
        if (after + (records + 1L) * 16 > limit) {
            throw new IOException("table over " + limit + " bytes");
        }
        if (records == hashes.length) {
            hashes = Arrays.copyOf(hashes, records * 2);
            positions = Arrays.copyOf(positions, records * 2);
        }
        hashes[records] = Cdb.hash(key);
        positions[records] = (int) position;
        records++;
        put(numbers(key.length, value.length));
        put(key);
        put(value);
    }

    private static byte[] numbers(int first, int second) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(first)
                .putInt(second)
                .array();
    }

    private void put(byte[] bytes) throws IOException {
        int from = 0;
        while (from < bytes.length) {
            int count = Math.min(bytes.length - from, buffer.length - buffered);
            System.arraycopy(bytes, from, buffer, buffered, count);
            buffered += count;
            from += count;
            if (buffered == buffer.length) {
                flush();
            }
        }
        position += bytes.length;
    }

    private long flushed = Cdb.HEADER_BYTES;

    private void flush() throws IOException {
        output.write(buffer, buffered, flushed);
        flushed += buffered;
        buffered = 0;
    }

    /** Writes tables and header. */
    void finish() throws IOException {
        int[] counts = new int[256];
        for (int i = 0; i < records; i++) {
            counts[hashes[i] & 0xff]++;
        }
        int[] starts = new int[257];
        for (int t = 0; t < 256; t++) {
            starts[t + 1] = starts[t] + counts[t];
        }
        int[] order = new int[records];
        int[] next = starts.clone();
        for (int i = 0; i < records; i++) {
            order[next[hashes[i] & 0xff]++] = i;
        }
        ByteBuffer header = ByteBuffer.allocate(Cdb.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int t = 0; t < 256; t++) {
            int slots = counts[t] * 2;
            header.putInt((int) position).putInt(slots);
            table(order, starts[t], starts[t + 1], slots);
        }
        flush();
        output.write(header.array(), Cdb.HEADER_BYTES, 0);
    }

    private void table(int[] order, int from, int to, int slots) throws IOException {
        int[] entries = new int[slots];
        Arrays.fill(entries, -1);
        for (int i = from; i < to; i++) {
            int slot = (hashes[order[i]] >>> 8) % slots;
            while (entries[slot] >= 0) {
                slot = (slot + 1) % slots;
            }
            entries[slot] = order[i];
        }
        for (int entry : entries) {
            put(entry < 0 ? numbers(0, 0) : numbers(hashes[entry], positions[entry]));
        }
    }
}
