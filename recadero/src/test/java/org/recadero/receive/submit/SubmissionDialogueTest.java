package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.recadero.config.TableSpec;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.route.LoginSenders;

class SubmissionDialogueTest {
    private final Fakes.Cleanup cleanup = new Fakes.Cleanup();
    private final Fakes.Log log = new Fakes.Log();
    private SubmissionDialogue dialogue = Fakes.dialogue(cleanup, log);

    private List<String> say(int uid, Fakes.ClientBytes client) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        dialogue.serve(uid, client.stream(), answer);
        return Fakes.frames(answer.toByteArray());
    }

    private static Fakes.ClientBytes client(String... argv) throws IOException {
        return new Fakes.ClientBytes()
                .header(argv[0], List.of(argv).subList(1, argv.length).toArray(String[]::new));
    }

    @Test
    void takesAMessageAndAsksForItsInputOnce() throws IOException {
        assertThat(say(
                        1001,
                        client("sendmail", "-i", "otro")
                                .data("Subject: x\n")
                                .data("\nhola\n")
                                .end()))
                .containsExactly("N", "Q 0");
        Fakes.Cleanup.Taken taken = cleanup.taken().getFirst();
        assertThat(taken.content()).isEqualTo("Subject: x\n\nhola\n");
        assertThat(taken.message().submission()).isEqualTo(Fakes.ID);
        assertThat(taken.message().sender()).isEqualTo("usuario");
        assertThat(taken.message().fullName()).contains("Usuario Primero");
        assertThat(taken.message().origin()).isEqualTo(new NewMessage.Origin.User(1001));
    }

    @Test
    void endsTheMessageAtTheDotAndSaysSo() throws IOException {
        assertThat(say(1001, client("sendmail", "otro").data("a\n.\n").end())).containsExactly("N", "S", "Q 0");
        assertThat(cleanup.taken().getFirst().content()).isEqualTo("a\n");
    }

    @Test
    void refusesWithoutAskingForInput() throws IOException {
        assertThat(say(1001, client("sendmail")))
                .containsExactly(
                        "R sendmail: fatal: usuario(1001): Recipient addresses must be specified on the command line"
                                + " or via the -t option",
                        "Q 75");
        assertThat(say(4242, client("sendmail", "otro")))
                .containsExactly("R sendmail: fatal: no login name found for user ID 4242", "Q 75");
    }

    /** SAFETY 20: the number decides, and the overflow uid is a stranger who may submit. */
    @Test
    void submitsForTheOverflowUid() throws IOException {
        assertThat(say(65534, client("sendmail", "otro").data("x\n").end())).containsExactly("N", "Q 0");
        assertThat(say(-2, client("sendmail", "-f", "a@b", "otro").data("x\n").end()))
                .containsExactly("N", "Q 0");
    }

    @Test
    void honoursAuthorizedSubmitUsers() throws IOException {
        dialogue = new SubmissionDialogue(
                new SubmissionIntake(
                        cleanup,
                        new SubmissionComposer(Fakes.USERS, (uid, login) -> login.equals("otro")),
                        SubmissionLimits.ofConnections(),
                        log.mailLog()),
                CommandDesk.none(),
                StandAlone.none(),
                List::of);
        assertThat(say(1001, client("sendmail", "otro")))
                .containsExactly("R sendmail: fatal: User usuario(1001) is not allowed to submit mail", "Q 75");
        assertThat(say(1002, client("sendmail", "otro").data("x\n").end())).containsExactly("N", "Q 0");
    }

    /** Postfix: local_login_sender_maps. */
    @Test
    void refusesASenderThatTheUserMayNotUse() throws IOException {
        dialogue = new SubmissionDialogue(
                new SubmissionIntake(
                        cleanup,
                        new SubmissionComposer(Fakes.USERS, new SubmitPermission() {
                            @Override
                            public boolean maySubmit(int uid, String login) {
                                return true;
                            }

                            @Override
                            public LoginSenders.Answer maySendAs(int uid, Optional<String> login, String sender) {
                                return login.orElse("").equals(sender)
                                        ? new LoginSenders.Answer.Allowed()
                                        : new LoginSenders.Answer.Refused();
                            }
                        }),
                        SubmissionLimits.ofConnections(),
                        log.mailLog()),
                CommandDesk.none(),
                StandAlone.none(),
                List::of);
        assertThat(say(1001, client("sendmail", "-f", "jefe@example.net", "otro")))
                .containsExactly(
                        "R sendmail: fatal: jefe@example.net(1001): not authorized to use sender='jefe@example.net'",
                        "Q 75");
        assertThat(say(1001, client("sendmail", "otro").data("x\n").end())).containsExactly("N", "Q 0");
    }

    @Test
    void tellsWhatCleanupSays() throws IOException {
        cleanup.refusal = java.util.Optional.of(Fakes.refused(5, "message file too big"));
        assertThat(say(1001, client("sendmail", "otro").data("x\n").end()))
                .containsExactly("N", "R sendmail: fatal: usuario(1001): message file too big", "Q 75");
    }

    /** SAFETY 22: a bare end of file, a cut and a wrong end frame queue nothing. */
    @Test
    void queuesNothingWithoutTheRightEnd() throws IOException {
        assertThat(say(1001, client("sendmail", "otro").data("x\n"))).containsExactly("N");
        assertThat(say(1001, client("sendmail", "otro").data("x\n").frame(FrameType.CUT_OFF)))
                .containsExactly("N");
        assertThat(say(1001, client("sendmail", "otro").data("x\n").endWrongly()))
                .containsExactly("N", "R sendmail: fatal: length or checksum of the message is wrong", "Q 75");
        assertThat(say(1001, client("sendmail", "otro").data("x\n").frame(FrameType.HELLO)))
                .containsExactly("N", "R sendmail: fatal: unexpected frame inside the message", "Q 75");
        assertThat(cleanup.taken()).isEmpty();
    }

    @Test
    void makesTroubleOfTheQueueTemporary() throws IOException {
        dialogue = Fakes.dialogue(
                (message, content) -> {
                    content.readAllBytes();
                    throw new IOException("disk");
                },
                log);
        assertThat(say(1001, client("sendmail", "otro").data("x\n").end()))
                .containsExactly("N", "R sendmail: fatal: usuario(1001): queue file write error", "Q 75");
        dialogue = Fakes.dialogue(
                (message, content) -> {
                    throw new IllegalStateException("bug");
                },
                log);
        assertThat(say(1001, client("sendmail", "otro").data("x\n").end()))
                .containsExactly("N", "R sendmail: fatal: usuario(1001): internal software error", "Q 75");
    }

    @Test
    void takesASubmissionIdOnce() throws IOException {
        for (int i = 0; i < 3; i++) {
            assertThat(say(1001, client("sendmail", "otro").data("x\n").end())).containsExactly("N", "Q 0");
        }
        assertThat(cleanup.taken()).hasSize(1);
    }

    @Test
    void handsCommandsToTheClient() throws IOException {
        assertThat(say(1001, client("mailq"))).containsExactly("C postqueue -p");
        assertThat(say(1001, client("sendmail", "-v", "-bp"))).containsExactly("C postqueue -v -p");
        assertThat(say(1001, client("sendmail", "-q"))).containsExactly("C postqueue -f");
        assertThat(say(1001, client("sendmail", "-qIABC"))).containsExactly("C postqueue -i ABC");
        assertThat(say(1001, client("sendmail", "-qRa.b"))).containsExactly("C postqueue -s a.b");
        assertThat(say(0, client("sendmail", "-bd"))).containsExactly("C postfix start");
        assertThat(say(0, client("newaliases"))).containsExactly("Q 0");
        dialogue = new SubmissionDialogue(
                Fakes.intake(cleanup, log),
                CommandDesk.none(),
                StandAlone.none(),
                () -> List.of(new TableSpec("hash", "/etc/aliases"), new TableSpec("hash", "/b")));
        assertThat(say(0, client("newaliases"))).containsExactly("C postalias hash:/etc/aliases hash:/b");
        assertThat(say(0, client("newaliases", "-oAhash:/x"))).containsExactly("C postalias hash:/x");
    }

    @Test
    void answersCommandsItselfWhereItCan() throws IOException {
        dialogue = new SubmissionDialogue(
                Fakes.intake(cleanup, log),
                (command, uid, out, err) -> {
                    out.write("Mail queue is empty\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                    return OptionalInt.of(uid == 1001 ? 0 : 69);
                },
                StandAlone.none(),
                List::of);
        assertThat(say(1001, client("mailq"))).containsExactly("O Mail queue is empty", "Q 0");
        assertThat(say(0, client("mailq"))).containsExactly("O Mail queue is empty", "Q 69");
    }

    /** SAFETY 23: a connection without a word says that something lies in the drop folder. */
    @Test
    void takesSilenceForAKnock() throws IOException {
        assertThat(dialogue.serve(1001, InputStream.nullInputStream(), new ByteArrayOutputStream()))
                .isEqualTo(SubmissionDialogue.End.KNOCK);
    }

    @Test
    void refusesOtherVersionsAndOtherProtocols() throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        dialogue.serve(0, new ByteArrayInputStream(new byte[] {'H', 0, 0, 0, 1, 2}), answer);
        assertThat(Fakes.frames(answer.toByteArray()))
                .containsExactly("R sendmail: fatal: protocol version is not 1", "Q 75");
        answer.reset();
        dialogue.serve(
                0,
                new ByteArrayInputStream("GET / HTTP/1.0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                answer);
        assertThat(Fakes.frames(answer.toByteArray())).containsExactly("R sendmail: fatal: unknown frame type", "Q 75");
    }

    @Test
    void takesTenThousandRecipientsInSeveralFrames() throws IOException {
        String[] argv = new String[10_001];
        argv[0] = "sendmail";
        for (int i = 1; i < argv.length; i++) {
            argv[i] = "recipient-number-" + i + "@destination.example.net";
        }
        assertThat(say(1001, client(argv).data("x\n").end())).containsExactly("N", "Q 0");
        assertThat(cleanup.taken().getFirst().message().recipients()).hasSize(10_000);
    }

    /** The heap of the test is far above; what counts is that nothing but a number grows. */
    @Test
    void streamsFiftyMegabytes() throws IOException {
        cleanup.discard = true;
        byte[] header = client("sendmail", "-i", "otro").octets();
        long total = 50L << 20;
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        byte[] line = new byte[64 * 1024];
        java.util.Arrays.fill(line, (byte) 'x');
        for (int i = 79; i < line.length; i += 80) {
            line[i] = '\n';
        }
        InputStream lazily = new InputStream() {
            private InputStream frame = new ByteArrayInputStream(header);
            private long left = total;
            private boolean ended;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int read = frame.read(into, offset, length);
                while (read < 0 && !ended) {
                    frame = new ByteArrayInputStream(next());
                    read = frame.read(into, offset, length);
                }
                return read;
            }

            private byte[] next() throws IOException {
                ByteArrayOutputStream one = new ByteArrayOutputStream();
                FrameWriter writer = new FrameWriter(one);
                if (left > 0) {
                    crc.update(line);
                    left -= line.length;
                    writer.write(FrameType.DATA, line, 0, line.length);
                } else {
                    writer.end(total, crc);
                    ended = true;
                }
                return one.toByteArray();
            }
        };
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        dialogue.serve(1001, lazily, answer);
        assertThat(Fakes.frames(answer.toByteArray())).containsExactly("N", "Q 0");
        assertThat(cleanup.discardedBytes).isEqualTo(total);
    }

    /** SAFETY 22: bytes and messages that wait are bounded for each uid. */
    @Test
    void boundsWhatWaitsForEachUser() throws IOException {
        SubmissionLimits limits = new SubmissionLimits(
                () -> new SubmissionLimits.Bounds(20, 500, 10, 100),
                uid -> uid == 1001 ? new SubmissionLimits.Load(10, 0) : new SubmissionLimits.Load(0, 50));
        dialogue = new SubmissionDialogue(
                new SubmissionIntake(
                        cleanup, new SubmissionComposer(Fakes.USERS, (uid, login) -> true), limits, log.mailLog()),
                CommandDesk.none(),
                StandAlone.none(),
                List::of);
        assertThat(say(1001, client("sendmail", "otro").data("x\n").end()))
                .containsExactly("R sendmail: fatal: usuario(1001): too much mail of this user is waiting", "Q 75");
        assertThat(say(1002, client("sendmail", "otro").data("x".repeat(60)).end()))
                .containsExactly("N", "R sendmail: fatal: otro(1002): too much mail of this user is waiting", "Q 75");
        assertThat(say(1002, client("sendmail", "otro").data("x".repeat(40)).end()))
                .containsExactly("N", "Q 0");
        assertThat(cleanup.taken()).hasSize(1);
    }

    /** SAFETY 22: connections are bounded for each uid. */
    @Test
    void boundsConnectionsOfEachUser() {
        SubmissionLimits limits = SubmissionLimits.ofConnections();
        java.util.List<SubmissionLimits.Lease> leases = new java.util.ArrayList<>();
        for (int i = 0; i < 20; i++) {
            leases.add(limits.connect(1001).orElseThrow());
        }
        assertThat(limits.connect(1001)).isEmpty();
        assertThat(limits.connect(1002)).isPresent();
        leases.forEach(SubmissionLimits.Lease::close);
        leases.getFirst().close();
        assertThat(limits.connect(1001)).isPresent();
    }

    @Test
    void seededFuzzedFramesDoNoHarm() throws IOException {
        Random random = new Random(20_260_101);
        byte[] good = client("sendmail", "-i", "-f", "a@b", "otro")
                .data("Subject: x\n\nhola\n")
                .end()
                .octets();
        for (int round = 0; round < 3_000; round++) {
            byte[] bad = good.clone();
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(bad.length) : bad.length;
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                dialogue.serve(1001, new ByteArrayInputStream(bad, 0, length), answer);
            } catch (IOException cutOff) {
                assertThat(cutOff).isInstanceOf(java.io.EOFException.class);
            }
            Fakes.frames(answer.toByteArray());
        }
        cleanup.taken().forEach(t -> assertThat(t.content()).isEqualTo("Subject: x\n\nhola\n"));
        assertThat(log.lines).noneMatch(l -> l.contains("error:"));
    }

    @Test
    void refusesMoreArgumentsThanLinuxEverGives() throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        FrameWriter writer = new FrameWriter(octets);
        new SubmissionHeader(Fakes.ID, "sendmail", List.of(), Map.of()).writeTo(writer);
        byte[] header = octets.toByteArray();
        octets.reset();
        octets.write(header, 0, 22); // the hello alone
        byte[] zeros = new byte[64 * 1024];
        for (int i = 0; i < 120; i++) {
            writer.write(FrameType.ARGUMENTS, zeros, 0, zeros.length);
        }
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        dialogue.serve(0, new ByteArrayInputStream(octets.toByteArray()), answer);
        assertThat(Fakes.frames(answer.toByteArray())).containsExactly("R sendmail: fatal: too many arguments", "Q 75");
    }

    @Test
    void throwsWhereTheConnectionIsLostBeforeTheInput() throws IOException {
        byte[] octets = client("sendmail", "otro").octets();
        assertThatThrownBy(() -> dialogue.serve(
                        0, new ByteArrayInputStream(octets, 0, octets.length - 3), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class);
    }
}
