package org.recadero.status;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RFC 3463: {@code class.subject.detail}, as {@code 5.1.1}.
 *
 * @param statusClass 2 success, 4 try later, 5 permanent
 * @param subject 0 to 999
 * @param detail 0 to 999
 */
public record EnhancedStatusCode(int statusClass, int subject, int detail) {
    public static final EnhancedStatusCode OK = new EnhancedStatusCode(2, 0, 0);
    /** RFC 3463 §3.4: other or undefined mail system status; what a fault of ours becomes. */
    public static final EnhancedStatusCode SYSTEM_TROUBLE = new EnhancedStatusCode(4, 3, 0);

    private static final Pattern FORM = Pattern.compile("([245])\\.([0-9]{1,3})\\.([0-9]{1,3})");

    public EnhancedStatusCode {
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            throw new IllegalArgumentException("class must be 2, 4 or 5: " + statusClass);
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException("subject and detail have one to three digits (RFC 3463 §2)");
        }
    }

    /** Reads a code that fills the whole text; empty where it is none. */
    public static Optional<EnhancedStatusCode> parse(String text) {
        Matcher parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new EnhancedStatusCode(
                        Integer.parseInt(parts.group(1)),
                        Integer.parseInt(parts.group(2)),
                        Integer.parseInt(parts.group(3))))
                : Optional.empty();
    }

    public static EnhancedStatusCode of(int statusClass, int subject, int detail) {
        return new EnhancedStatusCode(statusClass, subject, detail);
    }

    /** The same subject and detail in another class. */
    public EnhancedStatusCode inClass(int otherClass) {
        return new EnhancedStatusCode(otherClass, subject, detail);
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
