package org.recadero.receive.smtpd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A golden dialogue: settings, the client's address, and lines. CONVENTIONS, Golden dialogues. What else stands there is said in
 * src/test/resources/dialogues/README.md.
 */
record Dialogue(String name, Map<String, String> settings, String client, List<String> lines, List<String> log) {
    static Dialogue read(Path file) {
        try {
            Map<String, String> settings = new LinkedHashMap<>();
            String client = "127.0.0.1";
            List<String> lines = new ArrayList<>();
            List<String> log = new ArrayList<>();
            boolean inBody = false;
            boolean inLog = false;
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (inLog) {
                    log.add(line);
                } else if (line.equals("== log")) {
                    inLog = true;
                } else if (inBody) {
                    lines.add(line);
                } else if (line.equals("---")) {
                    inBody = true;
                } else if (line.startsWith("config: ")) {
                    int equals = line.indexOf('=');
                    settings.put(
                            line.substring(8, equals).trim(),
                            line.substring(equals + 1).trim());
                } else if (line.startsWith("client: ")) {
                    client = line.substring(8).trim();
                }
            }
            return new Dialogue(file.getFileName().toString(), settings, client, lines, log);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@code \r \n \x00 \\}. */
    static byte[] unescaped(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char next = text.charAt(++i);
            switch (next) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.append(next);
            }
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Whether a line is as expected: {@code *} the rest, {@code {id}} a queue id. */
    static boolean matches(String expected, String line) {
        StringBuilder regex = new StringBuilder();
        String pattern = expected.endsWith("*") ? expected.substring(0, expected.length() - 1) : expected;
        for (String part : pattern.split("\\{id}", -1)) {
            if (!regex.isEmpty()) {
                regex.append("[0-9A-F]{1,15}");
            }
            regex.append(java.util.regex.Pattern.quote(part));
        }
        if (expected.endsWith("*")) {
            regex.append(".*");
        }
        return line.matches(regex.toString());
    }
}
