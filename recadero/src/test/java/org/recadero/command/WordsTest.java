package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;

class WordsTest {
    private static final Pattern PLACE = Pattern.compile("\\{\\d+}");

    private static Properties bundle(String language) {
        String name = "words_" + language + ".properties";
        try (Reader in = new InputStreamReader(Words.class.getResourceAsStream(name), StandardCharsets.UTF_8)) {
            Properties properties = new Properties();
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> places(String pattern) {
        return PLACE.matcher(pattern)
                .results()
                .map(m -> m.group())
                .sorted()
                .distinct()
                .toList();
    }

    @Test
    void bothLanguagesHaveTheSameSentences() {
        assertThat(new TreeSet<>(bundle("es").stringPropertyNames()))
                .isEqualTo(new TreeSet<>(bundle("en").stringPropertyNames()));
    }

    @Test
    void bothLanguagesHaveTheSamePlaces() {
        Properties spanish = bundle("es");
        bundle("en")
                .forEach((key, pattern) -> assertThat(places(spanish.getProperty(key.toString())))
                        .as(key.toString())
                        .isEqualTo(places(pattern.toString())));
    }

    @Test
    void everySentenceIsAPatternWhoseApostrophesAreDoubled() {
        for (String language : List.of("en", "es")) {
            bundle(language).forEach((key, pattern) -> {
                String text = pattern.toString();
                assertThat(text.replace("''", "")).as(key.toString()).doesNotContain("'");
                assertThat(new MessageFormat(text).format(new Object[] {"a", "b", "c", "d", "e", "f", "g", "h"}))
                        .as(key.toString())
                        .doesNotContain("{");
            });
        }
    }

    private static String language(Map<String, String> environment) {
        return Words.of(environment).text("made", "x").startsWith("creado") ? "es" : "en";
    }

    @Test
    void theLanguageIsTheFirstOfThreeVariablesThatIsNotEmpty() {
        assertThat(language(Map.of())).isEqualTo("en");
        assertThat(language(Map.of("LANG", "es_ES.UTF-8"))).isEqualTo("es");
        assertThat(language(Map.of("LANG", "es"))).isEqualTo("es");
        assertThat(language(Map.of("LANG", "es@euro", "LC_MESSAGES", "fr_FR"))).isEqualTo("en");
        assertThat(language(Map.of("LANG", "en_GB", "LC_MESSAGES", "es_MX"))).isEqualTo("es");
        assertThat(language(Map.of("LANG", "es_ES", "LC_ALL", "C"))).isEqualTo("en");
        assertThat(language(Map.of("LANG", "es_ES", "LC_ALL", "", "LC_MESSAGES", "")))
                .isEqualTo("es");
        assertThat(language(Map.of("LANG", "est_EE"))).isEqualTo("en");
    }

    @Test
    void theLauncherHandsOnWhatItReplaced() {
        assertThat(language(Map.of("LC_ALL", "C.UTF-8", "RECADERO_LANG", "es_ES.UTF-8")))
                .isEqualTo("es");
        assertThat(language(Map.of("LANG", "es_ES", "LC_ALL", "C.UTF-8", "RECADERO_LANG", "")))
                .isEqualTo("en");
    }

    @Test
    void controlCharactersInAPathDoNotReachTheTerminal() {
        assertThat(Words.english().text("unknown-verb", "a\u001b[2Jb\n")).isEqualTo("there is no command «a?[2Jb?»");
    }

    @Test
    void theSystemsWordsAreTranslatedTooWhereTheyAreKnown() {
        Words words = Words.of(Map.of("LANG", "es"));

        assertThat(words.text("cannot-make", "/x", new ErrnoException(Errno.ENOSPC, "")))
                .isEqualTo("no se puede crear /x: no queda espacio en el disco");
        assertThat(words.text("cannot-make", "/x", new ErrnoException(Errno.EXDEV, "")))
                .isEqualTo("no se puede crear /x: Invalid cross-device link");
    }
}
