package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Postfix: split_addr(3). */
class RecipientDelimiterTest {
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
    void anExtensionIsBehindTheFirstDelimiter(String local, String characters, String base) {
        assertThat(new RecipientDelimiter(characters, "double-bounce", true)
                        .withoutExtension(local)
                        .orElse(""))
                .isEqualTo(base);
    }

    /** Postfix: postconf(5), owner_request_special; seen with 3.7.11. */
    @ParameterizedTest
    @CsvSource({
        "owner-lista, owner",
        "Owner-lista, Owner",
        "usuario-request, usuario",
        "usuario-REQUEST, usuario",
        "mailer-daemon, ''",
        "double-bounce, ''",
    })
    void ownersAndRequestsAreTakenApartWhereTheyAreNothingSpecial(String local, String base) {
        assertThat(new RecipientDelimiter("-", "double-bounce", false)
                        .withoutExtension(local)
                        .orElse(""))
                .isEqualTo(base);
    }
}
