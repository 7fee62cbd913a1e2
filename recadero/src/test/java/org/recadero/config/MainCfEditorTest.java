package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How it edits is compared with Postfix in PostconfGoldenTest; here what no edit may do. */
class MainCfEditorTest {
    private static final Path FILE = Path.of("/cfg/main.cf");

    @Test
    void endsTheLastLineBeforeItAddsOne() {
        assertThat(MainCfEditor.replace("a = b", Map.of("c", "d")).text()).isEqualTo("a = b\nc = d\n");
        assertThat(MainCfEditor.replace("a = b", Map.of("a", "d")).text()).isEqualTo("a = d\n");
        assertThat(MainCfEditor.replace("a = b\nc = d", Map.of("a", "e")).text())
                .isEqualTo("a = e\nc = d");
    }

    @Test
    void putsNewNamesLast() {
        assertThat(MainCfEditor.replace("", Map.of("c", "")).text()).isEqualTo("c = \n");
    }

    /** Seeded: whatever the file, an edit sets what it should and leaves every other line byte for byte. */
    @Test
    void changesNoOtherLine() throws ConfigurationException {
        Random random = new Random(20_261_124);
        for (int round = 0; round < 20_000; round++) {
            String text = randomFile(random);
            String name = "n" + random.nextInt(6);
            String value = random.nextInt(3) == 0 ? "" : "v" + random.nextInt(100) + " w";
            Map<String, MainCf.Entry> before = MainCf.parse(FILE, text).entries();

            String edited = MainCfEditor.replace(text, Map.of(name, value)).text();
            Map<String, MainCf.Entry> after = MainCf.parse(FILE, edited).entries();
            assertThat(after.get(name).value()).isEqualTo(value);
            assertOthersEqual(before, after, name);
            assertThat(others(edited, name)).isEqualTo(others(ended(text, edited), name));
            assertThat(MainCfEditor.replace(edited, Map.of(name, value)).text()).isEqualTo(edited);

            String removed = MainCfEditor.remove(text, Set.of(name)).text();
            assertThat(MainCf.parse(FILE, removed).entries()).doesNotContainKey(name);
            assertThat(others(removed, name)).isEqualTo(others(text, name));

            String commented = MainCfEditor.commentOut(text, Set.of(name)).text();
            assertThat(MainCf.parse(FILE, commented).entries()).doesNotContainKey(name);
            assertThat(commented.replace("#", "")).isEqualTo(text.replace("#", ""));
        }
    }

    private static void assertOthersEqual(
            Map<String, MainCf.Entry> before, Map<String, MainCf.Entry> after, String name) {
        before.forEach((other, entry) -> {
            if (!other.equals(name)) {
                assertThat(after.get(other).value()).isEqualTo(entry.value());
            }
        });
    }

    /** All lines but those of one name: what an edit must not touch. */
    private static List<String> others(String text, String name) {
        List<String> others = new ArrayList<>();
        boolean inside = false;
        for (String line : text.split("(?<=\n)", -1)) {
            boolean silent = line.isBlank() || line.strip().startsWith("#");
            if (!silent && !line.startsWith(" ") && !line.startsWith("\t")) {
                inside = line.matches("(?s)" + name + "[ \t=].*");
            }
            if (!line.isEmpty() && (silent || !inside)) {
                others.add(line);
            }
        }
        return others;
    }

    /** A last line without newline gets one where another is added. */
    private static String ended(String text, String edited) {
        return text.isEmpty() || text.endsWith("\n") || edited.startsWith(text + "\n") ? newline(text, edited) : text;
    }

    private static String newline(String text, String edited) {
        return !text.endsWith("\n") && edited.startsWith(text + "\n") ? text + "\n" : text;
    }

    private static String randomFile(Random random) {
        StringBuilder text = new StringBuilder();
        int lines = random.nextInt(12);
        for (int i = 0; i < lines; i++) {
            text.append(
                    switch (random.nextInt(7)) {
                        case 0 -> "# comment n" + random.nextInt(6) + " = x";
                        case 1 -> "";
                        case 2 -> "  \t";
                        case 3 -> text.isEmpty() ? "#" : "   continued, \u00e9 $x";
                        case 4 -> "   # inside";
                        default ->
                            "n" + random.nextInt(6) + (random.nextBoolean() ? " = " : "=") + "old" + random.nextInt(9);
                    });
            text.append(i == lines - 1 && random.nextInt(4) == 0 ? "" : "\n");
        }
        return text.toString();
    }
}
