package org.recadero.envelope;

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

    /** 32 lower-case hexadecimal digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
