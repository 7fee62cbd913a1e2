package org.recadero.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reader of one constant database, D. J. Bernstein's public format: 256 pairs (position, slots) of hash tables, records (key
 * length, data length, key, data), and the hash tables with slots (hash, position); all numbers are u32, little-endian.
 *
 * <p>Small files are kept in memory, of larger ones nothing is kept but the table pointers: each look-up opens the file, so that
 * no descriptor needs closing and an interrupted thread harms nobody (SAFETY 11). Files are hostile: every number is checked,
 * and a damaged file gives an {@link IOException}, never another exception and never an endless loop. Safe for all threads.
 */
final class Cdb {
    /** Where the records begin. */
    static final int HEADER_BYTES = 2048;

    /** Larger ones stay on disk. */
    static final int KEPT_BYTES = 1 << 20;

    /** Of one key or value. */
    static final int MOST_VALUE_BYTES = 16 << 20;

    /** Slots that one look-up tries: a table is half empty, so that a long run means damage. */
    static final int MOST_PROBES = 1 << 16;

    private static final int SLOT_BYTES = 8;
    private static final int SLOTS_AT_ONCE = 32;

    /** Where bytes come from. */
    private interface Source {
        Reading open() throws IOException;
    }

    /** One look-up's view of the bytes. */
    private interface Reading extends AutoCloseable {
        /** All {@code count} bytes, at a position that was checked against the size. */
        ByteBuffer read(long at, int count) throws IOException;

        @Override
        void close() throws IOException;
    }

    private final String name;
    private final Source source;
    private final long size;
    private final ByteBuffer pointers;

    /** @throws IOException where the file is no cdb */
    private Cdb(String name, Source source, long size) throws IOException {
        this.name = name;
        this.source = source;
        this.size = size;
        if (size < HEADER_BYTES || size > 0xffff_ffffL) {
            throw damaged("not a cdb file: bad size");
        }
        try (Reading reading = source.open()) {
            this.pointers = reading.read(0, HEADER_BYTES);
        }
        checkPointers();
    }

