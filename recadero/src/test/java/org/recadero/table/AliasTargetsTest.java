package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.recadero.table.AliasTargets.Target;

/** What Postfix 3.7.11's local(8) made of these right-hand sides. */
class AliasTargetsTest {
    private static Target mail(String address) {
        return new Target.Mail(address);
    }

    private static void parses(String value, Target... targets) {
        assertThat(AliasTargets.parse(value)).as(value).containsExactly(targets);
    }

    @Test
    void readsAddresses() {
        parses("usuario otro nadie", mail("usuario"), mail("otro"), mail("nadie"));
        parses(
                "(hello) usuario (c), Full Name <usr@example.com>, more",
                mail("usuario"),
                mail("usr@example.com"),
                mail("more"));
        parses("friends:a, b;, c", mail("a"), mail("b"), mail("c"));
        parses("\"john doe\"@example.com, \"john doe\"", mail("john doe@example.com"), mail("john doe"));
        parses("a;b", mail("a"), mail("b"));
        parses("a b@c d", mail("a"), mail("b@c"), mail("d"));
        parses("\"a,b\"", mail("a,b"));
        parses("a@[1.2.3.4], a . b @ c . d", mail("a@[1.2.3.4]"), mail("a.b@c.d"));
        parses("a <b>c", mail("b"), mail("c"));
        parses("\\usuario", mail("usuario"));
    }

    @Test
    void readsCommandsFilesAndIncludes() {
        parses("\"|/bin/echo \\\"q\\\" 'a b'\"", new Target.Command("/bin/echo \"q\" 'a b'"));
        parses("|/bin/echo hi", new Target.Command("/bin/echo"), mail("hi"));
        parses("/tmp/x y", new Target.File("/tmp/x"), mail("y"));
        parses("\"/tmp/with space\"", new Target.File("/tmp/with space"));
        parses("/tmp/f@example.com", new Target.File("/tmp/f@example.com"));
        parses("<|/bin/x>, </tmp/f2>", new Target.Command("/bin/x"), new Target.File("/tmp/f2"));
        parses(":include:/tmp/inc, usuario", new Target.Include("/tmp/inc"), mail("usuario"));
        parses("\":include:/tmp/inc\"", new Target.Include("/tmp/inc"));
        parses(":Include: /tmp/inc", new Target.Include("/tmp/inc"));
        parses(":foo:bar, x", mail(":foo:bar"), mail("x"));
    }

    @Test
    void namesNobody() {
        assertThat(AliasTargets.parse("")).isEmpty();
        assertThat(AliasTargets.parse(" , ,")).isEmpty();
        assertThat(AliasTargets.parse("(just a comment)")).isEmpty();
    }

    @Test
    void endsOnAnyText() {
        Random random = new Random(3);
        String letters = "ab\\\"(){}[]<>@,;:|/ \t\u00e9\u0000";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            assertThat(AliasTargets.parse(text.toString())).hasSizeLessThan(60);
        }
        assertThat(AliasTargets.parse("(".repeat(200_000))).isEmpty();
        assertThat(AliasTargets.parse("a,".repeat(100_000))).hasSize(100_000);
        String tooLong = "a".repeat(AliasTargets.MOST_CHARS + 1);
        assertThatThrownBy(() -> AliasTargets.parse(tooLong)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatPostaliasStoresMeansTheSameAsTheLine() {
        Random random = new Random(5);
        List<String> pieces = List.of(
                "a", "b@c", "\"x y\"", ",", " ", "\\u", "(c)", "<d>", "\"|cmd arg\"", "/file", ":include:/i", ";");
        for (int i = 0; i < 5_000; i++) {
            StringBuilder line = new StringBuilder();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                line.append(pieces.get(random.nextInt(pieces.size())));
            }
            String stored = AliasTokens.external(AliasTokens.scan(line.toString()));
            assertThat(AliasTargets.parse(stored))
                    .as("%s as %s", line, stored)
                    .isEqualTo(AliasTargets.parse(line.toString()));
        }
    }
}
