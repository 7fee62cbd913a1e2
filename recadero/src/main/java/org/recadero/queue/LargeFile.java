package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * A file in large/: the content of one message from offset 0, then the meta of its {@code MESSAGE} record, so that it tells by
 * itself whose it is, then a footer of {@value #FOOTER_BYTES} bytes. Its name is a number in hexadecimal that never comes again:
 * the first queue id of the message.
 */
final class LargeFile implements AutoCloseable {
    static final String TEMPORARY = ".tmp";
    static final int FOOTER_BYTES = 32;

    private static final long MAGIC = 0x526563466f6f7472L;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int MOST_DIGITS = 15;

    private final Disk disk;
    private final long number;
    private final Disk.Handle file;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final CRC32C crc = new CRC32C();
    private long written;
    private boolean named;
    private boolean closed;

    private LargeFile(Disk disk, long number) throws IOException {
        this.disk = disk;
        this.number = number;
        this.file = disk.create(nameOf(number) + TEMPORARY, 0);
    }

    /** A new one, under a temporary name. */
    static LargeFile create(Disk disk, long number) throws IOException {
        return new LargeFile(disk, number);
    }

    static String nameOf(long number) {
        return QueueFolder.LARGE + "/" + Long.toHexString(number).toUpperCase(Locale.ROOT);
    }

    /** The number in a bare file name; 0 where it is no name of ours. */
    static long numberOf(String fileName) {
        boolean possible = !fileName.isEmpty()
                && fileName.length() <= MOST_DIGITS
                && fileName.chars().allMatch(HexFormat::isHexDigit);
        return possible ? HexFormat.fromHexDigitsToLong(fileName) : 0;
    }

    void write(byte[] bytes, int from, int count) throws IOException {
        crc.update(bytes, from, count);
        put(ByteBuffer.wrap(bytes, from, count));
    }

    private void put(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int count = Math.min(from.remaining(), buffer.remaining());
            buffer.put(from.slice(from.position(), count));
            from.position(from.position() + count);
        }
    }

    private void flush() throws IOException {
        int count = buffer.flip().remaining();
        file.write(buffer, written);
        written += count;
        buffer.clear();
    }

    long contentBytes() {
        return written + buffer.position();
    }

    int contentCrc() {
        return (int) crc.getValue();
    }

    /** Adds the meta, and gives the file its name; it and the folder's entry are forced when this returns (SAFETY 10). */
    void finish(byte[] meta) throws IOException {
        ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
        CRC32C metaCrc = new CRC32C();
        metaCrc.update(meta);
        footer.putLong(MAGIC).putLong(contentBytes()).putInt(meta.length).putInt((int) metaCrc.getValue());
        footer.putInt(contentCrc()).putInt(footerCrc(footer));
        put(ByteBuffer.wrap(meta));
        put(footer.flip());
        flush();
        file.force();
        disk.rename(nameOf(number) + TEMPORARY, nameOf(number));
        named = true;
        disk.forceFolder(QueueFolder.LARGE);
    }

    private static int footerCrc(ByteBuffer footer) {
        CRC32C crc = new CRC32C();
        crc.update(footer.duplicate().clear().limit(FOOTER_BYTES - 4));
        return (int) crc.getValue();
    }

    /** Whether a file is complete: it ends with a footer that fits its size. */
    static boolean isComplete(Disk.Handle file) throws IOException {
        long size = file.size();
        if (size < FOOTER_BYTES) {
            return false;
        }
        ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
        long at = size - FOOTER_BYTES;
        while (footer.hasRemaining()) {
            if (file.read(footer, at + footer.position()) <= 0) {
                return false;
            }
        }
        return footer.getLong(0) == MAGIC
                && footer.getLong(8) + footer.getInt(16) + FOOTER_BYTES == size
                && footer.getInt(28) == footerCrc(footer);
    }

    /** Deletes it; nothing refers to it. */
    void discard() throws IOException {
        close();
        disk.delete(named ? nameOf(number) : nameOf(number) + TEMPORARY);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            file.close();
        }
    }
}
