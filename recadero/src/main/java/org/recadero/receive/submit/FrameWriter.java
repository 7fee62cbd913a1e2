package org.recadero.receive.submit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/** Writes frames; each frame is one write to the stream. Safe for use by two threads. */
final class FrameWriter {
    private static final byte[] NOTHING = {};

    private final OutputStream out;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    synchronized void write(FrameType type, byte[] data, int offset, int length) throws IOException {
        int done = 0;
        do {
            int piece = Math.min(length - done, FrameType.MAX_BODY_BYTES);
            byte[] frame = new byte[5 + piece];
            ByteBuffer.wrap(frame).put((byte) type.code()).putInt(piece).put(data, offset + done, piece);
            out.write(frame);
            done += piece;
        } while (done < length);
        out.flush();
    }

    void write(FrameType type) throws IOException {
        write(type, NOTHING, 0, 0);
    }

    /** Text for the user, in as many frames as it needs. */
    void text(FrameType type, String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        write(type, octets, 0, octets.length);
    }

    void exit(int status) throws IOException {
        write(FrameType.QUIT, ByteBuffer.allocate(4).putInt(status).array(), 0, 4);
    }

    /** @throws IOException also where the words do not fit into one frame */
    void command(List<String> words) throws IOException {
        byte[] octets = NulText.join(words);
        if (octets.length > FrameType.MAX_BODY_BYTES) {
            throw new IOException("command too long");
        }
        write(FrameType.COMMAND, octets, 0, octets.length);
    }

    void end(long lengthBytes, CRC32C checksum) throws IOException {
        byte[] body = ByteBuffer.allocate(12)
                .putLong(lengthBytes)
                .putInt((int) checksum.getValue())
                .array();
        write(FrameType.END, body, 0, body.length);
    }
}
