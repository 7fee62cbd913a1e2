package org.recadero.message;

import java.util.List;
import java.util.Optional;

/**
 * The header fields that mean something to cleanup, and what. All others are opaque.
 *
 * <p>Postfix: header_opts(3).
 */
public enum FieldName {
    APPARENTLY_TO("apparently-to", Holds.ADDRESSES, false),
    BCC("bcc", Holds.RECIPIENTS, false),
    CC("cc", Holds.RECIPIENTS, false),
    DATE("date", Holds.TEXT, false),
    DISPOSITION_NOTIFICATION_TO("disposition-notification-to", Holds.ADDRESSES, false),
    ERRORS_TO("errors-to", Holds.ADDRESSES, false),
    FROM("from", Holds.ADDRESSES, false),
    MAIL_FOLLOWUP_TO("mail-followup-to", Holds.ADDRESSES, false),
    MESSAGE_ID("message-id", Holds.TEXT, false),
    RECEIVED("received", Holds.TEXT, false),
    REPLY_TO("reply-to", Holds.ADDRESSES, false),
    RESENT_BCC("resent-bcc", Holds.RECIPIENTS, true),
    RESENT_CC("resent-cc", Holds.RECIPIENTS, true),
    RESENT_DATE("resent-date", Holds.TEXT, true),
    RESENT_FROM("resent-from", Holds.ADDRESSES, true),
    RESENT_MESSAGE_ID("resent-message-id", Holds.TEXT, true),
    RESENT_REPLY_TO("resent-reply-to", Holds.ADDRESSES, true),
    RESENT_SENDER("resent-sender", Holds.ADDRESSES, true),
    RESENT_TO("resent-to", Holds.RECIPIENTS, true),
    RETURN_PATH("return-path", Holds.ADDRESSES, false),
    RETURN_RECEIPT_TO("return-receipt-to", Holds.ADDRESSES, false),
    SENDER("sender", Holds.ADDRESSES, false),
    TO("to", Holds.RECIPIENTS, false);

    /** What a field's body is. */
    private enum Holds {
        TEXT,
        ADDRESSES,
        /** Addresses that {@code sendmail -t} takes as recipients. */
        RECIPIENTS
    }

    private static final FieldName[] ALL = values();

    /** RFC 2045. */
    private static final List<String> BODY_FIELDS = List.of(
            "content-description",
            "content-disposition",
            "content-id",
            "content-transfer-encoding",
            "content-type",
            "mime-version");

    private final String name;
    private final Holds holds;
    private final boolean resent;

    FieldName(String name, Holds holds, boolean resent) {
        this.name = name;
        this.holds = holds;
        this.resent = resent;
    }

    /** Whether the field's body is a list of addresses, which are completed. */
    public boolean holdsAddresses() {
        return holds != Holds.TEXT;
    }

    /** Whether {@code sendmail -t} takes recipients from it. */
    public boolean givesRecipients() {
        return holds == Holds.RECIPIENTS;
    }

    /** Whether its addresses are recipients', for the maps that tell them from senders. Postfix: header_opts(3). */
    public boolean namesRecipients() {
        return givesRecipients() || this == APPARENTLY_TO;
    }

    /** Whether it says that the message was sent on (RFC 5322 §3.6.6). */
    public boolean isResent() {
        return resent;
    }

    /** The field whose name stands in the first {@code length} bytes, whatever its case; empty for an opaque one. */
    public static Optional<FieldName> of(byte[] field, int length) {
        for (FieldName candidate : ALL) {
            if (isNamed(field, length, candidate.name)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** Whether a field of this name says what a body is. Postfix: header_opts(3). */
    public static boolean describesBody(byte[] field, int length) {
        return BODY_FIELDS.stream().anyMatch(name -> isNamed(field, length, name));
    }

    /** Whether the first {@code length} bytes are this name, which is in lower case. */
    public static boolean isNamed(byte[] field, int length, String lowerCaseName) {
        if (length != lowerCaseName.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            int c = field[i];
            int folded = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
            if (folded != lowerCaseName.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
