package org.recadero.net.sasl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.net.sasl.ClientExchange.Step;

/** SAFETY 29: what is said to log in, against the vectors of the RFCs, and what of a server is not believed. */
class ClientExchangesTest {
    private static final String FIRST_256 =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** What is answered; or «breaks off: » and why. */
    private static String answer(ClientExchange exchange, String challenge) {
        return switch (exchange.answer(utf8(challenge))) {
            case Step.Send(byte[] response) -> text(response);
            case Step.BreakOff(String why) -> "breaks off: " + why;
        };
    }

    private static ScramExchange scram(Mechanism mechanism, String nonce) {
        return new ScramExchange(mechanism, Credentials.ofPassword("user", "pencil"), Optional.empty(), nonce);
    }

    private static ScramExchange scram256() {
        ScramExchange exchange = scram(Mechanism.SCRAM_SHA_256, "rOprNGfwEbeRWgbNEkqO");
        assertThat(exchange.initial().map(ClientExchangesTest::text)).contains("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        return exchange;
    }

    /** RFC 5802 §5. */
    @Test
    void scramSha1AsInItsRfc() {
        ScramExchange exchange = scram(Mechanism.SCRAM_SHA_1, "fyko+d2lbbFgONRv9qkxdawL");
        assertThat(exchange.initial().map(ClientExchangesTest::text)).contains("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        assertThat(answer(exchange, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"))
                .isEqualTo("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
        assertThat(exchange.isServerProved()).isFalse();
        assertThat(answer(exchange, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")).isEmpty();
        assertThat(exchange.isServerProved()).isTrue();
    }

    /** RFC 7677 §3. */
    @Test
    void scramSha256AsInItsRfc() {
        ScramExchange exchange = scram256();
        assertThat(answer(exchange, FIRST_256))
                .isEqualTo("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assertThat(answer(exchange, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
                .isEmpty();
        assertThat(exchange.isServerProved()).isTrue();
    }

    @Test
    void aServerThatDoesNotKnowThePasswordIsNotBelieved() {
        ScramExchange exchange = scram256();
        assertThat(answer(exchange, FIRST_256)).startsWith("c=biws,");
        assertThat(answer(exchange, "v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
                .isEqualTo("breaks off: the server does not know the password itself");
        assertThat(exchange.isServerProved()).isFalse();
    }

    /** Few iterations would let somebody guess the password from our proof; many would keep us busy. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "i=4095",
                "i=1",
                "i=0",
                "i=-4096",
                "i=1000001",
                "i=99999999999",
                "i=",
                "x=4096",
            })
    void scramWithTooFewOrTooManyIterationsIsBrokenOff(String iterations) {
        assertThat(answer(scram256(), FIRST_256.replace("i=4096", iterations)))
                .isEqualTo("breaks off: SCRAM with less than 4096 or more than 1000000 iterations");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // not our nonce, nothing added to it, no salt, an extension that must be understood, no base64
                "r=other%hvYDpWUa2,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=rOprNGfwEbeRWgbNEkqOx,i=4096",
                "m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=rOprNGfwEbeRWgbNEkqOx,s=***,i=4096",
                "",
            })
    void aScramChallengeThatIsNoneIsBrokenOff(String challenge) {
        assertThat(answer(scram256(), challenge)).startsWith("breaks off: a ");
    }

    /** RFC 5802 §5.1. */
    @Test
    void aLoginWithCommaAndEqualsSignIsWrittenSafely() {
        ScramExchange exchange = new ScramExchange(
                Mechanism.SCRAM_SHA_256, Credentials.ofPassword("a=b,c", "x"), Optional.empty(), "nonce");
        assertThat(exchange.initial().map(ClientExchangesTest::text)).contains("n,,n=a=3Db=2Cc,r=nonce");
    }

    /** RFC 2195 §3. */
    @Test
    void cramMd5AsInItsRfc() {
        ClientExchange exchange = new PlainExchanges.CramMd5(Credentials.ofPassword("tim", "tanstaaftanstaaf"));
        assertThat(answer(exchange, "<1896.697170952@postoffice.reston.mci.net>"))
                .isEqualTo("tim b913a602c7eda7a495b4e6e7334d3890");
        assertThat(answer(exchange, "<again@postoffice.reston.mci.net>")).startsWith("breaks off: ");
    }

    /** RFC 4616 §4, and what everybody means by LOGIN. */
    @Test
    void plainAndLogin() {
        Credentials tim = Credentials.ofPassword("tim", "tanstaaftanstaaf");
        assertThat(new PlainExchanges.Plain(tim).initial().map(ClientExchangesTest::text))
                .contains("\0tim\0tanstaaftanstaaf");
        ClientExchange login = new PlainExchanges.Login(tim);
        assertThat(login.initial()).isEmpty();
        assertThat(answer(login, "Username:")).isEqualTo("tim");
        assertThat(answer(login, "Password:")).isEqualTo("tanstaaftanstaaf");
        assertThat(answer(login, "Really?")).startsWith("breaks off: ");
    }

    /** The 334 is the error as JSON: an empty line brings the 535; RFC 7628 §3.2.3 wants a lone ^A. */
    @Test
    void aRefusedTokenIsAcknowledged() {
        Credentials token = new Credentials("pepe@gmail.com", Secret.of("ya29.token"), Credentials.Kind.TOKEN);
        ClientExchange xoauth2 = begin(Mechanism.XOAUTH2, token);
        assertThat(xoauth2.initial().map(ClientExchangesTest::text))
                .contains("user=pepe@gmail.com\1auth=Bearer ya29.token\1\1");
        assertThat(answer(xoauth2, "{\"status\":\"401\"}")).isEmpty();
        assertThat(answer(xoauth2, "{\"status\":\"401\"}")).startsWith("breaks off: ");
        ClientExchange bearer = begin(Mechanism.OAUTHBEARER, token);
        assertThat(bearer.initial().map(ClientExchangesTest::text))
                .contains("n,a=pepe@gmail.com,\1auth=Bearer ya29.token\1\1");
        assertThat(answer(bearer, "{\"status\":\"invalid_token\"}")).isEqualTo("\1");
    }

    private static ClientExchange begin(Mechanism mechanism, Credentials credentials) {
        return mechanism.begin(credentials, new Mechanism.Channel(Optional.empty(), false), new SecureRandom());
    }

    @Test
    void theBestThatBothAllowIsChosen() {
        Credentials password = Credentials.ofPassword("tim", "x");
        assertThat(choose(List.of("LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"), password))
                .contains(Mechanism.SCRAM_SHA_256);
        assertThat(choose(List.of("login", "plain"), password)).contains(Mechanism.PLAIN);
        assertThat(choose(List.of("XOAUTH2"), password))
                .as("a password is no token")
                .isEmpty();
        assertThat(choose(List.of("SCRAM-SHA-256-PLUS"), password))
                .as("nothing to bind to")
                .isEmpty();
        assertThat(Mechanism.choose(
                        List.of("PLAIN", "LOGIN"),
                        m -> true,
                        Set.of("noplaintext"),
                        password,
                        new Mechanism.Channel(Optional.empty(), false)))
                .isEmpty();
    }

    private static Optional<Mechanism> choose(List<String> offered, Credentials credentials) {
        return Mechanism.choose(
                offered, m -> true, Set.of(), credentials, new Mechanism.Channel(Optional.empty(), false));
    }

    /** Any piece of 8 of the secret, plain or in base64 wherever it began. */
    @Test
    void aServerThatRepeatsTheSecretIsMasked() {
        Mask mask = Mask.of(Secret.of("correcto-caballo"));
        mask.addResponse(utf8("\0pepe\0correcto-caballo"));
        assertThat(mask.apply("535 no: correcto-caballo")).isEqualTo("535 no: ****************");
        assertThat(mask.apply("535 cto-caba")).isEqualTo("535 ********");
        assertThat(mask.apply("535 cto-cab")).as("seven are no piece").isEqualTo("535 cto-cab");
        for (String before : List.of("", "x", "xx", "\0pepe\0", "\0pepe@gmail.com\0", "user=pepe\1auth=Bearer ")) {
            String encoded = java.util.Base64.getEncoder().encodeToString(utf8(before + "correcto-caballo y mas"));
            String masked = mask.apply("535 said " + encoded);
            assertThat(masked).as(before).contains("********");
            assertThat(decodedPieces(masked)).as(before).noneMatch(p -> p.contains("recto-cab"));
        }
        assertThat(mask.apply("535 5.7.8 Error: authentication failed"))
                .isEqualTo("535 5.7.8 Error: authentication failed");
        assertThat(Mask.none().apply("535 correcto-caballo")).isEqualTo("535 correcto-caballo");
    }

    /** What somebody could still decode of a masked line. */
    private static List<String> decodedPieces(String masked) {
        return java.util.Arrays.stream(masked.split("[* ]+", -1))
                .flatMap(p -> java.util.stream.IntStream.range(0, 4)
                        .filter(from -> p.length() - from >= 4)
                        .mapToObj(from -> p.substring(from, from + (p.length() - from) / 4 * 4)))
                .filter(p -> p.matches("[A-Za-z0-9+/]+"))
                .map(p -> text(java.util.Base64.getDecoder().decode(p)))
                .toList();
    }
}
