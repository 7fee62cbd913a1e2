package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Envelope;

/**
 * Golden dialogues: {@code dialogues/deliver/*.smtp}. The head has {@code config:}, {@code host: name address…}, {@code nexthop:}, {@code service:} (smtp or lmtp), {@code flags:},
 * {@code mail: sender recipient…} (one line a message; {@code ask:} where nothing is to be delivered) and {@code body:} lines; after {@code ---} a server's script, one for each
 * connection, parted by {@code ---}. {@code S!} is said unasked; {@code tls}, {@code tls untrusted}, {@code tls fails}; {@code
 * close}; {@code silence}: a time-out. Under {@code == outcomes} one line a recipient; {@code == log} has lines that must be there.
 */
class DialogueTest {
    @TestFactory
    Stream<DynamicTest> followTheDialogue() throws Exception {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder())) {
            files = all.filter(p -> p.toString().endsWith(".smtp")).sorted().toList();
        }
        assertThat(files).isNotEmpty();
        return files.stream().map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> run(f)));
    }

    private static Path folder() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DialogueTest.class.getResource("/dialogues/deliver"))
                .toURI());
    }

    private static void run(Path file) throws Exception {
        Map<String, String> config = new HashMap<>();
        List<String> mails = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        List<List<String>> scripts = new ArrayList<>();
        List<String> outcomes = new ArrayList<>();
        List<String> logs = new ArrayList<>();
        String nextHop = "[smtp.example.net]:587";
        String service = "smtp";
        List<String> flags = List.of();
        List<String> section = null;
        try (SmtpBench bench = new SmtpBench()) {
            bench.host("smtp.example.net", "10.0.0.2");
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (line.equals("---")) {
                    section = new ArrayList<>();
                    scripts.add(section);
                } else if (line.equals("== outcomes")) {
                    section = outcomes;
                } else if (line.equals("== log")) {
                    section = logs;
                } else if (section != null) {
                    section.add(line);
                } else if (line.startsWith("config: ")) {
                    String[] parts = line.substring(8).split("=", 2);
                    config.put(parts[0].trim(), parts[1].trim());
                } else if (line.startsWith("host: ")) {
                    String[] parts = line.substring(6).split(" ", -1);
                    bench.host(parts[0], java.util.Arrays.copyOfRange(parts, 1, parts.length));
                } else if (line.startsWith("nexthop: ")) {
                    nextHop = line.substring(9);
                } else if (line.startsWith("service: ")) {
                    service = line.substring(9);
                } else if (line.startsWith("flags: ")) {
                    flags = List.of("flags=" + line.substring(7));
                } else if (line.startsWith("mail: ")) {
                    mails.add(line.substring(6));
                } else if (line.startsWith("ask: ")) {
                    mails.add(line.substring(5));
                    bench.trace = Optional.of(Envelope.Trace.VERIFY);
                } else if (line.startsWith("body: ") || line.equals("body:")) {
                    body.append(line.length() > 6 ? line.substring(6) : "").append('\n');
                }
            }
            for (List<String> script : scripts) {
                bench.servers.add(new ScriptedWire(
                        script.stream().filter(l -> !l.isEmpty()).toList()));
            }
            if (body.isEmpty()) {
                body.append("Subject: x\n\nHola\n");
            }
            List<Delivery> batch = new ArrayList<>();
            for (String mail : mails) {
                String[] words = mail.split(" ", -1);
                String sender = words[0].equals("<>") ? "" : words[0];
                batch.addAll(bench.message(
                        sender, nextHop, body.toString(), java.util.Arrays.copyOfRange(words, 1, words.length)));
            }
            SmtpDelivery client = bench.client(service, ClientFlags.of(flags), config);
            List<String> results = bench.trace.isEmpty()
                    ? client.deliver(batch).stream().map(SmtpBench::text).toList()
                    : client.verify(batch).stream()
                            .flatMap(v -> v.found().stream())
                            .map(s -> s.code() + " " + s.relay() + " " + s.text())
                            .toList();
            List<String> transcript = new ArrayList<>();
            bench.used.forEach(w -> transcript.addAll(w.transcript()));
            assertThat(results)
                    .as(String.join("\n", transcript))
                    .isEqualTo(outcomes.stream().filter(l -> !l.isEmpty()).toList());
            for (ScriptedWire wire : bench.used) {
                assertThat(wire.unfinished())
                        .as(String.join("\n", wire.transcript()))
                        .isEmpty();
            }
            for (String line : logs) {
                if (!line.isEmpty()) {
                    assertThat(bench.log).anyMatch(l -> l.contains(line));
                }
            }
            assertThat(bench.log).noneMatch(l -> l.contains("soypepe") || l.contains("c295cGVwZ"));
        }
    }
}
