package org.recadero;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes the files in {@code docs/compat/} from the sources: {@code java recadero/src/test/java/org/recadero/GeneratedDocs.java}
 * from the top folder writes them, and {@link GeneratedDocsTest} fails where they differ from what this would write.
 */
final class GeneratedDocs {
    private static final Pattern MARK = Pattern.compile("RFC ([0-9]{3,4})(?: §([0-9A-Z][0-9A-Za-z.]*))?");
    /** A mark may be parted by the end of a comment's line. */
    private static final Pattern LINE_END = Pattern.compile("[ ]*\\n[ ]*(?:\\*|//)?[ ]*");

    private final Path top;

    GeneratedDocs(Path top) {
        this.top = top;
    }

    public static void main(String[] args) throws IOException {
        GeneratedDocs docs = new GeneratedDocs(Path.of(""));
        for (Map.Entry<String, String> file : docs.all().entrySet()) {
            Path path = docs.top.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
    }

    /** Path from the top folder, and text. */
    Map<String, String> all() throws IOException {
        return new TreeMap<>(Map.of("docs/compat/parameters.md", parameters(), "docs/compat/rfc.md", rfcs()));
    }

    // ---- parameters

    private String parameters() throws IOException {
        Path source = top.resolve("recadero/src/main/resources/org/recadero/config/parameters.tsv");
        List<String> rows = new ArrayList<>();
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (String line : Files.readAllLines(source)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] fields = line.split("\t", -1);
            counts.merge(fields[2], 1, Integer::sum);
            String value = fields.length > 3 ? fields[3] : "";
            String differs = fields.length > 4 ? fields[4] : "";
            rows.add("| " + fields[0] + " | " + fields[2] + " | " + code(value) + " | " + cell(differs) + " |");
        }
        StringBuilder out = new StringBuilder();
        out.append("# Parameters\n\n");
        out.append(
                "Generated from `parameters.tsv`. Every parameter of Postfix 3.7.11, as Debian builds it, and our own.\n\n");
        out.append("- **honoured**: the program does what it says.\n");
        out.append("- **harmless**: it is read and has no effect, and nothing that it promises is missed.\n");
        out.append(
                "- **not yet**: it has no effect; where it is set to another value than its default, a warning says so.\n");
        out.append("- **never**: the same for good.\n\n");
        counts.forEach(
                (state, count) -> out.append(count).append(' ').append(state).append(". "));
        out.append("`@computed`: taken from the machine.\n\n");
        out.append("| name | state | default | why it is not Postfix's |\n| --- | --- | --- | --- |\n");
        rows.forEach(row -> out.append(row).append('\n'));
        return out.toString();
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + cell(text) + "`";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    // ---- marks

    private String rfcs() throws IOException {
        TreeMap<Integer, TreeMap<String, TreeSet<String>>> marks = new TreeMap<>();
        Path sources = top.resolve("recadero/src/main");
        List<Path> files;
        try (Stream<Path> tree = Files.walk(sources)) {
            files = tree.filter(file ->
                            file.toString().endsWith(".java") || file.toString().endsWith(".c"))
                    .toList();
        }
        for (Path file : files) {
            String text = LINE_END.matcher(Files.readString(file)).replaceAll(" ");
            Matcher matcher = MARK.matcher(text);
            while (matcher.find()) {
                String section =
                        matcher.group(2) == null ? "" : matcher.group(2).replaceAll("\\.+$", "");
                marks.computeIfAbsent(Integer.valueOf(matcher.group(1)), n -> new TreeMap<>(bySection()))
                        .computeIfAbsent(section, s -> new TreeSet<>())
                        .add(nameOf(sources.relativize(file)));
            }
        }
        StringBuilder out = new StringBuilder();
        out.append("# Where standards are obeyed\n\n");
        out.append("Generated from the marks `RFC NNNN §…` in the sources: which file names which section.\n");
        marks.forEach((number, sections) -> {
            out.append("\n## RFC ").append(number).append("\n\n| section | in |\n| --- | --- |\n");
            sections.forEach((section, names) -> out.append("| ")
                    .append(section.isEmpty() ? "as a whole" : "§" + section)
                    .append(" | ")
                    .append(String.join(", ", names))
                    .append(" |\n"));
        });
        return out.toString();
    }

    private static String nameOf(Path file) {
        String path = file.toString().replace('\\', '/');
        String java = "java/org/recadero/";
        return path.startsWith(java)
                ? path.substring(java.length(), path.length() - ".java".length())
                        .replace('/', '.')
                : path;
    }

    /** §4.2 comes before §4.10. */
    private static Comparator<String> bySection() {
        return (a, b) -> {
            String[] as = a.split("\\.", -1);
            String[] bs = b.split("\\.", -1);
            for (int i = 0; i < Math.min(as.length, bs.length); i++) {
                int byLength = Integer.compare(as[i].length(), bs[i].length());
                int order = byLength != 0 ? byLength : as[i].compareTo(bs[i]);
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(as.length, bs.length);
        };
    }
}
