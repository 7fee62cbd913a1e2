package org.recadero;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
}
