package org.recadero.net.sasl;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes a secret out of a server's text (SAFETY 29): a server, or somebody between, may repeat what we sent in a reply that ends in
 * the log. Used by one thread.
 */
public final class Mask {
    /** Any piece of so many characters counts. */
    private static final int PIECE = 8;

    private final Set<String> pieces = new HashSet<>();
    private int shortest = PIECE;

    /** Masks nothing. */
    public static Mask none() {
        return new Mask();
    }

    /** Masks the secret and its base64, wherever in a longer text it began. */
    public static Mask of(Secret secret) {
        Mask mask = new Mask();
        mask.add(secret.reveal());
        byte[] bytes = secret.bytes();
        for (int shift = 0; shift < 3; shift++) {
            byte[] shifted = new byte[bytes.length + shift];
            System.arraycopy(bytes, 0, shifted, shift, bytes.length);
            String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
            // the characters at both ends depend on what stands beside the secret
            int from = shift == 0 ? 0 : shift + 1;
            int to = encoded.length() - (shifted.length % 3 == 0 ? 0 : 1);
            if (to - from >= 4) {
                mask.add(encoded.substring(from, to));
            }
        }
        return mask;
    }

    /** Masks a response that was sent, as well. */
    public void addResponse(byte[] response) {
        add(Base64.getEncoder().withoutPadding().encodeToString(response));
        add(new String(response, StandardCharsets.UTF_8));
    }

    private void add(String text) {
        if (text.isEmpty()) {
            return;
        }
        int length = Math.min(PIECE, text.length());
        shortest = Math.min(shortest, length);
        for (int i = 0; i + length <= text.length(); i++) {
            pieces.add(text.substring(i, i + length));
        }
    }

    /** The text with each such piece as asterisks. */
    public String apply(String text) {
        if (pieces.isEmpty()) {
            return text;
        }
        char[] clean = text.toCharArray();
        boolean found = false;
        for (int length = shortest; length <= PIECE; length++) {
            for (int i = 0; i + length <= text.length(); i++) {
                if (pieces.contains(text.substring(i, i + length))) {
                    java.util.Arrays.fill(clean, i, i + length, '*');
                    found = true;
                }
            }
        }
        return found ? new String(clean) : text;
    }
}
