package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MainCfTest {
    private static final Path FILE = Path.of("/cfg/main.cf");

    private static MainCf parse(String text) throws ConfigurationException {
        return MainCf.parse(FILE, text);
    }

    private static String value(String text, String name) throws ConfigurationException {
        MainCf.Entry entry = parse(text).entries().get(name);
        return entry == null ? "(none)" : entry.value();
    }

    @Test
    void joinsLinesThatBeginWithABlank() throws ConfigurationException {
        assertThat(value("a = b\n  c\n\td\n", "a")).isEqualTo("b  c\td");
    }

    @Test
    void skipsCommentsAndEmptyLinesInsideAContinuation() throws ConfigurationException {
        assertThat(value("a = b\n# x\n\n   # y\n   \n c\n", "a")).isEqualTo("b c");
    }

    @Test
    void takesAHashBehindTextAsText() throws ConfigurationException {
        assertThat(value("x = 1h # c\n", "x")).isEqualTo("1h # c");
    }

    @Test
    void letsTheLastOfTwoWinAndWarnsOnce() throws ConfigurationException {
        MainCf file = parse("relayhost =\nx = 1\nrelayhost = [a]\n");
        assertThat(file.entries().get("relayhost").value()).isEqualTo("[a]");
        assertThat(file.entries().get("relayhost").source()).isEqualTo(new SourceLine(FILE, 3));
        assertThat(file.warnings()).containsExactly("/cfg/main.cf, line 3: overriding earlier entry: relayhost=");
    }

    @Test
    void namesTheFirstLineOfAnEntry() throws ConfigurationException {
        assertThat(parse("\n# c\na = b\n  c\nd = e").entries().get("a").source().line())
                .isEqualTo(3);
        assertThat(parse("\n# c\na = b\n  c\nd = e").entries().get("d").source().line())
                .isEqualTo(5);
    }

    @Test
    void refusesALineWithoutEquals() {
        assertThatThrownBy(() -> parse("a = b\n\njunk here\n  more\n"))
                .hasMessage("/cfg/main.cf, line 3: missing '=' after attribute name: \"junk here  more\"");
        assertThatThrownBy(() -> parse("= b\n")).hasMessage("/cfg/main.cf, line 1: missing attribute name: \"= b\"");
        assertThatThrownBy(() -> parse("x y = 3\n"))
                .hasMessageContaining("missing '=' after attribute name: \"x y = 3\"");
    }

    @Test
    void passesOverALeadingLineThatContinuesNothing() throws ConfigurationException {
        MainCf file = parse("  a = 1\n  b = 2\nc = 3\n");
        assertThat(file.entries().keySet()).containsExactly("c");
        assertThat(file.warnings())
                .containsExactly("/cfg/main.cf: logical line must not start with whitespace: \"  a = 1  b = 2\"");
    }

    @Test
    void knowsNoOtherBlanksThanPostfix() throws ConfigurationException {
        assertThat(value("a = \u2003b\u00a0\n", "a")).isEqualTo("\u2003b\u00a0");
        assertThat(value("a = b\r\n", "a")).isEqualTo("b");
        assertThat(value("a = b\n\u000bc\n", "a")).isEqualTo("b\u000bc");
    }

    @Test
    void endsALineAtNul() throws ConfigurationException {
        assertThat(value("a = b\0c\n", "a")).isEqualTo("b");
    }

    @Test
    void readsTheLastLineWithoutNewline() throws ConfigurationException {
        assertThat(value("a = b", "a")).isEqualTo("b");
        assertThat(parse("").entries()).isEmpty();
        assertThat(parse("\n\n#\n ").entries()).isEmpty();
    }

    @Test
    void keepsLatin1AndUtf8() throws ConfigurationException {
        String utf8 = new String("a = señor\n".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(parse(utf8).decoded().entries().get("a").value()).isEqualTo("señor");
        assertThat(parse("a = se\u00f1or\n").decoded().entries().get("a").value())
                .isEqualTo("señor");
    }

    @Test
    void boundsTheNumberOfEntries() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= MainCf.MOST_ENTRIES; i++) {
            text.append('a').append(i).append("=\n");
        }
        assertThatThrownBy(() -> parse(text.toString())).hasMessageContaining("over 100000 parameters");
    }

    /** Whatever is read either has a clear error or entries with names that are names. */
    @Test
    void survivesRandomText() {
        Random random = new Random(20_261_124);
        char[] alphabet = "ab=# \t\n\r\0${}()?:'\"\u00e9,\u000b".toCharArray();
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(alphabet[random.nextInt(alphabet.length)]);
            }
            try {
                MainCf file = parse(text.toString());
                assertThat(file.entries().keySet()).allMatch(n -> n.matches("[^ \\t\\n\\u000b\\f\\r=]+"));
                assertThat(file.entries().values()).allMatch(e -> e.source().line() > 0);
            } catch (ConfigurationException e) {
                assertThat(e).hasMessageMatching("(?s)/cfg/main.cf, line [0-9]+: missing .*");
            }
        }
    }
}
