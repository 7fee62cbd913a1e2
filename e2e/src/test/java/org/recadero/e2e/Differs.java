package org.recadero.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A known difference from Postfix, on purpose or for want of a feature. Each that a test meets is printed, and kept in {@code target/differs.txt}
 * for {@code ./test}, which counts them: none is silent.
 *
 * @param why with the decision or the issue that it comes from
 * @param ours what the product gives in Postfix's stead: a third answer fails the test
 */
record Differs(String why, String ours) {
    private static final Path LIST = Path.of("target", "differs.txt");

    /** Fails where the product gives anything but {@link #ours}, and where Postfix gives the same: then nothing differs. */
    void check(String what, String subject, String reference) {
        if (!subject.equals(ours)) {
            throw new AssertionError("DIFFERS: " + what + ": expected\n" + ours + "\nbut was\n" + subject);
        }
        if (subject.equals(reference)) {
            throw new AssertionError("no difference any more: " + what + " (" + why + ")");
        }
        note(what, why);
    }

    /** A difference that the test allows for in another way. */
    static synchronized void note(String what, String why) {
        String line = "DIFFERS: " + what + ": " + why;
        System.out.println(line);
        try {
            Files.createDirectories(LIST.getParent());
            Files.writeString(
                    LIST, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is anything to differ: not where Postfix itself is the subject. */
    static boolean applies() {
        return Mta.subject() == Mta.RECADERO;
    }
}
