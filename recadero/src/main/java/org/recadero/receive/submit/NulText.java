package org.recadero.receive.submit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts that are each ended by NUL. UTF-8 where that is what they are, else one character for each octet, so that an argument
 * in an old character set stays what it was as far as that is possible.
 */
final class NulText {
    private NulText() {}

    static byte[] join(List<String> texts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (String text : texts) {
            joined.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            joined.write(0);
        }
        return joined.toByteArray();
    }

    /** @throws ProtocolException where the last text is not ended */
    static List<String> split(byte[] octets, int length) throws ProtocolException {
        List<String> texts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (octets[i] == 0) {
                texts.add(decode(octets, start, i - start));
                start = i + 1;
            }
        }
        if (start != length) {
            throw new ProtocolException("text without its end");
        }
        return texts;
    }

    private static String decode(byte[] octets, int offset, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets, offset, length))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(octets, offset, length, StandardCharsets.ISO_8859_1);
        }
    }
}
