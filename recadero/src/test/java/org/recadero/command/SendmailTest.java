package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.os.KnownUsers;
import org.recadero.os.UserDatabase;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.receive.submit.CommandDesk;
import org.recadero.receive.submit.StandAlone;
import org.recadero.receive.submit.SubmissionComposer;
import org.recadero.receive.submit.SubmissionConnection;
import org.recadero.receive.submit.SubmissionIntake;
import org.recadero.receive.submit.SubmissionLimits;
import org.recadero.receive.submit.SubmissionServer;
import org.recadero.receive.submit.UnixSockets;

class SendmailTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<NewMessage> taken = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private final List<Path> dialled = new ArrayList<>();
    private int uid;

    @BeforeEach
    void layOut() throws IOException {
        uid = Sendmail.ownUid();
        Files.createDirectories(folder.resolve("q/recadero/drop/root"));
    }

    private Path dropped() {
        Path drop = folder.resolve("q/recadero/drop");
        return (uid == 0 ? drop.resolve("root") : drop).resolve(ID);
    }

    private static SubmissionConnection noDaemon() throws IOException {
        throw new ConnectException("Connection refused");
    }

    private Sendmail.Decision call(Sendmail.Dialer dialer, InputStream in, String invokedAs, String... arguments) {
        return new Sendmail(
                        dialer,
                        config -> new Sendmail.Settings(folder.resolve("q"), 1_000_000),
                        in,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of("NAME", "Alguien"),
                        uid)
                .decide(invokedAs, List.of(arguments));
    }

    private Sendmail.Decision withoutDaemon(String in, String invokedAs, String... arguments) {
        return call(
                (socket, limit) -> {
                    dialled.add(socket);
                    return noDaemon();
                },
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                invokedAs,
                arguments);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** SAFETY 22 to 24: under the id that the C client used; SAFETY 23: then one more attempt to connect. */
    @Test
    void leavesADropUnderTheSameIdAndKnocks() {
        assertThat(withoutDaemon("hola\n", "sendmail", "--recadero-submission=" + ID, "-i", "otro"))
                .isEqualTo(new Sendmail.Decision.Exit(0));
        assertThat(dropped()).exists();
        assertThat(dialled).hasSize(2);
        assertThat(errors()).isEmpty();
    }

    @Test
    void refusesWithoutDaemonWhatTheDaemonWouldRefuse() throws IOException {
        assertThat(withoutDaemon("x", "sendmail")).isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors()).contains("Recipient addresses must be specified on the command line");
        assertThat(withoutDaemon("Subject: x\n\nTo: y\n", "sendmail", "-t")).isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors()).contains("No recipient addresses found in message header");
        assertThat(withoutDaemon("x".repeat(1_000_001), "sendmail", "otro")).isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors()).contains("message file too big");
        assertThat(withoutDaemon("", "sendmail", "-Z")).isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors()).endsWith("sendmail: fatal: usage: sendmail [options]\n");
        try (Stream<Path> left = Files.walk(folder.resolve("q/recadero"))) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void saysWhereAMessageCannotBeLeft() throws IOException {
        Files.delete(folder.resolve("q/recadero/drop/root"));
        Files.delete(folder.resolve("q/recadero/drop"));
        assertThat(withoutDaemon("x\n", "sendmail", "otro")).isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors())
                .contains("the mail system is down and the message cannot be left in")
                .contains("No such file or directory");
    }

    @Test
    void leavesCommandsToTheCaller() {
        assertThat(withoutDaemon("", "mailq", "-C", "/a/main.cf"))
                .isEqualTo(new Sendmail.Decision.RunCommand(List.of("postqueue", "-p"), Optional.of(Path.of("/a"))));
        assertThat(withoutDaemon("", "newaliases"))
                .isEqualTo(new Sendmail.Decision.RunCommand(List.of("newaliases"), Optional.empty()));
        // SAFETY 19
        assertThat(withoutDaemon("", "mailq", "--recadero-ignore-config", "-C", "/a"))
                .isEqualTo(new Sendmail.Decision.RunCommand(List.of("postqueue", "-p"), Optional.empty()));
    }

    private static UserDatabase users() {
        return new KnownUsers(Map.of(), Map.of()) {
            @Override
            public Optional<User> byUid(int number) {
                return Optional.of(new User("yo", number, number, "Yo", "/", "/bin/sh"));
            }
        };
    }

    private SubmissionServer server() throws IOException {
        MailLog log = new MailLog((severity, tag, text) -> {}, "postfix");
        SubmissionIntake intake = new SubmissionIntake(
                (message, content) -> {
                    String text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
                    taken.add(message);
                    contents.add(text);
                    return new Receipt.Queued(QueueId.of(1), text.length());
                },
                new SubmissionComposer(users(), (number, login) -> true),
                SubmissionLimits.ofConnections(),
                log);
        SubmissionServer server = new SubmissionServer(
                UnixSockets.bind(folder.resolve("q/recadero/submit"), 16),
                intake,
                CommandDesk.none(),
                StandAlone.none(),
                List::of,
                () -> {},
                log);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                server.run();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        return server;
    }

    /** SAFETY 20: through the real sockets the daemon learns the real uid. */
    @Test
    void submitsThroughTheRealSocket() throws IOException {
        SubmissionServer server = server();
        try (server) {
            assertThat(call(
                            UnixSockets::connect,
                            new ByteArrayInputStream("hola\n".getBytes(StandardCharsets.UTF_8)),
                            "sendmail",
                            "--recadero-submission=" + ID,
                            "otro"))
                    .isEqualTo(new Sendmail.Decision.Exit(0));
            assertThat(call(UnixSockets::connect, InputStream.nullInputStream(), "mailq"))
                    .isEqualTo(new Sendmail.Decision.RunCommand(List.of("postqueue", "-p"), Optional.empty()));
        }
        assertThat(contents).containsExactly("hola\n");
        assertThat(taken.getFirst().submission().toString()).isEqualTo(ID);
        assertThat(taken.getFirst().origin()).isEqualTo(new NewMessage.Origin.User(uid));
        assertThat(dropped()).doesNotExist();
    }

    /** A terminal: the dot ends the message though standard input stays open. */
    @Test
    void hearsTheDaemonWhileInputIsSilent() throws Exception {
        SubmissionServer server = server();
        try (server;
                PipedOutputStream terminal = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(terminal, 1_024)) {
            terminal.write("hola\n.\n".getBytes(StandardCharsets.UTF_8));
            terminal.flush();
            assertThat(call(UnixSockets::connect, in, "sendmail", "otro")).isEqualTo(new Sendmail.Decision.Exit(0));
        }
        assertThat(contents).containsExactly("hola\n");
    }

    /** SAFETY 22: lost before Q: the whole input goes into the drop, under the same id. */
    @Test
    void dropsWhatTheDaemonDidNotAnswer() throws IOException {
        byte[] message = "x".repeat(400_000).getBytes(StandardCharsets.UTF_8);
        Sendmail.Dialer dies = (socket, limit) -> new Dying();
        assertThat(call(dies, new ByteArrayInputStream(message), "sendmail", "--recadero-submission=" + ID, "otro"))
                .isEqualTo(new Sendmail.Decision.Exit(0));
        assertThat(Files.size(dropped())).isGreaterThan(message.length);
    }

    /** SAFETY 19. */
    @Test
    void givesNothingToAStranger() {
        Dying stranger = new Dying() {
            @Override
            public int peerUid() {
                return 4_242;
            }
        };
        assertThat(call((socket, limit) -> stranger, new ByteArrayInputStream(new byte[10]), "sendmail", "otro"))
                .isEqualTo(new Sendmail.Decision.Exit(75));
        assertThat(errors()).contains("served by a stranger");
        assertThat(stranger.sent.size()).isZero();
    }

    /** A daemon that asks for input, takes it, and goes. */
    private static class Dying implements SubmissionConnection {
        final ByteArrayOutputStream sent = new ByteArrayOutputStream();

        @Override
        public int peerUid() {
            return 0;
        }

        @Override
        public InputStream input() {
            return new ByteArrayInputStream(new byte[] {'N', 0, 0, 0, 0});
        }

        @Override
        public OutputStream output() {
            return sent;
        }

        @Override
        public void readTimeout(Duration limit) {}

        @Override
        public void close() {}
    }
}
