package org.recadero.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One address as it stood in a field or an argument.
 *
 * @param tokens without comments, at least one
 * @param comments the comments between its first and its last token, with their parentheses, one char a byte
 * @param start where its first token begins
 * @param end behind its last token
 * @param missingCommaAt where a comma is missing in front of it (as in {@code alice bob}); -1 where none is
 */
public record ParsedAddress(List<AddressToken> tokens, List<String> comments, int start, int end, int missingCommaAt) {
    public ParsedAddress {
        tokens = List.copyOf(tokens);
        comments = List.copyOf(comments);
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException("an address needs a token");
        }
    }

    /** The internal (unquoted) form, one char a byte. */
    public String internal() {
        return internal(tokens);
    }

    /** The internal form of any tokens: one after the other, a comma with a blank behind it. */
    public static String internal(List<AddressToken> tokens) {
        if (tokens.size() == 1 && tokens.getFirst().kind() == AddressToken.Kind.ATOM) {
            return tokens.getFirst().text();
        }
        StringBuilder text = new StringBuilder();
        for (AddressToken token : tokens) {
            switch (token.kind()) {
                case ATOM, QUOTED -> text.append(token.text());
                case DOMAIN_LITERAL -> text.append('[').append(token.text()).append(']');
                case OPERATOR -> text.append(token.text()).append(token.isOperator(',') ? " " : "");
            }
        }
        return text.toString();
    }

    /** The internal form as text: UTF-8 where the bytes are, else ISO 8859-1. */
    public String text() {
        return decoded(internal());
    }

    /** One char a byte to text: UTF-8 where the bytes are, else as it is. */
    static String decoded(String bytes) {
        boolean ascii = true;
        for (int i = 0; i < bytes.length() && ascii; i++) {
            ascii = bytes.charAt(i) < 0x80;
        }
        if (ascii) {
            return bytes;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return bytes;
        }
    }
}
