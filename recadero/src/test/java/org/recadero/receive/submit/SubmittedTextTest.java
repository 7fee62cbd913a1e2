package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each expectation was seen with Postfix 3.7.11's sendmail. */
class SubmittedTextTest {
    private int dots;

    private String read(String input, boolean dotEnds) throws IOException {
        InputStream text = new SubmittedText(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)), dotEnds, () -> dots++);
        return new String(text.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void dropsFromLinesInFront() throws IOException {
        assertThat(read("From usuario Tue\n>>From x\nSubject: a\r\n\r\nb\r\r\n.\r\nc\n", true))
                .isEqualTo("Subject: a\n\nb\n");
        assertThat(read("From x\n\nFrom y\n", true)).isEqualTo("\nFrom y\n");
        assertThat(read(">From x\nSubject: s\n\n", true)).isEqualTo("Subject: s\n\n");
    }

    @Test
    void keepsAFromLineWithoutItsEndOrThatIsTooLong() throws IOException {
        assertThat(read("From x", true)).isEqualTo("From x");
        String longLine = "From " + "x".repeat(5000) + "\n";
        assertThat(read(longLine + "a\n", true)).isEqualTo(longLine + "a\n");
    }

    @Test
    void endsAtASingleDot() throws IOException {
        assertThat(read("Subject: a\n\nb\n.\nc\n", true)).isEqualTo("Subject: a\n\nb\n");
        assertThat(dots).isEqualTo(1);
        assertThat(read(".\nz\n", true)).isEmpty();
        assertThat(read("x\r\ny\n.\r\nz\n", true)).isEqualTo("x\ny\n");
        assertThat(read("b\n.", true)).isEqualTo("b\n");
    }

    @Test
    void readsOverADotWhenToldTo() throws IOException {
        assertThat(read("b\n.\nc\n", false)).isEqualTo("b\n.\nc\n");
    }

    @Test
    void takesOtherDotsAsText() throws IOException {
        assertThat(read("..\n.a\na.\n. \n", true)).isEqualTo("..\n.a\na.\n. \n");
        assertThat(read(".\r", true)).isEqualTo(".\r");
        assertThat(read("\r.\nz\n", true)).isEqualTo("\r.\nz\n");
        assertThat(read(".\rx\n", true)).isEqualTo(".\rx\n");
    }

    @Test
    void dropsCarriageReturnsBeforeLineEndsOnly() throws IOException {
        assertThat(read("a\r\r\nb\rc\n", true)).isEqualTo("a\nb\rc\n");
    }

    @Test
    void passesAllOctets() throws IOException {
        assertThat(read("Subject: a\n\nb\0c\377\n", true)).isEqualTo("Subject: a\n\nb\0c\377\n");
    }

    @Test
    void readsTheSameInAnyPieces() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            StringBuilder input = new StringBuilder();
            for (int i = 0; i < 60; i++) {
                input.append(new String[] {"\r", "\n", ".", "x", ">", "From ", "\n.\n"}[random.nextInt(7)]);
            }
            byte[] octets = input.toString().getBytes(StandardCharsets.ISO_8859_1);
            InputStream dribble = new InputStream() {
                private int at;

                @Override
                public int read() {
                    return at < octets.length ? octets[at++] & 0xff : -1;
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    if (at == octets.length) {
                        return -1;
                    }
                    into[offset] = octets[at++];
                    return 1;
                }
            };
            String whole = read(input.toString(), true);
            String pieces =
                    new String(new SubmittedText(dribble, true, () -> {}).readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(pieces).isEqualTo(whole);
        }
    }

    @Test
    void holdsManyCarriageReturnsAsANumber() throws IOException {
        InputStream endless = new InputStream() {
            private long left = 50L << 20;

            @Override
            public int read() {
                return left-- > 0 ? '\r' : -1;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (left <= 0) {
                    return -1;
                }
                java.util.Arrays.fill(into, offset, offset + length, (byte) '\r');
                left -= length;
                return length;
            }
        };
        assertThat(new SubmittedText(endless, true, () -> {}).transferTo(OutputStream.nullOutputStream()))
                .isGreaterThanOrEqualTo(50L << 20);
    }

    /** SAFETY 22: what follows the dot is still read to the end frame, and a wrong one still counts. */
    @Test
    void seesAWrongEndBehindTheDot() throws IOException {
        FrameReader frames = new FrameReader(new Fakes.ClientBytes().data("a\n.\nrest").endWrongly().stream());
        InputStream text = new SubmittedText(new FramedContent(frames), true, () -> {});
        assertThatThrownBy(text::readAllBytes).isInstanceOf(ProtocolException.class);
    }
}
