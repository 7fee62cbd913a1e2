package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** RFC 2046 §5.1; what a hostile sender may try to hide behind. */
class MimePartsTest {
    /** Writes down what it is told: P part field, M inner message's field, | line, ~ piece of a line, ! too deep. */
    private static final class Told implements MimeParts.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void field(MimeParts.Place place, byte[] bytes, int nameLength, int length) {
            String field = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            text.append(place == MimeParts.Place.PART ? "P " : "M ")
                    .append(field)
                    .append('\n');
        }

        @Override
        public void body(byte[] bytes, int offset, int length, boolean begins, boolean ends, long at) {
            text.append(ends ? "| " : "~ ").append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
            text.append('\n');
        }

        @Override
        public void tooDeep(byte[] field, int length) {
            text.append("!\n");
        }
    }

    private static String told(String contentType, String body, int step, int lineBytes) {
        Told told = new Told();
        MimeParts parts = new MimeParts(new MimeParts.Limits(40, lineBytes, 100, 70, true), told);
        byte[] field = ("Content-Type: " + contentType).getBytes(StandardCharsets.ISO_8859_1);
        parts.ownField(field, "Content-Type".length(), field.length);
        byte[] bytes = ("\n" + body).getBytes(StandardCharsets.ISO_8859_1);
        try {
            for (int i = 0; i < bytes.length; i += step) {
                parts.feed(bytes, i, Math.min(step, bytes.length - i));
            }
            parts.finish();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return told.text.toString();
    }

    private static String told(String contentType, String body) {
        String whole = told(contentType, body, Integer.MAX_VALUE / 2, 1_000);
        for (int step = 1; step < 12; step++) {
            assertThat(told(contentType, body, step, 1_000)).isEqualTo(whole);
        }
        return whole;
    }

    @Test
    void findsPartsAndWhatIsInThem() {
        assertThat(told(
                        "multipart/mixed; boundary=a",
                        "x: no field\n--a\nX: y\n z\nB  : c\n\nbody\n--a\nnot a field\nX: body\n--a--\nX: body\n"))
                .isEqualTo("""
                        |\s
                        | x: no field
                        | --a
                        P X: y
                         z
                        P B: c
                        |\s
                        | body
                        | --a
                        | not a field
                        | X: body
                        | --a--
                        | X: body
                        """);
    }

    @Test
    void partsOfADigestAreMessages() {
        assertThat(told("multipart/digest; boundary=a", "--a\n\nSubject: x\n\nz\n"))
                .isEqualTo("| \n| --a\n| \nM Subject: x\n| \n| z\n");
    }

    @Test
    void anOuterBoundaryEndsInnerMultiparts() {
        String inner = "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX: 1\n\n--a\nX: 2\n\n--b\nX: 3\n";
        assertThat(told("multipart/mixed; boundary=a", inner)).isEqualTo("""
                        |\s
                        | --a
                        P Content-Type: multipart/mixed; boundary=
                        |\s
                        | --b
                        | X: 1
                        |\s
                        | --a
                        P X: 2
                        |\s
                        | --b
                        | X: 3
                        """);
        String shorter = inner.replace("multipart/mixed; boundary", "multipart/m;boundary");
        assertThat(told("multipart/mixed; boundary=a", shorter))
                .contains("| --b\nP X: 1\n")
                .contains("| --b\n| X: 3\n");
    }

    @Test
    void boundariesAreFoundHoweverTheyAreWritten() {
        for (String type : new String[] {
            "multipart/mixed; boundary=\"a\"",
            "MULTIPART/x (c (c) \\) c) ; x=y;\n\tBoundary (c) = \"\\a\"",
            "multipart; boundary=a",
            "multipart/mixed; boundary=b; boundary=a",
            "multipart/mixed; boundary=a; boundary=b"
        }) {
            assertThat(told(type, "--a tail\nX: 1\n\n")).as(type).contains("P X: 1\n");
        }
        for (String type :
                new String[] {"text/plain; boundary=a", "", "; boundary=a", "multipart/mixed; xboundary=a"}) {
            assertThat(told(type, "--a\nX: 1\n\n")).as(type).contains("| X: 1\n");
        }
    }

    @Test
    void longLinesComeInPiecesAndABoundaryIsNoneInTheirMiddle() {
        for (int step = 1; step < 12; step++) {
            assertThat(told("multipart/mixed; boundary=a", "12345678--a\nX: 1\n12345678\n123456789\n", step, 8))
                    .isEqualTo("| \n~ 12345678\n| --a\n| X: 1\n| 12345678\n~ 12345678\n| 9\n");
        }
    }
}
