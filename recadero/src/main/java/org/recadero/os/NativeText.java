package org.recadero.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Names between Java and the kernel: UTF-8 whatever the locale. A byte that is no UTF-8 becomes the lone surrogate U+DC80 to
 * U+DCFF and back again, so that every name that {@link FileSystem#list} gives can be opened and removed.
 */
final class NativeText {
    private static final int ESCAPE = 0xDC00;

    private NativeText() {}

    /** Without a NUL at the end. */
    static byte[] bytes(String text) {
        boolean plain = true;
        for (int i = 0; i < text.length() && plain; i++) {
            plain = !Character.isSurrogate(text.charAt(i));
        }
        return plain ? text.getBytes(StandardCharsets.UTF_8) : escapedBytes(text);
    }

    private static byte[] escapedBytes(String text) {
        ByteBuffer out = ByteBuffer.allocate(4 * text.length());
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c >= ESCAPE + 0x80 && c <= ESCAPE + 0xFF) {
                out.put((byte) (c - ESCAPE));
            } else {
                out.put(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
            i += Character.charCount(c);
        }
        byte[] all = new byte[out.position()];
        out.flip().get(all);
        return all;
    }

    static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return escapedText(bytes);
        }
    }

    /** The text up to its NUL, or all of {@code memory} without one. */
    static String at(MemorySegment memory) {
        long length = 0;
        while (length < memory.byteSize() && memory.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return text(memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private static String escapedText(byte[] bytes) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        while (in.hasRemaining()) {
            decoder.reset();
            var result = decoder.decode(in, out, true);
            if (result.isError()) {
                for (int i = 0; i < result.length(); i++) {
                    out.put((char) (ESCAPE + Byte.toUnsignedInt(in.get())));
                }
            }
        }
        return out.flip().toString();
    }
}
