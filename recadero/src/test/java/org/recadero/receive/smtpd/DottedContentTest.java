package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DottedContentTest {
    /** Gives what it has in pieces of random size. */
    private static InputStream pieces(String text, Random random) {
        ByteArrayInputStream all = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
        return new InputStream() {
            @Override
            public int read() {
                return all.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return all.read(into, offset, Math.min(length, 1 + random.nextInt(5)));
            }
        };
    }

    private static String content(Wire wire) throws IOException {
        DottedContent content = new DottedContent(wire, (size, bare) -> {});
        return new String(content.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static String content(String sent) throws IOException {
        return content(new Wire(pieces(sent, new Random(1)), OutputStream.nullOutputStream()));
    }

    @Test
    void takesOneDotAway() throws IOException {
        assertThat(content("a\r\n..\r\n..b\r\n.c\r\n.\r\n")).isEqualTo("a\r\n.\r\n.b\r\nc\r\n");
        assertThat(content(".\r\n")).isEmpty();
    }

    /** SMTP smuggling: whatever the line ends, only CRLF.CRLF is the end, and no other lonely dot goes on. */
    @Test
    void endsAtNothingButADotBetweenTwoCrLf() throws IOException {
        for (String lookalike :
                new String[] {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r\n.\0\r\n"}) {
            String sent = "a" + lookalike + "smuggled\r\n.\r\n";
            assertThat(content(sent)).as(lookalike).contains("smuggled").doesNotContain("\r\n.\r\n");
        }
    }

    @Test
    void isLostWhereTheEndIsMissing() {
        assertThatThrownBy(() -> content("a\r\n.")).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> content("a\r\n.\n")).isInstanceOf(EOFException.class);
    }

    /** Seeded fuzzing against a reference that looks at the whole text. */
    @Test
    void agreesWithAReferenceForAnyInput() throws IOException {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            StringBuilder sent = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                sent.append("\r\n..ab".charAt(random.nextInt(6)));
            }
            sent.append("\r\n.\r\n");
            String text = sent.toString();
            int end = ("\r\n" + text).indexOf("\r\n.\r\n");
            Wire wire = new Wire(pieces(text + "NOOP\r\n", random), OutputStream.nullOutputStream());
            String got = content(wire);
            assertThat(got).as("seed " + seed).isEqualTo(reference(text.substring(0, end)));
            String rest = text.substring(end + 3);
            assertThat(rest.isEmpty() ? wire.line(100).map(Wire.Line::text) : Optional.of("NOOP"))
                    .as("seed " + seed)
                    .contains("NOOP");
        }
    }

    /** Lines by LF; a dot in front goes; a line of a dot alone, with or without CR, goes as a whole. */
    private static String reference(String text) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int lf = text.indexOf('\n', at);
            int next = lf < 0 ? text.length() : lf + 1;
            String line = text.substring(at, next);
            if (!line.equals(".\n") && !line.equals(".\r\n")) {
                out.append(line.startsWith(".") ? line.substring(1) : line);
            }
            at = next;
        }
        return out.toString();
    }
}
