package org.recadero;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GeneratedDocsTest {
    @Test
    void generatedFilesAreWhatTheirGeneratorMakes() throws IOException {
        // the build runs tests in the module's folder
        Path top = Path.of("").toAbsolutePath().getParent();
        for (Map.Entry<String, String> file : new GeneratedDocs(top).all().entrySet()) {
            Path path = top.resolve(file.getKey());
            String found = Files.exists(path) ? Files.readString(path) : "";
            assertThat(found.equals(file.getValue()))
                    .as(file.getKey() + " is not up to date; from the top folder:"
                            + " java recadero/src/test/java/org/recadero/GeneratedDocs.java")
                    .isTrue();
        }
    }

    /** The table in docs/architecture.md says which test stops the machine where; an ellipsis stands for the rest of a name. */
    @Test
    void theCrashStateTableNamesTestsThatExist() throws IOException {
        Path top = Path.of("").toAbsolutePath().getParent();
        StringBuilder tests = new StringBuilder();
        try (Stream<Path> files = Files.list(Path.of("src/test/java/org/recadero/queue"))) {
            for (Path file : files.toList()) {
                tests.append(Files.readString(file));
            }
        }
        Matcher names = Pattern.compile("`(safety[0-9]+[A-Za-z]+|[a-z]+[A-Z][0-9A-Za-z]{5,})(…?)`")
                .matcher(Files.readString(top.resolve("docs/architecture.md")));
        int count = 0;
        while (names.find()) {
            count++;
            assertThat(tests.toString())
                    .contains(" void " + names.group(1) + (names.group(2).isEmpty() ? "(" : ""));
        }
        assertThat(count).isGreaterThan(40);
    }
}
