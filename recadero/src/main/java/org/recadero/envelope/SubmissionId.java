package org.recadero.envelope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** 128 random bits that a submission carries, whichever way it comes, so that the daemon takes it once. */
public record SubmissionId(long high, long low) {
    /** 32 lower-case hexadecimal digits. */
    public static SubmissionId parse(String hex) {
        if (hex.length() != 32) {
            throw new IllegalArgumentException("a submission id has 32 hexadecimal digits");
        }
        return new SubmissionId(HexFormat.fromHexDigitsToLong(hex, 0, 16), HexFormat.fromHexDigitsToLong(hex, 16, 32));
    }

    /**
     * The id of mail that comes of this one (a report, a forwarded copy): the same for the same label, so that a crash does not
     * double it; not to be guessed by who does not know this id.
     *
     * @param label what it is, {@code failure:0,3}
     */
    public SubmissionId derived(String label) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(16).putLong(high).putLong(low).flip());
            ByteBuffer hash = ByteBuffer.wrap(digest.digest(label.getBytes(StandardCharsets.UTF_8)));
            return new SubmissionId(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** 32 lower-case hexadecimal digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
