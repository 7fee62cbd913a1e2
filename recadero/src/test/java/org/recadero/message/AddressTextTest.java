package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressTextTest {
    @Test
    void quotesWhatMustBeQuoted() { // RFC 5321 §4.1.2
        assertThat(AddressText.external("a.b@c")).isEqualTo("a.b@c");
        assertThat(AddressText.external("a b@c")).isEqualTo("\"a b\"@c");
        assertThat(AddressText.external("a..b@c")).isEqualTo("\"a..b\"@c");
        assertThat(AddressText.external("a\"\\@b@c")).isEqualTo("\"a\\\"\\\\@b\"@c");
        assertThat(AddressText.external("@c")).isEqualTo("\"\"@c");
        assertThat(AddressText.external("")).isEqualTo("\"\"");
        assertThat(AddressText.external("peña")).isEqualTo("peña");
        assertThat(AddressText.external("@r:a b@c")).isEqualTo("@r:\"a b\"@c");
    }

    @Test
    void unquotesWhatItQuoted() {
        for (String internal : new String[] {"a b@c", "a\"\\@b@c", "a..b", "peña@d.example", "x@[127.0.0.1]"}) {
            assertThat(AddressText.internal(AddressText.external(internal))).isEqualTo(internal);
        }
    }

    @Test
    void quotesAPhraseWithSpecialCharacters() { // RFC 5322 §3.2.3
        assertThat(AddressText.phrase("Usuario Uno")).isEqualTo("Usuario Uno");
        assertThat(AddressText.phrase("J. \"Q\" P")).isEqualTo("\"J. \\\"Q\\\" P\"");
        assertThat(AddressText.phrase("José")).isEqualTo("José");
    }
}
