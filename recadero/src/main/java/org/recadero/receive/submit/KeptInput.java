package org.recadero.receive.submit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Standard input that can be read a second time: what was read is kept, in memory to {@link #MEMORY_BYTES}, then in a
 * temporary file that goes with its channel. One thread reads at a time.
 */
final class KeptInput implements AutoCloseable {
    /** CONTRACTS: Submission protocol 1. */
    static final int MEMORY_BYTES = 256 * 1024;

    private final InputStream in;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @org.jspecify.annotations.Nullable FileChannel file;

    KeptInput(InputStream in) {
        this.in = in;
    }

    /** Reads and keeps. */
    int read(byte[] into) throws IOException {
        int read = in.read(into);
        if (read > 0) {
            keep(into, read);
        }
        return read;
    }

    private void keep(byte[] octets, int length) throws IOException {
        if (file == null && memory.size() + length <= MEMORY_BYTES) {
            memory.write(octets, 0, length);
            return;
        }
        if (file == null) {
            Path path = Files.createTempFile("recadero", null);
            file = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            Files.deleteIfExists(path);
        }
        ByteBuffer buffer = ByteBuffer.wrap(octets, 0, length);
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
    }

    /** All of the input from its first octet: what was kept, then the rest. Called once, after the last {@link #read}. */
    InputStream again() throws IOException {
        InputStream kept = new ByteArrayInputStream(memory.toByteArray());
        if (file != null) {
            kept = new SequenceInputStream(kept, Channels.newInputStream(file.position(0)));
        }
        return new SequenceInputStream(kept, in);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
