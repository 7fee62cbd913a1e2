package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.SubmissionId;

/** Every dialogue of dialogues/receive with this server; lab/dialogues runs the same files against Postfix. */
class DialogueTest {
    @TempDir
    Path folder;

    private static List<Path> files() throws IOException, URISyntaxException {
        Path folder = Path.of(Objects.requireNonNull(DialogueTest.class.getResource("/dialogues/receive"))
                .toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".smtp")).sorted().toList();
        }
    }

    @TestFactory
    Stream<DynamicTest> answersAsTheDialogueSays() throws IOException, URISyntaxException {
        return files().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> run(Dialogue.read(file))));
    }

    private void run(Dialogue dialogue) throws IOException, ConfigurationException, InterruptedException {
        Path own = Files.createTempDirectory(folder, "d");
        try (SmtpFixture fixture = new SmtpFixture(own, dialogue.settings())) {
            MemoryConnection connection = new MemoryConnection();
            Thread session = Thread.ofVirtual().start(() -> serve(fixture, dialogue, connection));
            List<String> transcript = new ArrayList<>();
            for (int i = 0; i < dialogue.lines().size(); i++) {
                play(dialogue, i, connection, transcript);
            }
            connection.leave();
            session.join(Duration.ofSeconds(30));
            logged(dialogue, fixture.log);
        }
    }

    private static void serve(SmtpFixture fixture, Dialogue dialogue, MemoryConnection connection) {
        try (connection) {
            InetAddress address = InetAddress.ofLiteral(dialogue.client());
            Peer peer = SmtpServer.PeerNames.peer(address, 4711, new FakeNames(), true);
            Access access = new Access(
                    fixture.serviceSettings(),
                    new FakeNames(),
                    new ClientLimits(java.time.InstantSource.system()),
                    peer,
                    new Access.Door("smtp", InetAddress.getLoopbackAddress()));
            SmtpSession.Services services = new SmtpSession.Services(
                    fixture.cleanup(),
                    fixture.mailLog,
                    Optional.empty(),
                    () -> new SubmissionId(7, fixture.submissions.incrementAndGet()),
                    duration -> {},
                    (kinds, client, lines) -> {});
            new SmtpSession(connection, SessionState.of(peer), access, access, services).run();
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    private static void play(Dialogue dialogue, int index, MemoryConnection connection, List<String> transcript) {
        String line = dialogue.lines().get(index);
        transcript.add(line);
        if (line.startsWith("C: ") || line.equals("C:")) {
            String text = line.length() > 3 ? line.substring(3) : "";
            connection.send((text + "\r\n").getBytes(StandardCharsets.UTF_8));
        } else if (line.startsWith("C~ ")) {
            connection.send(Dialogue.unescaped(line.substring(3)));
        } else if (line.startsWith("S: ")) {
            expect(line.substring(3), connection.line(), transcript);
        } else if (line.startsWith("S… ")) {
            Optional<String> said = connection.line();
            while (said.isPresent() && !Dialogue.matches(line.substring(3), said.get())) {
                said = connection.line();
            }
            expect(line.substring(3), said, transcript);
        } else if (line.equals("closed")) {
            assertThat(connection.line()).as(String.join("\n", transcript)).isEmpty();
        } else if (line.equals("close")) {
            connection.leave();
        } else if (line.startsWith("wait ")) {
            connection.letTimePass();
        } else if (!line.startsWith("DIFFERS: ") && !line.startsWith("#") && !line.isEmpty()) {
            throw new AssertionError(dialogue.name() + ": what is «" + line + "»?");
        }
    }

    private static void expect(String expected, Optional<String> said, List<String> transcript) {
        if (said.isEmpty() || !Dialogue.matches(expected, said.get())) {
            transcript.removeLast();
            transcript.add("> S: " + said.orElse("(closed)"));
            transcript.add("expected: " + expected);
            throw new AssertionError(String.join("\n", transcript));
        }
    }

    /** The lines of the file stand in the log in their order; others may stand between. */
    private static void logged(Dialogue dialogue, List<String> log) {
        int at = 0;
        for (String expected : dialogue.log()) {
            if (expected.startsWith("DIFFERS: ")) {
                continue;
            }
            int begin = at;
            while (at < log.size() && !Dialogue.matches(expected, log.get(at))) {
                at++;
            }
            assertThat(at)
                    .as(dialogue.name() + ": no line «" + expected + "» behind line " + begin + " of\n"
                            + String.join("\n", log))
                    .isLessThan(log.size());
            at++;
        }
    }
}
