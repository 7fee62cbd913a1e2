package org.recadero.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Reads Maildirs of a {@link Machine} from outside. */
final class Maildirs {
    private Maildirs() {}

    /** All messages in new/ and cur/ of a Maildir, each byte one character, in the order of their names; none where there is no Maildir. */
    static List<String> messages(Machine machine, String maildir) {
        List<Path> files = new ArrayList<>();
        for (String part : List.of("new", "cur")) {
            Path folder = machine.file(maildir + "/" + part);
            if (Files.isDirectory(folder)) {
                try (Stream<Path> listed = Files.list(folder)) {
                    listed.forEach(files::add);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        files.sort(Comparator.comparing(file -> file.getFileName().toString()));
        List<String> messages = new ArrayList<>();
        for (Path file : files) {
            try {
                messages.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return messages;
    }
}
