package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 2045 §6.7, RFC 6152 §3. */
class SevenBitContentTest {
    private static String converted(byte[] content) throws IOException {
        try (InputStream in = SevenBitContent.of(() -> new ByteArrayInputStream(content))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String converted(String content) throws IOException {
        return converted(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void encodesABodyThatIsLabelled() throws IOException {
        assertThat(converted("""
                        MIME-Version: 1.0
                        Content-Type: text/plain; charset=utf-8
                        Content-Transfer-Encoding: 8bit
                        Subject: x

                        señal = ñ\s
                        .
                        fin
                        """)).isEqualTo("""
                        MIME-Version: 1.0
                        Content-Type: text/plain; charset=utf-8
                        Subject: x
                        Content-Transfer-Encoding: quoted-printable

                        se=C3=B1al =3D =C3=B1=20
                        .
                        fin
                        """);
    }

    /** RFC 1428 §3. */
    @Test
    void describesABodyThatNobodyDescribed() throws IOException {
        assertThat(converted("Subject: x\n\nseñal\n")).isEqualTo("""
                        Subject: x
                        MIME-Version: 1.0
                        Content-Type: text/plain; charset=utf-8
                        Content-Transfer-Encoding: quoted-printable

                        se=C3=B1al
                        """);
        assertThat(converted("Subject: x\n\nse\u00f1al\n".getBytes(StandardCharsets.ISO_8859_1)))
                .contains("charset=unknown-8bit", "se=F1al");
    }

    @Test
    void leavesWhatIsAsciiAlone() throws IOException {
        String plain = "Subject: x\nContent-Transfer-Encoding: 7bit\n\nhola = \n\nx";
        assertThat(converted(plain)).isEqualTo(plain);
        String header = "Subject: señal\n\nhola\n";
        assertThat(converted(header)).isEqualTo(header);
        assertThat(converted("")).isEmpty();
        assertThat(converted("Subject: x\n")).isEqualTo("Subject: x\n");
        String encoded = "Content-Transfer-Encoding: base64\n\nñ\n";
        assertThat(converted(encoded)).isEqualTo(encoded);
    }

    @Test
    void encodesEachPartThatNeedsItAndNoOther() throws IOException {
        assertThat(converted("""
                        MIME-Version: 1.0
                        Content-Type: multipart/mixed;
                         boundary="b=1"
                        Content-Transfer-Encoding: 8bit

                        preámbulo
                        --b=1
                        Content-Type: text/plain

                        ascii =
                        --b=1
                        Content-Type: multipart/alternative; boundary=dos

                        --dos
                        Content-Type: text/html; charset=utf-8
                        Content-Transfer-Encoding: 8bit

                        <p>ñ
                        --dos--
                        --b=1
                        Content-Type: message/rfc822
                        Content-Transfer-Encoding: 8bit

                        Subject: dentro

                        ñ
                        --b=1--
                        epílogo
                        """)).isEqualTo("""
                        MIME-Version: 1.0
                        Content-Type: multipart/mixed;
                         boundary="b=1"
                        Content-Transfer-Encoding: 7bit

                        preámbulo
                        --b=1
                        Content-Type: text/plain

                        ascii =
                        --b=1
                        Content-Type: multipart/alternative; boundary=dos

                        --dos
                        Content-Type: text/html; charset=utf-8
                        Content-Transfer-Encoding: quoted-printable

                        <p>=C3=B1
                        --dos--
                        --b=1
                        Content-Type: message/rfc822
                        Content-Transfer-Encoding: 7bit

                        Subject: dentro
                        MIME-Version: 1.0
                        Content-Type: text/plain; charset=utf-8
                        Content-Transfer-Encoding: quoted-printable

                        =C3=B1
                        --b=1--
                        epílogo
                        """);
    }

    @Test
    void noLineIsOver76AndNothingIsLost() throws IOException {
        String body = ("ñ ".repeat(3_000) + "\n\t\n").repeat(3) + "sin fin de línea ";
        String text = converted("Subject: x\n\n" + body);
        String encoded = text.substring(text.indexOf("\n\n") + 2);
        assertThat(encoded.lines()).allMatch(l -> l.length() <= 76).noneMatch(l -> l.endsWith(" ") || l.endsWith("\t"));
        assertThat(decoded(encoded)).isEqualTo(body);
    }

    /** Whatever comes: it ends, and what is in no body part of a message stays as it was. */
    @Test
    void takesAnyBytes() throws IOException {
        Random random = new Random(4);
        String[] words = {
            "--b",
            "--b--",
            "\n",
            "\n\n",
            "Content-Type: multipart/mixed; boundary=b\n",
            "ñ",
            " ",
            "Content-Type: message/rfc822\n",
            "Content-Type: multipart/digest; boundary=b\n",
            "=",
            "\0",
            "Content-Transfer-Encoding: 8bit\n",
            "x".repeat(5_000)
        };
        for (int run = 0; run < 500; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                text.append(words[random.nextInt(words.length)]);
            }
            assertThat(converted(text.toString())).as("run %d", run).isNotEmpty();
        }
    }

    private static String decoded(String encoded) {
        String joined = encoded.replace("=\n", "");
        byte[] out = new byte[joined.length()];
        int length = 0;
        for (int i = 0; i < joined.length(); i++) {
            if (joined.charAt(i) == '=') {
                out[length++] = (byte) Integer.parseInt(joined.substring(i + 1, i + 3), 16);
                i += 2;
            } else {
                out[length++] = (byte) joined.charAt(i);
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }
}
