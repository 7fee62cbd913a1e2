package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageScannerTest {
    private static final int LIMIT = 102_400;

    /** What came, in one text: fields, a mark at the header's end, the body. */
    private static final class Heard implements MessageScanner.Listener {
        final List<String> fields = new ArrayList<>();
        final StringBuilder body = new StringBuilder();
        int headerEnds;
        boolean truncated;

        @Override
        public void field(byte[] bytes, int nameLength, int length, boolean cut) {
            assertThat(headerEnds).isZero();
            assertThat(nameLength).isPositive();
            fields.add(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
            truncated |= cut;
        }

        @Override
        public void headerEnd() {
            headerEnds++;
        }

        @Override
        public void body(byte[] bytes, int offset, int length) {
            assertThat(headerEnds).isEqualTo(1);
            body.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
        }
    }

    private static Heard scan(byte[] message, int chunk, int fieldLimit) {
        Heard record = new Heard();
        MessageScanner scanner = new MessageScanner(fieldLimit, 2048, true, record);
        try {
            for (int i = 0; i < message.length; i += chunk) {
                scanner.feed(message, i, Math.min(chunk, message.length - i));
            }
            scanner.finish();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(record.headerEnds).isEqualTo(1);
        return record;
    }

    private static Heard scan(String message) {
        return scan(message.getBytes(StandardCharsets.ISO_8859_1), 4096, LIMIT);
    }

    @Test
    void keepsFoldingAndJoinsNameAndColon() {
        Heard record = scan("Subject : a\n b\r\n\tc\nX:y\n\nbody");
        assertThat(record.fields).containsExactly("Subject: a\n b\n\tc", "X:y");
        assertThat(record.body).hasToString("\nbody\n");
    }

    @Test
    void putsAnEmptyLineBeforeALineThatIsNoField() {
        assertThat(scan("A: b\nno field\nC: d\n").body).hasToString("\nno field\nC: d\n");
        assertThat(scan(" blank first\n").body).hasToString("\n blank first\n");
    }

    @Test
    void cutsAFieldAtTheLimitAsPostfixDoes() {
        Heard record = scan("Subject: " + "y".repeat(150_000) + "\nX: b\n\nend\n");
        assertThat(record.truncated).isTrue();
        assertThat(record.fields.getFirst()).hasSize(LIMIT);
        assertThat(record.fields).hasSize(2);
    }

    @Test
    void cutsAFoldedFieldAtALinesEndAsPostfixDoes() {
        StringBuilder message = new StringBuilder("X-Big: a\n");
        for (int i = 0; i < 1500; i++) {
            message.append(' ')
                    .append(String.format("%04d", i))
                    .append(' ')
                    .append("z".repeat(90))
                    .append('\n');
        }
        Heard record = scan(message + "X: b\n\n");
        assertThat(record.fields.getFirst()).endsWith("\n 1054 " + "z".repeat(90));
        assertThat(record.truncated).isTrue();
        assertThat(record.fields.getLast()).isEqualTo("X: b");
    }

    @Test
    void holdsOneFieldOfALineWithoutEnd() throws IOException {
        Heard record = new Heard();
        MessageScanner scanner = new MessageScanner(1000, 2048, true, record);
        scanner.feed("X: ".getBytes(StandardCharsets.ISO_8859_1), 0, 3);
        byte[] more = new byte[1 << 20];
        for (int i = 0; i < 64; i++) {
            scanner.feed(more, 0, more.length);
        }
        scanner.finish();
        assertThat(record.fields).containsExactly("X: ");
        assertThat(record.truncated).isTrue();
    }

    @Test
    void givesTheSameWhateverTheChunks() {
        Random random = new Random(42);
        String alphabet = "ab: \t\r\n\n\n>From.\0\u00e9,<@";
        for (int round = 0; round < 3_000; round++) {
            byte[] message = new byte[random.nextInt(120)];
            for (int i = 0; i < message.length; i++) {
                message[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            int limit = 5 + random.nextInt(60);
            Heard whole = scan(message, 4096, limit);
            Heard pieces = scan(message, 1 + random.nextInt(5), limit);
            assertThat(pieces.fields).isEqualTo(whole.fields);
            assertThat(pieces.body.toString()).isEqualTo(whole.body.toString());
            assertThat(pieces.truncated).isEqualTo(whole.truncated);
            assertThat(whole.body.indexOf("\r")).isEqualTo(-1);
        }
    }

    @Test
    void survivesRandomBytes() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            byte[] message = new byte[random.nextInt(6_000)];
            random.nextBytes(message);
            scan(message, 1 + random.nextInt(3_000), 1 + random.nextInt(200));
        }
    }
}
