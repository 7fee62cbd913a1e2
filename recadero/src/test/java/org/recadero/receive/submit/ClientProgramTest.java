package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The C client against the Java daemon's side, in one process; skipped where there is no C compiler. */
class ClientProgramTest {
    @TempDir
    static Path built;

    /** Short, for the socket's path. */
    @TempDir
    Path folder;

    private final Fakes.Cleanup cleanup = new Fakes.Cleanup();
    private final Fakes.Log log = new Fakes.Log();
    private final CountDownLatch knocked = new CountDownLatch(1);
    private CommandDesk desk = CommandDesk.none();
    private Optional<AutoCloseable> server = Optional.empty();
    private Path recadero;

    @BeforeAll
    static void compile() throws Exception {
        Path source = Path.of("src/main/c/sendmail.c");
        assumeTrue(Files.exists(source), "run in the module's folder");
        Process cc;
        try {
            cc = new ProcessBuilder(
                            "cc",
                            "-std=c11",
                            "-O2",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-o",
                            built.resolve("sendmail").toString(),
                            source.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "no C compiler");
            return;
        }
        String said = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(cc.waitFor()).as(said).isZero();
    }

    @BeforeEach
    void layOut() throws IOException {
        for (String name : List.of("bin", "lib", "etc", "q/recadero")) {
            Files.createDirectories(folder.resolve(name));
        }
        recadero = folder.resolve("q/recadero");
        Files.copy(built.resolve("sendmail"), folder.resolve("bin/sendmail"));
        Files.createSymbolicLink(folder.resolve("bin/mailq"), Path.of("sendmail"));
        Files.createSymbolicLink(folder.resolve("bin/newaliases"), Path.of("sendmail"));
        Files.writeString(
                folder.resolve("etc/main.cf"),
                "queue_directory = /nonexistent\n# queue_directory = /x\nqueue_directory =\n# a comment\n  " + folder
                        + "/q\nmyhostname = h\n");
        script("lib/java-client", "printf '%s\\n' \"$@\" >'" + folder + "/args'; cat >'" + folder + "/stdin'");
        script("bin/postqueue", "echo postqueue \"$@\" in $MAIL_CONFIG");
        script("bin/postalias", "echo postalias \"$@\"; exit 3");
    }