    /** A file. @throws IOException where it cannot be read or is no cdb */
    static Cdb open(Path file) throws IOException {
        long size = Files.size(file);
        if (size <= KEPT_BYTES) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                byte[] bytes = new byte[(int) size];
                fill(channel, ByteBuffer.wrap(bytes), 0);
                return of(file.toString(), bytes);
            }
        }
        return new Cdb(file.toString(), () -> new FileReading(FileChannel.open(file, StandardOpenOption.READ)), size);
    }

    /** Bytes that were read already. */
    static Cdb of(String name, byte[] bytes) throws IOException {
        MemoryReading reading = new MemoryReading(bytes);
        return new Cdb(name, () -> reading, bytes.length);
    }

    private static final class MemoryReading implements Reading {
        private final byte[] bytes;

        MemoryReading(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public ByteBuffer read(long at, int count) throws IOException {
            if (at + count > bytes.length) {
                throw new IOException("file too short");
            }
            return ByteBuffer.wrap(bytes, (int) at, count).slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void close() {
            // memory needs no closing
        }
    }

    private record FileReading(FileChannel channel) implements Reading {
        @Override
        public ByteBuffer read(long at, int count) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
            fill(channel, buffer, at);
            return buffer.flip();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long from) throws IOException {
        long at = from;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count <= 0) {
                throw new IOException("file too short");
            }
            at += count;
        }
    }

    private IOException damaged(String what) {
        return new IOException(name + ": " + what);
    }

    private static long u32(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at));
    }

    private void checkPointers() throws IOException {
        long slots = 0;
        for (int i = 0; i < 256; i++) {
            long at = u32(pointers, i * 8);
            long count = u32(pointers, i * 8 + 4);
            slots += count;
            if (at < HEADER_BYTES || at + count * SLOT_BYTES > size) {
                throw damaged("not a cdb file: a table pointer does not fit the size");
            }
        }
        if (HEADER_BYTES + slots * SLOT_BYTES > size) {
            throw damaged("not a cdb file: the tables do not fit the size");
        }
    }

    static int hash(byte[] key) {
        int hash = 5381;
        for (byte b : key) {
            hash = ((hash << 5) + hash) ^ (b & 0xff);
        }
        return hash;
    }

    /**
     * The first value of a key.
     *
     * @throws IOException where the file cannot be read or is damaged
     */
    Optional<byte[]> find(byte[] key) throws IOException {
        int hash = hash(key);
        int pointer = (hash & 0xff) * 8;
        long table = u32(pointers, pointer);
        long slots = u32(pointers, pointer + 4);
        if (slots == 0) {
            return Optional.empty();
        }
        long slot = (hash >>> 8) % slots;
        long left = Math.min(slots, MOST_PROBES);
        try (Reading reading = source.open()) {
            while (left > 0) {
                int run = (int) Math.min(Math.min(left, SLOTS_AT_ONCE), slots - slot);
                ByteBuffer entries = reading.read(table + slot * SLOT_BYTES, run * SLOT_BYTES);
                for (int i = 0; i < run; i++) {
                    long at = u32(entries, i * SLOT_BYTES + 4);
                    if (at == 0) {
                        return Optional.empty();
                    }
                    if (entries.getInt(i * SLOT_BYTES) == hash) {
                        Optional<byte[]> value = valueAt(reading, at, key);
                        if (value.isPresent()) {
                            return value;
                        }
                    }
                }
                left -= run;
                slot = (slot + run) % slots;
            }
        }
        if (slots > MOST_PROBES) {
            throw damaged("damaged: a hash table without gaps");
        }
        return Optional.empty();
    }

    private Optional<byte[]> valueAt(Reading reading, long at, byte[] key) throws IOException {
        Sizes sizes = sizes(reading, at);
        if (sizes.key() != key.length) {
            return Optional.empty();
        }
        ByteBuffer stored = reading.read(at + 8, key.length);
        for (byte b : key) {
            if (stored.get() != b) {
                return Optional.empty();
            }
        }
        return Optional.of(bytes(reading, at + 8 + sizes.key(), sizes.value()));
    }

    private record Sizes(int key, int value) {}

    private Sizes sizes(Reading reading, long at) throws IOException {
        if (at < HEADER_BYTES || at + 8 > size) {
            throw damaged("damaged: a record lies outside");
        }
        ByteBuffer lengths = reading.read(at, 8);
        long key = u32(lengths, 0);
        long value = u32(lengths, 4);
        if (key > MOST_VALUE_BYTES || value > MOST_VALUE_BYTES || at + 8 + key + value > size) {
            throw damaged("damaged: a record is too long");
        }
        return new Sizes((int) key, (int) value);
    }

    private static byte[] bytes(Reading reading, long at, int count) throws IOException {
        byte[] bytes = new byte[count];
        reading.read(at, count).get(bytes);
        return bytes;
    }

    /** Takes records. */
    @FunctionalInterface
    interface Records {
        void record(byte[] key, byte[] value) throws IOException;
    }

    /** All records in the order in which they were written. */
    void forEach(Records records) throws IOException {
        long end = size;
        for (int i = 0; i < 256; i++) {
            end = Math.min(end, u32(pointers, i * 8));
        }
        try (Reading reading = source.open()) {
            long at = HEADER_BYTES;
            while (at < end) {
                Sizes sizes = sizes(reading, at);
                if (at + 8 + sizes.key() + sizes.value() > end) {
                    throw damaged("damaged: a record runs into the tables");
                }
                records.record(
                        bytes(reading, at + 8, sizes.key()), bytes(reading, at + 8 + sizes.key(), sizes.value()));
                at += 8L + sizes.key() + sizes.value();
            }
        }
    }
}
