package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * The front of a segment: {@value #AREA_BYTES} bytes with two copies, a page each, since without the salt nothing in the
 * segment can be read.
 *
 * @param number 1, 2, 3…: never used again; also the file's name
 * @param generation how often the queue had been opened
 * @param salt0 with {@code salt1} 128 random bits, the key of all record checksums in this segment
 * @param writer the version that wrote it, for the message where another one cannot read it
 */
record SegmentHeader(int number, long generation, long salt0, long salt1, String writer) {
    /** Where records begin. */
    static final int AREA_BYTES = 8_192;
    /** Another one is refused (SAFETY 9); it is raised when older programs would misread. */
    static final int MAJOR = 1;
    /** Raised when older programs can still read. */
    static final int MINOR = 0;

    private static final long MAGIC = 0x5265636164657230L;
    private static final int COPY_BYTES = 4_096;
    private static final int WRITER_BYTES = 64;
    private static final int CHECKED_BYTES = 48 + WRITER_BYTES;
    private static final int MOST_DIGITS = 10;
    private static final String SUFFIX = ".seg";

    /** {@code 0000000001.seg}. */
    static String fileName(int number) {
        return String.format(Locale.ROOT, "%010d%s", number, SUFFIX);
    }

    /** The number in a file's name; empty for other files. */
    static OptionalInt numberOf(String fileName) {
        if (fileName.length() != MOST_DIGITS + SUFFIX.length() || !fileName.endsWith(SUFFIX)) {
            return OptionalInt.empty();
        }
        long number = 0;
        for (int i = 0; i < MOST_DIGITS; i++) {
            int digit = fileName.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return OptionalInt.empty();
            }
            number = number * 10 + digit;
        }
        return number > 0 && number < Integer.MAX_VALUE ? OptionalInt.of((int) number) : OptionalInt.empty();
    }

    /** The whole area, both copies. */
    ByteBuffer encode() {
        ByteBuffer area = ByteBuffer.allocate(AREA_BYTES);
        for (int copy = 0; copy < AREA_BYTES; copy += COPY_BYTES) {
            area.position(copy);
            area.putLong(MAGIC).putInt(MAJOR).putInt(MINOR).putInt(number).putInt(AREA_BYTES);
            area.putLong(generation).putLong(salt0).putLong(salt1);
            area.put(Arrays.copyOf(writer.getBytes(StandardCharsets.UTF_8), WRITER_BYTES));
            area.putInt(crc(area, copy));
        }
        return area.rewind();
    }

    private static int crc(ByteBuffer area, int from) {
        CRC32C crc = new CRC32C();
        crc.update(area.array(), area.arrayOffset() + from, CHECKED_BYTES);
        return (int) crc.getValue();
    }

    /**
     * Reads a segment's header from either copy.
     *
     * @return empty where there is none of this number
     * @throws QueueFormatException where another major version wrote it
     */
    static Optional<SegmentHeader> read(int number, Disk.Handle file) throws IOException {
        ByteBuffer area = ByteBuffer.allocate(AREA_BYTES);
        while (area.hasRemaining() && file.read(area, area.position()) > 0) {
            // a read may be partial; what the file lacks stays zero
        }
        for (int copy = 0; copy < AREA_BYTES; copy += COPY_BYTES) {
            if (area.getLong(copy) != MAGIC || area.getInt(copy + CHECKED_BYTES) != crc(area, copy)) {
                continue;
            }
            byte[] text = new byte[WRITER_BYTES];
            area.get(copy + 48, text);
            String writer = new String(text, StandardCharsets.UTF_8).trim();
            if (area.getInt(copy + 8) != MAJOR) {
                throw new QueueFormatException("log/" + fileName(number) + " has format " + area.getInt(copy + 8)
                        + ", written by Recadero " + writer + "; this program reads format " + MAJOR);
            }
            if (area.getInt(copy + 16) == number) {
                return Optional.of(new SegmentHeader(
                        number, area.getLong(copy + 24), area.getLong(copy + 32), area.getLong(copy + 40), writer));
            }
        }
        return Optional.empty();
    }
}
