package org.recadero.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a blank is in the configuration files: the six of C's isspace(3), and no other; and how their bytes become text.
 *
 * <p>The readers work on bytes kept one to a char (ISO 8859-1), so that nothing is lost whatever the file's encoding; {@link
 * #text} makes real text of a value.
 */
public final class Blanks {
    private Blanks() {}

    static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    static boolean beginsBlank(String line) {
        return !line.isEmpty() && isBlank(line.charAt(0));
    }

    /** Where the first character stands that is no blank; the length if there is none. */
    static int skip(String text, int from) {
        int at = from;
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static String trim(String text) {
        int end = text.length();
        while (end > 0 && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(Math.min(skip(text, 0), end), end);
    }

    static boolean isEmptyOrComment(String line) {
        int at = skip(line, 0);
        return at == line.length() || line.charAt(at) == '#';
    }

    /** The words between blanks. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int at = skip(text, 0);
        while (at < text.length()) {
            int end = at;
            while (end < text.length() && !isBlank(text.charAt(end))) {
                end++;
            }
            words.add(text.substring(at, end));
            at = skip(text, end);
        }
        return words;
    }

    /** Bytes kept one to a char become text: UTF-8, or as they are where they are no UTF-8. */
    public static String text(String bytes) {
        if (bytes.chars().allMatch(c -> c < 0x80)) {
            return bytes;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            // an old Latin-1 file: as it is
            return bytes;
        }
    }

    /** The inverse of {@link #text} for a command's arguments. */
    public static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
