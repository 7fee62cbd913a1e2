package org.recadero.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableCommandsTest {
    @TempDir
    Path folder;

    private Path main;

    private record Ran(int status, String out, String err) {}

    @BeforeEach
    void makesAnEmptyConfiguration() throws IOException {
        main = Files.createDirectory(folder.resolve("conf")).resolve("main.cf");
        Files.writeString(main, "compatibility_level = 3.6\nmyhostname = mail.example.net\n");
    }

    private Ran run(String input, String... command) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream(input.getBytes(ISO_8859_1));
        List<String> args = Arrays.asList(command).subList(1, command.length);
        Map<String, String> environment = Map.of("MAIL_CONFIG", main.getParent().toString());
        PrintStream outStream = new PrintStream(out, true, ISO_8859_1);
        PrintStream errStream = new PrintStream(err, true, ISO_8859_1);
        int status = switch (command[0]) {
            case "postmap" -> Postmap.run(args, in, outStream, errStream, environment);
            case "postalias" -> Postalias.run(args, in, outStream, errStream, environment);
            case "newaliases" -> Newaliases.run(args, in, outStream, errStream, environment);
            default -> throw new IllegalArgumentException(command[0]);
        };
        return new Ran(status, out.toString(ISO_8859_1), err.toString(ISO_8859_1));
    }

    // ---- the recorded dialogue

    @Test
    void printsWhatPostfixPrints() throws IOException {
        List<String> golden = new ArrayList<>();
        try (InputStream in = TableCommandsTest.class.getResourceAsStream("table-commands.golden")) {
            for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
                golden.add(line);
            }
        }
        List<String> differences = new ArrayList<>();
        String input = "";
        int i = 0;
        while (i < golden.size()) {
            String line = golden.get(i++);
            if (line.startsWith("write ")) {
                List<String> words = words(line);
                Files.write(folder.resolve(words.get(1)), printf(words.get(2)));
            } else if (line.startsWith("in ")) {
                input = new String(printf(words(line).get(1)), ISO_8859_1);
            } else if (line.startsWith("run ")) {
                List<String> expected = new ArrayList<>();
                while (i < golden.size() && ">!=".indexOf(golden.get(i).charAt(0)) >= 0) {
                    expected.add(golden.get(i++));
                }
                List<String> actual = shown(words(line), input);
                input = "";
                if (!actual.equals(comparable(expected))) {
                    differences.add(line + "\nexpected\n" + String.join("\n", comparable(expected)) + "\nactual\n"
                            + String.join("\n", actual));
                }
            }
        }
        assertThat(String.join("\n\n", differences)).isEmpty();
    }

    private List<String> shown(List<String> command, String input) {
        String[] real = command.stream()
                .map(word -> word.replace("/tmp/t", folder.toString()))
                .toArray(String[]::new);
        Ran ran = run(input, real);
        List<String> lines = new ArrayList<>();
        boolean sorted = command.stream().anyMatch(w -> w.matches("-.?s"));
        (sorted ? ran.out().lines().sorted() : ran.out().lines()).forEach(l -> lines.add("> " + catV(l)));
        ran.err().lines().forEach(l -> lines.add("! " + catV(l)));
        lines.add("= " + ran.status());
        return comparable(
                lines.stream().map(l -> l.replace(folder.toString(), "/tmp/t")).toList());
    }

    /** DIFFERS: Postfix reads a texthash again while it is young, and warns each time. */
    private static List<String> comparable(List<String> lines) {
        return lines.stream()
                .filter(l -> !l.matches("> (@:\t@|YP_LAST_MODIFIED:.*|YP_MASTER_NAME:.*)"))
                .distinct()
                .toList();
    }

    private static String catV(String octets) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < octets.length(); i++) {
            char c = octets.charAt(i);
            char low = (char) (c & 0x7f);
            shown.append(c >= 0x80 ? "M-" : "");
            if (c == '\t') {
                shown.append(c);
            } else if (low < ' ') {
                shown.append('^').append((char) (low + 64));
            } else if (low == 0x7f) {
                shown.append("^?");
            } else {
                shown.append(low);
            }
        }
        return shown.toString();
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        boolean any = false;
        for (int i = 0; i <= line.length(); i++) {
            char c = i < line.length() ? line.charAt(i) : ' ';
            if (c == '\'') {
                quoted = !quoted;
                any = true;
            } else if (c == ' ' && !quoted) {
                if (any) {
                    words.add(word.toString());
                }
                word.setLength(0);
                any = false;
            } else {
                word.append(c);
                any = true;
            }
        }
        return words.getFirst().equals("run") ? words.subList(1, words.size()) : words;
    }

    private byte[] printf(String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] in = format.replace("/tmp/t", folder.toString()).getBytes(UTF_8);
        int i = 0;
        while (i < in.length) {
            if (in[i] == '%') {
                i++;
            }
            if (in[i] != '\\') {
                bytes.write(in[i++]);
                continue;
            }
            byte escape = in[i + 1];
            i += 2;
            switch (escape) {
                case 'n' -> bytes.write('\n');
                case 't' -> bytes.write('\t');
                case 'r' -> bytes.write('\r');
                case '0' -> bytes.write(0);
                case 'x' -> {
                    bytes.write(Integer.parseInt(new String(in, i, 2, ISO_8859_1), 16));
                    i += 2;
                }
                default -> bytes.write(escape);
            }
        }
        return bytes.toByteArray();
    }

    // ---- files

    private static String mode(Path file) throws IOException {
        int mode = (Integer) Files.getAttribute(file, "unix:mode") & 07777;
        return Integer.toOctalString(mode) + " " + Files.getAttribute(file, "unix:uid") + ":"
                + Files.getAttribute(file, "unix:gid");
    }

    private static void own(Path file, int uid, int gid, int mode) throws IOException {
        Files.setAttribute(file, "unix:mode", mode);
        Files.setAttribute(file, "unix:uid", uid);
        Files.setAttribute(file, "unix:gid", gid);
    }

    private Path source(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    @Test
    void givesANewIndexTheOwnerAndModeOfItsSource() throws IOException {
        Assumptions.assumeTrue(isRoot(), "needs root");
        Path text = source("sasl_passwd", "a b\n");
        Path index = folder.resolve("sasl_passwd.db");
        own(text, 0, 12, 0640);
        assertThat(run("", "postmap", text.toString()).status()).isZero();
        assertThat(mode(index)).isEqualTo("640 0:12");
        Files.delete(index);
        assertThat(run("", "postmap", "-p", text.toString()).status()).isZero();
        assertThat(mode(index)).isEqualTo("644 0:12");
    }

    @Test
    void keepsOwnerAndModeOfAnExistingIndex() throws IOException {
        Assumptions.assumeTrue(isRoot(), "needs root");
        Path text = source("sasl_passwd", "a b\n");
        Path index = folder.resolve("sasl_passwd.db");
        Files.writeString(index, "another program's");
        own(text, 0, 0, 0644);
        own(index, 65534, 12, 0600);
        Object inode = Files.getAttribute(index, "unix:ino");
        assertThat(run("", "postmap", text.toString()).status()).isZero();
        assertThat(mode(index)).isEqualTo("600 65534:12");
        // replaced by rename, not written in place
        assertThat(Files.getAttribute(index, "unix:ino")).isNotEqualTo(inode);
    }

    @Test
    void writesTheIndexOfSomebodyElsesSourceWithHisIds() throws IOException {
        Assumptions.assumeTrue(isRoot(), "needs root");
        own(folder, 0, 0, 0755);
        Path his = Files.createDirectory(folder.resolve("his"));
        Path text = source("his/map", "k " + folder.resolve("secret") + "\n");
        Path secret = source("secret", "root's");
        own(secret, 0, 0, 0600);
        own(text, 65534, 65534, 0644);
        own(his, 0, 65534, 0777);
        // a folder that others can write, and a path below that he cannot search: his ids are taken
        assertThat(run("", "postmap", "-F", text.toString()).err())
                .contains("open " + secret + ": Permission denied: skipping this entry");
        assertThat(Files.exists(his.resolve("map.db"))).isTrue();
        assertThat(mode(his.resolve("map.db"))).isEqualTo("644 65534:65534");
        own(his, 0, 0, 0775);
        Files.delete(his.resolve("map.db"));
        assertThat(run("", "postmap", text.toString()).err())
                .isEqualTo("postmap: fatal: open database " + his.resolve("map.db") + ": Permission denied\n");
        assertThat(run("", "postmap", "-o", text.toString()).status()).isZero();
        assertThat(mode(his.resolve("map.db"))).isEqualTo("644 65534:65534");
    }

    @Test
    void writesBesideSomebodyElsesSourceInRootsOwnFolder() throws IOException {
        Assumptions.assumeTrue(isRoot(), "needs root");
        // the chapter: chown postfix sasl_passwd* in /etc/postfix
        own(folder, 0, 0, 0755);
        Path text = source("sasl_passwd", "a b\n");
        own(text, 65534, 65534, 0600);
        assertThat(run("", "postmap", text.toString())).isEqualTo(new Ran(0, "", ""));
        assertThat(mode(folder.resolve("sasl_passwd.db"))).isEqualTo("600 65534:65534");
    }

    @Test
    void leavesNoTemporaryFileBehind() throws IOException {
        Path text = source("m", "a b\n");
        Files.createDirectory(folder.resolve("m.db"));
        assertThat(run("", "postmap", text.toString()).err())
                .isEqualTo("postmap: fatal: open " + folder.resolve("m.db") + ": Is a directory\n");
        Files.delete(folder.resolve("m.db"));
        assertThat(run("", "postmap", text.toString()).status()).isZero();
        try (var names = Files.list(folder)) {
            assertThat(names.map(p -> p.getFileName().toString()).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("conf", "m", "m.db");
        }
    }

    @Test
    void followsALinkToTheIndex() throws IOException {
        Path text = source("m", "a b\n");
        Path real = Files.writeString(folder.resolve("real"), "old");
        Files.createSymbolicLink(folder.resolve("m.db"), real);
        assertThat(run("", "postmap", text.toString()).status()).isZero();
        assertThat(Files.isSymbolicLink(folder.resolve("m.db"))).isTrue();
        assertThat(run("", "postmap", "-q", "a", text.toString()).out()).isEqualTo("b\n");
    }

    @Test
    void answersFromTheTextWhereTheIndexIsOlder() throws IOException {
        Path text = source("m", "a old\n");
        run("", "postmap", text.toString());
        Files.writeString(text, "a new\n");
        assertThat(run("", "postmap", "-q", "a", text.toString())).isEqualTo(new Ran(0, "new\n", ""));
        Files.setLastModifiedTime(text, FileTime.from(Instant.now().minus(Duration.ofMinutes(5))));
        assertThat(run("", "postmap", "-q", "a", text.toString()))
                .isEqualTo(new Ran(
                        0,
                        "new\n",
                        "postmap: warning: database " + text + ".db is older than source file " + text + "\n"));
        Files.delete(text);
        assertThat(run("", "postmap", "-q", "a", text.toString()).out()).isEqualTo("old\n");
    }

    @Test
    void refusesToChangeAnotherProgramsIndex() throws IOException {
        Path text = source("m", "a b\n");
        Files.write(folder.resolve("m.db"), new byte[12_288]);
        String fatal = "postmap: fatal: open database " + text + ".db: Invalid argument\n";
        assertThat(run("c d\n", "postmap", "-i", text.toString()).err()).isEqualTo(fatal);
        assertThat(run("", "postmap", "-d", "a", text.toString()).err()).isEqualTo(fatal);
        assertThat(Files.readAllBytes(folder.resolve("m.db"))).isEqualTo(new byte[12_288]);
    }

    @Test
    void takesTheDefaultTypeFromTheConfiguration() throws IOException {
        Path text = source("m", "a b\n");
        Files.writeString(main, "default_database_type = lmdb\n");
        assertThat(run("", "postmap", text.toString()).status()).isZero();
        assertThat(folder.resolve("m.lmdb")).exists();
        Files.writeString(main, "default_database_type = foo\n");
        assertThat(run("", "postmap", "-q", "a", text.toString()).err())
                .isEqualTo("postmap: fatal: unsupported dictionary type: foo\n");
    }

    @Test
    void foldsAsciiOnlyWithoutUtf8() throws IOException {
        Path text = source("m", "Ä 1\nÄB 2\n");
        Files.writeString(main, "smtputf8_enable = no\n");
        run("", "postmap", text.toString());
        assertThat(run("", "postmap", "-q", "ä", text.toString()).status()).isEqualTo(1);
        assertThat(run("", "postmap", "-q", "Äb", text.toString()).out()).isEqualTo("2\n");
    }

    @Test
    void asksAnAliasFileByPostmapToo() throws IOException {
        Path aliases = source("aliases", "postmaster: root\n");
        Files.writeString(main, "alias_maps = hash:" + aliases + "\nalias_database = $alias_maps\n");
        assertThat(run("", "postmap", "-q", "postmaster", aliases.toString()).out())
                .isEqualTo("root\n");
    }

    // ---- newaliases

    @Test
    void makesAllOfAliasDatabase() throws IOException {
        Path one = source("one", "postmaster: root\nbad\na: b\na: c\n");
        Path two = source("two", "x: y\n");
        Files.writeString(main, "alias_database = hash:" + one + ", " + two + "\n");
        assertThat(run("", "newaliases"))
                .isEqualTo(new Ran(
                        0,
                        "",
                        "postalias: warning: " + one + ", line 2: need name:value pair\n" + "postalias: warning: " + one
                                + ".db: duplicate entry: \"a\"\n"));
        assertThat(folder.resolve("one.db")).exists();
        assertThat(folder.resolve("two.db")).exists();
    }

    @Test
    void failsAsPostaliasDoes() throws IOException {
        Files.writeString(main, "alias_database = hash:/nonexistent\n");
        assertThat(run("", "newaliases"))
                .isEqualTo(new Ran(1, "", "postalias: fatal: open /nonexistent: No such file or directory\n"));
        Files.writeString(main, "alias_database =\n");
        assertThat(run("", "newaliases")).isEqualTo(new Ran(0, "", ""));
        assertThat(run("", "newaliases", "x"))
                .isEqualTo(new Ran(75, "", "newaliases: fatal: alias initialization mode requires no recipient\n"));
        assertThat(run("", "newaliases", "-Z"))
                .isEqualTo(new Ran(
                        75, "", "newaliases: invalid option -- 'Z'\nnewaliases: fatal: usage: newaliases [options]\n"));
    }
}
