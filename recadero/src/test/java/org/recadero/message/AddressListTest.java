package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class AddressListTest {
    private static List<ParsedAddress> parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return AddressList.parse(bytes, 0, bytes.length, Integer.MAX_VALUE);
    }

    @Test
    void findsAddressesInListsGroupsPhrasesAndRoutes() { // RFC 5322 §3.4
        assertThat(AddressList.internalForms("Friends: a@b, \"X, Y\" <c@d> (e);, f (g) @h, <@r,@s:i@j>, k l"))
                .containsExactly("a@b", "c@d", "f@h", "@r, @s:i@j", "k", "l");
    }

    @Test
    void findsNobodyInAnEmptyGroupOrBrackets() {
        assertThat(AddressList.internalForms("undisclosed-recipients:;")).isEmpty();
        assertThat(AddressList.internalForms("<>")).isEmpty();
        assertThat(AddressList.internalForms("(a comment), , ")).isEmpty();
    }

    @Test
    void takesPhrasesWithAnythingInThem() {
        assertThat(AddressList.internalForms("foo@bar.com <usuario>")).containsExactly("usuario");
        assertThat(AddressList.internalForms("J. Q. \"x\" Public <jp>, b c@d <e>"))
                .containsExactly("jp", "e");
    }

    @Test
    void unquotesAndKeepsUtf8() {
        assertThat(AddressList.internalForms("\"a \\\" b\"@c, us\\uario, peña@example.net"))
                .containsExactly("a \" b@c", "usuario", "peña@example.net");
    }

    @Test
    void saysWhereAnAddressStoodAndWhichCommentsWereInside() {
        ParsedAddress address = parse(" x <a (c(d)) @ b> (e)").getFirst();
        assertThat(address.start()).isEqualTo(4);
        assertThat(address.end()).isEqualTo(16);
        assertThat(address.comments()).containsExactly("(c(d))");
    }

    @Test
    void leavesAListOverTheTokenLimitAlone() {
        byte[] text = "a, b, c".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(AddressList.parse(text, 0, text.length, 5)).hasSize(3);
        assertThat(AddressList.parse(text, 0, text.length, 4)).isEmpty();
    }

    @Test
    void needsLinearTimeForHostileFields() {
        Assertions.assertTimeout(Duration.ofSeconds(8), () -> {
            for (String piece :
                    List.of("(", ")", "<", ">", "<>", ";", ":", ":;", ",", "a ", "\"", "\\", "a(b)c,", "a;:<b>", "[")) {
                parse(piece.repeat(100_000 / piece.length()));
            }
        });
    }

    @Test
    void survivesRandomTexts() {
        Random random = new Random(11);
        String alphabet = "ab.@%!:;,<>()[]\"\\ \t\n|\0\u00e9";
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(30);
            for (int i = 0; i < length; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String list = text.toString();
            assertThatCode(() -> checkPlaces(list)).as(list).doesNotThrowAnyException();
        }
    }

    private static void checkPlaces(String list) {
        int last = 0;
        for (ParsedAddress address : parse(list)) {
            assertThat(address.start()).isGreaterThanOrEqualTo(last);
            assertThat(address.end()).isGreaterThan(address.start()).isLessThanOrEqualTo(list.length());
            assertThat(address.missingCommaAt()).isLessThanOrEqualTo(address.start());
            last = address.end();
            AddressText.internal(AddressText.external(address.text()));
        }
    }
}
