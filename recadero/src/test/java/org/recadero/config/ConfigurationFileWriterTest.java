package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.os.LinuxFileSystem;

class ConfigurationFileWriterTest {
    @TempDir
    Path folder;

    private Path file;
    private final ConfigurationFileWriter writer =
            new ConfigurationFileWriter(new LinuxFileSystem(), new SecureRandom());

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("main.cf");
        Files.writeString(file, "a = b\n");
    }

    private void assertOnlyTheFiles(String... names) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void keepsTheMode() throws IOException, ConfigurationException {
        for (String mode : List.of("rw-r-----", "rw-------", "rw-rw-r--", "r--r--r--")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            writer.edit(file, text -> text + "c = d\n");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(mode);
        }
        assertOnlyTheFiles("main.cf");
    }

    /** Needs root: only root may give a file away. */
    @Test
    void keepsTheOwner() throws IOException, ConfigurationException {
        assumeTrue(Files.getAttribute(file, "unix:uid").equals(0), "not root");
        Files.setAttribute(file, "unix:uid", 12_345);
        Files.setAttribute(file, "unix:gid", 54_321);
        writer.edit(file, text -> "x = y\n");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12_345);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(54_321);
        assertThat(Files.readString(file)).isEqualTo("x = y\n");
    }

    @Test
    void editsWhatASymbolicLinkNamesAndLeavesTheLink() throws IOException, ConfigurationException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path link = Files.createSymbolicLink(other.resolve("main.cf"), file);
        writer.edit(link, text -> text + "c = d\n");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.readString(file)).isEqualTo("a = b\nc = d\n");
    }

    @Test
    void leavesTheFileWhereTheEditRefuses() throws IOException {
        assertThatThrownBy(() -> writer.edit(file, text -> {
                    throw new ConfigurationException("no");
                }))
                .hasMessage("no");
        assertThat(Files.readString(file)).isEqualTo("a = b\n");
        assertOnlyTheFiles("main.cf");
    }

    @Test
    void saysThatThereIsNoFile() {
        assertThatThrownBy(() -> writer.edit(folder.resolve("none.cf"), text -> text))
                .hasMessage("open " + folder + "/none.cf for reading: No such file or directory");
    }

    @Test
    void refusesAFolder() throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> writer.edit(file, text -> "x = y\n")).hasMessageEndingWith("Is a directory");
    }

    @Test
    void passesEveryByteOn() throws IOException, ConfigurationException {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Files.write(file, bytes);
        writer.edit(file, text -> text);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    @Test
    void losesNoneOfManyEditsAtATime() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 8; i++) {
            String name = "n" + i;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int j = 0; j < 5; j++) {
                        String each = name + "_" + j;
                        writer.edit(
                                file,
                                text -> MainCfEditor.replace(text, Map.of(each, "x"))
                                        .text());
                    }
                } catch (ConfigurationException e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(MainCf.read(file).entries()).hasSize(1 + 8 * 5);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("a = b\n");
    }
}
