package org.recadero.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;

class CommandParserTest {
    @Test
    void readsAllParametersOfMail() {
        assertThat(CommandParser.parse(
                        "mail from:<a@example.org> size=5 BODY=8BITMIME RET=HDRS ENVID=a+2Bb SMTPUTF8 AUTH=<>"))
                .isEqualTo(new Verb.Mail(
                        "a@example.org",
                        new MailOptions(
                                5,
                                BodyType.EIGHT_BIT_MIME,
                                Optional.of("<>"),
                                Optional.of(Envelope.Return.HEADERS),
                                Optional.of("a+b"),
                                true)));
    }

    @Test
    void readsAllParametersOfRcpt() {
        assertThat(CommandParser.parse("RCPT TO:<a@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+40b.example"))
                .isEqualTo(new Verb.Rcpt(
                        "a@b.example",
                        new RecipientOptions(Set.of(Notify.SUCCESS, Notify.DELAY), Optional.of("rfc822;a@b.example"))));
    }

    @Test
    void takesNoOptionForAnAddress() { // Postfix: postconf(5), allow_min_user
        for (String line : List.of("MAIL FROM:<-oQ/tmp@b.example>", "RCPT TO:<\"-x\"@b.example>", "VRFY -x")) {
            assertThat(CommandParser.parse(line)).as(line).isInstanceOf(Verb.Malformed.class);
            assertThat(CommandParser.parse(line, true)).as(line).isNotInstanceOf(Verb.Malformed.class);
        }
    }

    @Test
    void takesQuotesAndRoutesAway() {
        assertThat(PathText.parse("<@a.example,@b.example:\"a \\\"b\"@c.example>"))
                .contains("a \"b@c.example");
        assertThat(PathText.parse("<a@b@c.example>")).contains("a@b@c.example");
        assertThat(PathText.parse("<>")).contains("");
    }

    @Test
    void refusesWhatNoHostCanBe() {
        for (String path : List.of(
                "<a@>",
                "<a@-b.example>",
                "<a@b..example>",
                "<a@192.0.2.1>",
                "<a@[192.0.2.256]>",
                "<a b@c.example>",
                "<a@b.example",
                "<\"a@b.example>",
                "<a\u0001@b.example>",
                "<(a@b.example>")) {
            assertThat(PathText.parse(path)).as(path).isEmpty();
        }
    }

    @Test
    void xtextComesBackAsItWas() {
        String text = "a+b=c d\u00f1";
        assertThat(Xtext.decode(Xtext.encode(text))).contains(text);
        assertThat(Xtext.decode("a+0Ab")).isEmpty();
        assertThat(Xtext.decode("a+4")).isEmpty();
    }
}
