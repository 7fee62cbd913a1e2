package org.recadero.deliver;

import java.nio.charset.StandardCharsets;
import org.recadero.envelope.Address;

/** Finds a recipient among a message's Delivered-To fields. Postfix: delivered_hdr(3). */
public final class DeliveredTo {
    private static final byte[] NAME = "delivered-to:".getBytes(StandardCharsets.US_ASCII);

    private DeliveredTo() {}

    /**
     * Whether the message was delivered to this address before: the field's value is the address, but for case.
     *
     * @param content from its first header line; what stands behind the first empty line is not looked at
     */
    public static boolean names(Address recipient, byte[] content, int length) {
        int start = 0;
        while (start < length) {
            int end = start;
            while (end < length && content[end] != '\n') {
                end++;
            }
            if (end == start) {
                return false;
            }
            if (isField(content, start, end)) {
                String value = new String(
                                content, start + NAME.length, end - start - NAME.length, StandardCharsets.UTF_8)
                        .strip();
                if (value.equalsIgnoreCase(recipient.external()) || value.equalsIgnoreCase(recipient.internal())) {
                    return true;
                }
            }
            start = end + 1;
        }
        return false;
    }

    private static boolean isField(byte[] content, int start, int end) {
        if (end - start < NAME.length) {
            return false;
        }
        for (int i = 0; i < NAME.length; i++) {
            int c = content[start + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != NAME[i]) {
                return false;
            }
        }
        return true;
    }
}
