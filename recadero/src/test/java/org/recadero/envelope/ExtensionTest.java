package org.recadero.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Postfix: split_addr(3). */
class ExtensionTest {
    @ParameterizedTest
    @CsvSource({
        "usuario+lista, +, usuario",
        "usuario+a+b, +, usuario",
        "+usuario, +, ''",
        "usuario, +, ''",
        "usuario-a+b, +-, usuario",
        "usuario+, +, usuario",
        "owner-lista, -, ''",
        "Owner-lista, -, ''",
        "lista-request, -, ''",
        "owner-lista, +, ''",
        "owner+lista, +, owner",
        "double-bounce, -, ''",
        "Double-Bounce, -, ''",
        "mailer-daemon, -, ''",
        "post-master, -, post",
    })
    void anExtensionIsBehindTheFirstDelimiter(String local, String delimiters, String base) {
        assertThat(LocalPart.withoutExtension(local, delimiters, "double-bounce")
                        .orElse(""))
                .isEqualTo(base);
    }
}
