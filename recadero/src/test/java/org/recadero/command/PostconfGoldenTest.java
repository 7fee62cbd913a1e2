package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each case that record.sh recorded from Debian's postconf 3.7.11: output, messages, exit status and the edited files. */
class PostconfGoldenTest {
    private static final String FOLDER = "/org/recadero/config/postconf/";

    /** DIFFERS: parameters.tsv says why; or computed from the machine. */
    private static final Set<String> OWN = Set.of(
            "alias_maps",
            "lmtp_host_lookup",
            "local_destination_concurrency_limit",
            "mail_name",
            "mail_version",
            "myhostname",
            "mydomain",
            "mynetworks",
            "process_id",
            "smtp_host_lookup",
            "smtpd_forbid_bare_newline");

    /** Cases whose output is different on purpose. */
    private static final Map<String, String> DIFFERENT = Map.of(
            "e14\tempty\t-n", "of two values that name each other Postfix names either",
            "debian\tdebian-services\t-dx\tlocal_transport", "the name of the machine that recorded it");

    @TempDir
    Path folder;

    record Case(String line, String mainCf, String masterCf, List<String> args, Map<String, String> expected) {}

    @TestFactory
    Stream<DynamicTest> printsAndEditsAsRecorded() throws IOException {
        Map<String, String> corpora = corpora();
        return cases(corpora).stream()
                .filter(c -> !DIFFERENT.containsKey(c.line()))
                .map(c -> DynamicTest.dynamicTest(c.line().replace('\t', ' '), () -> check(c)));
    }

    private void check(Case c) throws IOException {
        Path main = folder.resolve("main.cf");
        Path master = folder.resolve("master.cf");
        Files.writeString(main, c.mainCf(), StandardCharsets.UTF_8);
        Files.writeString(master, c.masterCf(), StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> args = new ArrayList<>(List.of("-c", folder.toString()));
        args.addAll(c.args());
        int status = Postconf.run(args, new PrintStream(out), new PrintStream(err), Map.of());
        boolean listing = c.line().startsWith("debian") || c.line().startsWith("empty\tempty");
        assertThat(shown(err.toString(StandardCharsets.UTF_8), true, false))
                .as("standard error")
                .isEqualTo(shown(section(c, "err"), true, false));
        assertThat(shown(out.toString(StandardCharsets.UTF_8), false, listing))
                .as("standard output")
                .isEqualTo(shown(section(c, "out"), false, listing));
        assertThat(status).isEqualTo(Integer.parseInt(section(c, "status")));
        assertThat(Files.readString(main)).as("main.cf").isEqualTo(c.expected().getOrDefault("main.cf", c.mainCf()));
        assertThat(Files.readString(master))
                .as("master.cf")
                .isEqualTo(c.expected().getOrDefault("master.cf", c.masterCf()));
    }

    private static String section(Case c, String name) {
        return Objects.requireNonNull(c.expected().get(name));
    }

    /** DIFFERS: each warning once, in another order than Postfix's, which is that of a hash table. */
    private String shown(String text, boolean messages, boolean listing) {
        Stream<String> lines = text.replace(folder.toString(), "@DIR@")
                .replace("ESMTP Recadero", "ESMTP Postfix")
                .lines();
        if (messages) {
            lines = lines.filter(l -> !overridesAgain(l)).distinct().sorted();
        }
        lines = lines.filter(l -> !l.startsWith("recadero_"));
        if (listing) {
            lines = lines.filter(l -> !OWN.contains(l.split(" ", 2)[0]));
        }
        return lines.collect(Collectors.joining("\n"));
    }

    /** Postfix reads main.cf several times over the same dictionary, so that the first entry «overrides» the last. */
    private static boolean overridesAgain(String line) {
        return line.contains("overriding earlier entry");
    }

    private static Map<String, String> corpora() throws IOException {
        Map<String, StringBuilder> corpora = new LinkedHashMap<>();
        StringBuilder current = new StringBuilder();
        for (String line : resource("corpora.txt").split("(?<=\n)", -1)) {
            if (line.startsWith("=== ")) {
                current = new StringBuilder();
                corpora.put(line.substring(4).strip(), current);
            } else {
                current.append(line);
            }
        }
        return corpora.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().toString()));
    }

    private static List<Case> cases(Map<String, String> corpora) throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String block : resource("golden.txt").split("(?m)^### ", -1)) {
            if (!block.isEmpty()) {
                cases.add(recorded(block, corpora));
            }
        }
        return cases;
    }

    private static Case recorded(String block, Map<String, String> corpora) {
        int end = block.indexOf('\n');
        String line = block.substring(0, end);
        String[] words = line.split("\t", -1);
        Map<String, String> expected = new LinkedHashMap<>();
        for (String section : block.substring(end + 1).split("(?m)^--- ", -1)) {
            int first = section.indexOf('\n');
            if (first >= 0) {
                String title = section.substring(0, first);
                expected.put(title.split(" ", 2)[0], section.substring(first + 1));
                if (title.startsWith("status ")) {
                    expected.put("status", title.substring("status ".length()));
                }
            }
        }
        return new Case(
                line,
                Objects.requireNonNull(corpora.get(words[0])),
                Objects.requireNonNull(corpora.get(words[1])),
                Arrays.stream(words).skip(2).map(w -> w.replace("\\n", "\n")).toList(),
                expected);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = PostconfGoldenTest.class.getResourceAsStream(FOLDER + name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
