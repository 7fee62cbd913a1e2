package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AuthorTest {
    private static String of(String content) throws IOException {
        return Author.of(new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)))
                .map(Object::toString)
                .orElse("nobody");
    }

    @Test
    void isTheFirstAddressOfTheFromField() throws IOException {
        assertThat(of("To: x@example.org\nFROM: \"Pepe, el de siempre\"\n <pepe@gmail.com>, manolo@example.net\n\nx\n"))
                .isEqualTo("pepe@gmail.com");
    }

    /** RFC 5322 §3.6.6. */
    @Test
    void isWhoSentItOnLast() throws IOException {
        assertThat(
                        of(
                                "Resent-From: pepe@gmail.com\nResent-To: a@b.c\nResent-From: antes@example.org\nFrom: jefe@example.com\n\n"))
                .isEqualTo("pepe@gmail.com");
    }

    @Test
    void isNobodyWhereNoFieldNamesOne() throws IOException {
        assertThat(of("Subject: x\n\nFrom: body@example.org\n")).isEqualTo("nobody");
        assertThat(of("From: undisclosed:;\n\n")).isEqualTo("nobody");
        assertThat(of("From: sin dominio\n\n")).isEqualTo("nobody");
        assertThat(of("")).isEqualTo("nobody");
    }

    @Test
    void isNotLookedForBeyondABoundedHeader() throws IOException {
        String long1 = "X-A: " + "y".repeat(900) + "\n";
        assertThat(of(long1.repeat(400) + "From: pepe@gmail.com\n\n")).isEqualTo("nobody");
        assertThat(of(long1.repeat(100) + "From: pepe@gmail.com\n\n")).isEqualTo("pepe@gmail.com");
    }
}