    private void script(String name, String text) throws IOException {
        Path path = folder.resolve(name);
        Files.writeString(path, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void serve() throws IOException {
        SubmissionServer submission = new SubmissionServer(
                Fakes.listen(recadero.resolve("submit"), 1001),
                Fakes.intake(cleanup, log),
                desk,
                StandAlone.none(),
                () -> List.of(new org.recadero.config.TableSpec("hash", "/etc/aliases")),
                knocked::countDown,
                log.mailLog());
        server = Optional.of(submission);
        Thread.ofVirtual().start(() -> {
            try {
                submission.run();
            } catch (IOException e) {
                log.mailLog().error("test", e.toString());
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        if (server.isPresent()) {
            server.get().close();
        }
    }

    /** What a call gave. */
    private record Called(int status, String out, String err) {}

    private Called call(byte[] input, String... words) throws Exception {
        return call(Optional.of(input), Redirect.PIPE, words);
    }

    private Called call(String input, String... words) throws Exception {
        return call(input.getBytes(StandardCharsets.ISO_8859_1), words);
    }

    private Called call(Optional<byte[]> input, Redirect from, String... words) throws Exception {
        List<String> command = new ArrayList<>(Arrays.asList(words));
        command.set(0, folder.resolve("bin").resolve(words[0]).toString());
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(from);
        builder.environment().put("MAIL_CONFIG", folder.resolve("etc").toString());
        builder.environment().remove("NAME");
        Process process = builder.start();
        Thread writer = Thread.ofPlatform().start(() -> {
            try (OutputStream stdin = process.getOutputStream()) {
                if (input.isPresent()) {
                    stdin.write(input.get());
                }
            } catch (IOException closed) {
                // the client need not read all
                return;
            }
        });
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        writer.join();
        return new Called(process.exitValue(), out, err);
    }

    private static byte[] bigMessage(int sizeBytes) {
        byte[] message = new byte[sizeBytes];
        for (int i = 0; i < sizeBytes; i++) {
            message[i] = (byte) (i % 77 == 76 ? '\n' : 'a' + i % 23);
        }
        return message;
    }

    @Test
    void submitsAMessage() throws Exception {
        serve();
        assertThat(call("Subject: x\n\nhola\n", "sendmail", "-i", "otro")).isEqualTo(new Called(0, "", ""));
        assertThat(cleanup.taken().getFirst().content()).isEqualTo("Subject: x\n\nhola\n");
        assertThat(folder.resolve("args")).doesNotExist();
    }

    @Test
    void submitsMegabytesWithTheRightChecksum() throws Exception {
        serve();
        byte[] message = bigMessage(8 << 20);
        assertThat(call(message, "sendmail", "-i", "otro").status()).isZero();
        assertThat(cleanup.taken().getFirst().content().getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(message);
    }

    @Test
    void sendsTenThousandRecipients() throws Exception {
        serve();
        String[] words = new String[10_001];
        words[0] = "sendmail";
        for (int i = 1; i < words.length; i++) {
            words[i] = "recipient-number-" + i + "@destination.example.net";
        }
        assertThat(call("x\n", words).status()).isZero();
        assertThat(cleanup.taken().getFirst().message().recipients()).hasSize(10_000);
        assertThat(cleanup.taken().getFirst().message().recipients().getLast().address())
                .isEqualTo(words[10_000]);
    }

    @Test
    void sendsAnArgumentThatIsLongerThanAFrame() throws Exception {
        serve();
        String list = "a@example.net,".repeat(9_000);
        assertThat(call("x\n", "sendmail", list).status()).isZero();
        assertThat(cleanup.taken().getFirst().message().recipients()).hasSize(9_000);
    }

    @Test
    void stopsAtTheDot() throws Exception {
        serve();
        assertThat(call("a\n.\nb\n", "sendmail", "otro").status()).isZero();
        assertThat(cleanup.taken().getFirst().content()).isEqualTo("a\n");
    }

    /** CONTRACTS: standard input is not read before N. */
    @Test
    void doesNotReadInputThatNobodyWants() throws Exception {
        serve();
        Called called =
                call(Optional.empty(), Redirect.from(Path.of("/dev/zero").toFile()), "sendmail");
        assertThat(called.status()).isEqualTo(75);
        assertThat(called.err()).startsWith("sendmail: fatal: usuario(1001): Recipient addresses must be specified");
    }

    @Test
    void saysThatInputCannotBeRead() throws Exception {
        serve();
        script("bin/from-folder", "exec '" + folder + "/bin/sendmail' otro <'" + folder + "'");
        Called called = call("", "from-folder");
        assertThat(called).isEqualTo(new Called(75, "", "sendmail: fatal: error reading input: Is a directory\n"));
        assertThat(cleanup.taken()).isEmpty();
    }

    @Test
    void runsCommandsInItsOwnPlace() throws Exception {
        serve();
        assertThat(call("", "mailq")).isEqualTo(new Called(0, "postqueue -p in " + folder + "/etc\n", ""));
        assertThat(call("", "newaliases")).isEqualTo(new Called(3, "postalias hash:/etc/aliases\n", ""));
        assertThat(call("", "sendmail", "-C", folder + "/etc/main.cf", "-bp").out())
                .isEqualTo("postqueue -p in " + folder + "/etc\n");
    }

    @Test
    void printsWhatTheDaemonAnswers() throws Exception {
        desk = (command, uid, out, err) -> {
            out.write("Mail queue is empty\n".getBytes(StandardCharsets.UTF_8));
            err.write("x\n".getBytes(StandardCharsets.UTF_8));
            return OptionalInt.of(69);
        };
        serve();
        assertThat(call("", "mailq")).isEqualTo(new Called(69, "Mail queue is empty\n", "x\n"));
    }

    @Test
    void handsAllToJavaWithoutADaemon() throws Exception {
        assertThat(call("hola\n", "sendmail", "-i", "otro", "").status()).isZero();
        List<String> args = Files.readAllLines(folder.resolve("args"));
        assertThat(args.get(0)).isEqualTo("sendmail");
        assertThat(args.get(1)).matches("--recadero-submission=[0-9a-f]{32}");
        assertThat(args.subList(2, args.size())).containsExactly("-i", "otro", "");
        assertThat(folder.resolve("stdin")).hasContent("hola\n");
    }

    @Test
    void leavesADollarInQueueDirectoryToJava() throws Exception {
        serve();
        Files.writeString(folder.resolve("etc/main.cf"), "x = " + folder + "/q\nqueue_directory = $x\n");
        assertThat(call("hola\n", "mailq").status()).isZero();
        assertThat(Files.readAllLines(folder.resolve("args")).getFirst()).isEqualTo("mailq");
    }

    @Test
    void saysSoWhereThereIsNoJavaEither() throws Exception {
        Files.delete(folder.resolve("lib/java-client"));
        Called called = call("hola\n", "sendmail", "otro");
        assertThat(called.status()).isEqualTo(75);
        assertThat(called.err())
                .isEqualTo("sendmail: fatal: the mail system is down, and the Java client cannot be started:"
                        + " No such file or directory\n");
    }

    /** SAFETY 22: lost before Q: the same id and the same input go to Java, whatever was read before. */
    @Test
    void keepsInputUntilTheAnswer() throws Exception {
        for (int size : new int[] {0, 10, 300_000, 1_000_000}) {
            byte[] message = bigMessage(size);
            String[] hello = new String[1];
            SubmissionListener listener = Fakes.listen(recadero.resolve("submit"), 0);
            Thread daemon = Thread.ofPlatform().start(() -> {
                try (SubmissionConnection connection = listener.accept()) {
                    FrameReader reader = new FrameReader(connection.input());
                    hello[0] = SubmissionHeader.read(reader).orElseThrow().id().toString();
                    new FrameWriter(connection.output()).write(FrameType.NEED_INPUT);
                    // half of it, then all the rest, then no answer
                    InputStream content = new FramedContent(reader);
                    content.readNBytes(message.length / 2);
                    if (message.length < 500_000) {
                        content.readAllBytes();
                    }
                } catch (IOException e) {
                    hello[0] = e.toString();
                }
            });
            assertThat(call(message, "sendmail", "-i", "otro").status()).isZero();
            daemon.join();
            listener.close();
            Files.delete(recadero.resolve("submit"));
            assertThat(Files.readAllLines(folder.resolve("args")).get(1))
                    .isEqualTo("--recadero-submission=" + hello[0]);
            assertThat(folder.resolve("stdin")).hasBinaryContent(message);
        }
    }

    /** SAFETY 22: a daemon that refuses early is heard, though it reads no more. */
    @Test
    void hearsARefusalWhileItIsSending() throws Exception {
        SubmissionListener listener = Fakes.listen(recadero.resolve("submit"), 0);
        Thread daemon = Thread.ofPlatform().start(() -> {
            try (SubmissionConnection connection = listener.accept()) {
                FrameWriter writer = new FrameWriter(connection.output());
                SubmissionHeader.read(new FrameReader(connection.input()));
                writer.write(FrameType.NEED_INPUT);
                writer.text(FrameType.ERROR_OUTPUT, "sendmail: fatal: no\n");
                writer.exit(75);
            } catch (IOException e) {
                log.mailLog().error("test", e.toString());
            }
        });
        Called called = call(bigMessage(4 << 20), "sendmail", "-i", "otro");
        daemon.join();
        listener.close();
        assertThat(called).isEqualTo(new Called(75, "", "sendmail: fatal: no\n"));
    }

    /** SAFETY 23. */
    @Test
    void aBareConnectionKnocks() throws Exception {
        serve();
        Fakes.dial(recadero.resolve("submit"), 0).close();
        assertThat(knocked.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void refusesAForbiddenCommand() throws Exception {
        SubmissionListener listener = Fakes.listen(recadero.resolve("submit"), 0);
        Thread daemon = Thread.ofPlatform().start(() -> {
            try (SubmissionConnection connection = listener.accept()) {
                SubmissionHeader.read(new FrameReader(connection.input()));
                new FrameWriter(connection.output()).command(List.of("../../../bin/sh", "-c", "id"));
            } catch (IOException e) {
                log.mailLog().error("test", e.toString());
            }
        });
        Called called = call("", "sendmail", "otro");
        daemon.join();
        listener.close();
        assertThat(called.status()).isEqualTo(75);
        assertThat(called.err()).contains("a command that it may not ask for");
    }
}
