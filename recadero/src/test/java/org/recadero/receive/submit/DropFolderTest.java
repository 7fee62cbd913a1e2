package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.recadero.envelope.SubmissionId;
import org.recadero.os.LinuxFileSystem;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;

/** SAFETY 22 to 25, with real files; those of other users need root and are skipped without. */
class DropFolderTest {
    private static final Instant NOW = Instant.parse("2026-11-24T03:00:00Z");

    @TempDir
    Path folder;

    private final Fakes.Cleanup cleanup = new Fakes.Cleanup();
    private final Fakes.Log log = new Fakes.Log();
    private Path drop;
    private Path corrupt;
    private int ids;

    @BeforeEach
    void layOut() throws IOException {
        drop = Files.createDirectory(folder.resolve("drop"));
        Files.createDirectory(drop.resolve("root"));
        corrupt = Files.createDirectory(folder.resolve("corrupt"));
    }

    private static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root, to make files of other users");
    }

    private DropFolder dropFolder(MessageIntake intake, DropFolder.Bounds bounds) {
        return new DropFolder(
                drop,
                corrupt,
                new LinuxFileSystem(),
                Fakes.intake(intake, log),
                bounds,
                () -> NOW,
                new Random(1),
                log.mailLog());
    }

    private DropFolder.Round scan() {
        return dropFolder(cleanup, DropFolder.Bounds.of(10_240_000)).scan();
    }

    /** Leaves a drop as uid would. */
    private Path leave(Path where, int uid, String content, String... arguments) throws IOException {
        SubmissionId id = new SubmissionId(7, ++ids);
        DropFile.write(
                where,
                new DropFile.Submission(id, "sendmail", List.of(arguments), Map.of("NAME", "De Entorno")),
                new ByteArrayInputStream(content.getBytes(StandardCharsets.ISO_8859_1)),
                new DropFile.Rules(true, false, 0));
        Path path = where.resolve(id.toString());
        own(path, uid);
        return path;
    }

    private static void own(Path path, int uid) throws IOException {
        Files.setAttribute(path, "unix:uid", uid, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    }

    private List<Path> setAside() throws IOException {
        try (Stream<Path> list = Files.list(corrupt)) {
            return list.toList();
        }
    }

    @Test
    void takesADropWithTheOwnersUidAndDeletesItThen() throws IOException {
        needsRoot();
        Path left = leave(drop, 1001, "Subject: x\n\nhola\n.\nno more\n", "otro");
        assertThat(scan()).isEqualTo(new DropFolder.Round(1, 0, 0));
        Fakes.Cleanup.Taken taken = cleanup.taken().getFirst();
        assertThat(taken.content()).isEqualTo("Subject: x\n\nhola\n");
        assertThat(taken.message().origin()).isEqualTo(new NewMessage.Origin.User(1001));
        assertThat(taken.message().sender()).isEqualTo("usuario");
        assertThat(taken.message().fullName()).contains("De Entorno");
        assertThat(taken.message().submission()).isEqualTo(new SubmissionId(7, 1));
        assertThat(left).doesNotExist();
    }

    /** SAFETY 24: 0640 whatever the umask. */
    @Test
    void writesADropThatTheDaemonsGroupMayRead() throws IOException {
        Path left = leave(drop, (int) Files.getAttribute(drop, "unix:uid"), "x\n", "otro");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(left)))
                .isEqualTo("rw-r-----");
        try (Stream<Path> list = Files.list(drop)) {
            assertThat(list.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder("root", left.getFileName().toString());
        }
    }

    /** SAFETY 22: dropped again under the same id (the answer was lost): taken once. */
    @Test
    void takesAnIdOnce() throws IOException {
        needsRoot();
        leave(drop, 1001, "x\n", "otro");
        scan();
        ids--;
        Path again = leave(drop, 1001, "x\n", "otro");
        assertThat(scan().taken()).isEqualTo(1);
        assertThat(cleanup.taken()).hasSize(1);
        assertThat(again).doesNotExist();
    }

    /** SAFETY 25: drops of uid 0 only from drop/root/. */
    @Test
    void takesRootsMailFromItsOwnFolderOnly() throws IOException {
        needsRoot();
        leave(drop, 0, "false\n", "otro");
        leave(drop.resolve("root"), 0, "true\n", "otro");
        leave(drop.resolve("root"), 1001, "false\n", "otro");
        assertThat(scan()).isEqualTo(new DropFolder.Round(1, 2, 0));
        assertThat(cleanup.taken()).extracting(Fakes.Cleanup.Taken::content).containsExactly("true\n");
        assertThat(setAside()).hasSize(2);
    }

    /** SAFETY 25: malformed goes to corrupt/ with a line that quotes none of it. */
    @ParameterizedTest
    @ValueSource(strings = {"cut", "tail", "flip", "text", "empty", "not-a-message", "extra"})
    void setsTheMalformedAsideWithoutQuotingIt(String how) throws IOException {
        needsRoot();
        Path left = leave(drop, 1001, "secreto secreto\n", how.equals("not-a-message") ? "-bp" : "otro");
        byte[] octets = Files.readAllBytes(left);
        switch (how) {
            case "cut" -> Files.write(left, java.util.Arrays.copyOf(octets, octets.length - 20));
            case "tail" -> Files.write(left, java.util.Arrays.copyOf(octets, octets.length + 1));
            case "flip" -> {
                octets[octets.length - 20] ^= 1;
                Files.write(left, octets);
            }
            case "text" -> Files.writeString(left, "secreto");
            case "empty" -> Files.writeString(left, "");
            case "not-a-message" -> {}
            default -> {
                Path named = left.resolveSibling("secreto");
                Files.move(left, named);
                left = named;
            }
        }
        assertThat(scan()).isEqualTo(new DropFolder.Round(0, 1, 0));
        assertThat(left).doesNotExist();
        assertThat(setAside()).hasSize(1);
        assertThat(cleanup.taken()).isEmpty();
        assertThat(log.text()).contains("uid=1001").doesNotContain("secreto");
    }

    /** SAFETY 25: over the limit, or sparse: set aside unread. */
    @Test
    void setsTheLargeAndTheSparseAsideUnread() throws IOException {
        needsRoot();
        leave(drop, 1001, "x".repeat(5_000) + "\n", "otro");
        Path sparse = leave(drop, 1002, "x\n", "otro");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(2 << 20);
        }
        MessageIntake nobody = (message, content) -> {
            throw new AssertionError("was read");
        };
        DropFolder.Bounds bounds = new DropFolder.Bounds(10, 1 << 20, 3_000, 100);
        assertThat(dropFolder(nobody, bounds).scan()).isEqualTo(new DropFolder.Round(0, 2, 0));
        assertThat(dropFolder(nobody, DropFolder.Bounds.of(0)).scan().setAside())
                .isZero();
        assertThat(log.text()).contains("too large");
        Path again = leave(drop, 1002, "x\n", "otro");
        try (RandomAccessFile file = new RandomAccessFile(again.toFile(), "rw")) {
            file.setLength(2 << 20);
        }
        assertThat(dropFolder(nobody, DropFolder.Bounds.of(0)).scan().setAside())
                .isEqualTo(1);
        assertThat(log.text()).contains("sparse");
    }

    /** SAFETY 25: more than one link: left, warned of. */
    @Test
    void leavesWhatHasMoreThanOneLink() throws IOException {
        needsRoot();
        Path left = leave(drop, 1001, "x\n", "otro");
        Files.createLink(folder.resolve("other"), left);
        assertThat(scan()).isEqualTo(new DropFolder.Round(0, 0, 0));
        assertThat(left).exists();
        assertThat(log.text()).contains("more than one link");
    }

    /** SAFETY 25: a temporary name older than a day: removed; a younger one is being written. */
    @Test
    void removesOldTemporaryNamesOnly() throws IOException {
        Path young = Files.writeString(drop.resolve("t." + "0".repeat(32)), "x");
        Path old = Files.writeString(drop.resolve("t." + "1".repeat(32)), "x");
        Files.setLastModifiedTime(young, FileTime.from(NOW.minus(Duration.ofHours(23))));
        Files.setLastModifiedTime(old, FileTime.from(NOW.minus(Duration.ofHours(25))));
        scan();
        assertThat(young).exists();
        assertThat(old).doesNotExist();
    }

    /** SAFETY 6, 25: nothing is followed and nothing blocks. */
    @Test
    void neitherFollowsNorBlocks() throws Exception {
        Path target = Files.writeString(folder.resolve("target"), "secreto");
        Path link = Files.createSymbolicLink(drop.resolve("2".repeat(32)), target);
        Path fifo = drop.resolve("3".repeat(32));
        assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0);
        Path directory = Files.createDirectory(drop.resolve("4".repeat(32)));
        assertThat(scan()).isEqualTo(new DropFolder.Round(0, 0, 0));
        assertThat(link).doesNotExist();
        assertThat(fifo).doesNotExist();
        assertThat(target).hasContent("secreto");
        assertThat(directory).exists();
        assertThat(log.text()).contains("1 folders in the drop folder");
    }

    /** SAFETY 25: a number and bytes for each uid and round; nobody else waits for it. */
    @Test
    void givesEachUserHisShareOfARound() throws IOException {
        needsRoot();
        for (int i = 0; i < 5; i++) {
            leave(drop, 1001, "x\n", "otro");
        }
        leave(drop, 1002, "y\n", "otro");
        DropFolder drops = dropFolder(cleanup, new DropFolder.Bounds(2, 1 << 20, 1 << 20, 100));
        assertThat(drops.scan()).isEqualTo(new DropFolder.Round(3, 0, 3));
        assertThat(drops.scan()).isEqualTo(new DropFolder.Round(2, 0, 1));
        assertThat(drops.scan()).isEqualTo(new DropFolder.Round(1, 0, 0));
        assertThat(cleanup.taken()).hasSize(6);
    }

    @Test
    void keepsWhatIsRefusedForNowAndSetsAsideWhatIsRefusedForGood() throws IOException {
        needsRoot();
        Path left = leave(drop, 1001, "x\n", "otro");
        cleanup.refusal = Optional.of(Fakes.refused(4, "insufficient system storage"));
        scan();
        assertThat(left).exists();
        cleanup.refusal = Optional.of(Fakes.refused(5, "message file too big"));
        assertThat(scan().setAside()).isEqualTo(1);
        assertThat(left).doesNotExist();
        assertThat(log.text()).contains("message file too big");
    }

    @Test
    void keepsADropWhereTheQueueFails() throws IOException {
        needsRoot();
        Path left = leave(drop, 1001, "x\n", "otro");
        MessageIntake broken = (message, content) -> {
            content.readAllBytes();
            throw new IOException("disk");
        };
        dropFolder(broken, DropFolder.Bounds.of(0)).scan();
        assertThat(left).exists();
    }

    /** SAFETY 22: found at start, on a knock, and without either. */
    @Test
    void looksAtStartAndOnAKnockAndFromTimeToTime() throws Exception {
        needsRoot();
        DropFolder drops = dropFolder(cleanup, DropFolder.Bounds.of(0));
        leave(drop, 1001, "start\n", "otro");
        Thread thread = Thread.ofPlatform().start(() -> drops.run(Duration.ofHours(1)));
        assertThat(cleanup.arrivals
                        .poll(30, java.util.concurrent.TimeUnit.SECONDS)
                        .content())
                .isEqualTo("start\n");
        leave(drop, 1001, "knock\n", "otro");
        drops.knock();
        assertThat(cleanup.arrivals
                        .poll(30, java.util.concurrent.TimeUnit.SECONDS)
                        .content())
                .isEqualTo("knock\n");
        thread.interrupt();
        thread.join();
        DropFolder often = dropFolder(cleanup, DropFolder.Bounds.of(0));
        // at once, with its owner: it is looked for all the time
        Path ready = leave(Files.createDirectory(folder.resolve("beside")), 1001, "time\n", "otro");
        Thread second = Thread.ofPlatform().start(() -> often.run(Duration.ofMillis(20)));
        Files.move(ready, drop.resolve(ready.getFileName()));
        assertThat(cleanup.arrivals
                        .poll(30, java.util.concurrent.TimeUnit.SECONDS)
                        .content())
                .isEqualTo("time\n");
        second.interrupt();
        second.join();
    }

    @Test
    void seededFuzzedDropsDoNoHarm() throws IOException {
        needsRoot();
        Random random = new Random(42);
        Path model = leave(drop, 1001, "Subject: x\n\nhola\n", "otro");
        byte[] good = Files.readAllBytes(model);
        Files.delete(model);
        for (int round = 0; round < 300; round++) {
            byte[] bad = good.clone();
            for (int i = random.nextInt(1, 5); i > 0; i--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Path path = Files.write(drop.resolve("%032x".formatted(round)), bad);
            own(path, 1001);
        }
        DropFolder.Round round = scan();
        assertThat(round.taken() + round.setAside()).isEqualTo(300);
        assertThat(cleanup.taken()).allMatch(t -> t.content().equals("Subject: x\n\nhola\n"));
    }

    @Test
    void leavesNothingBehindWhereAMessageMayNotBeLeft() throws IOException {
        DropFile.Submission submission = new DropFile.Submission(Fakes.ID, "sendmail", List.of("-t"), Map.of());
        InputStream large = new ByteArrayInputStream(new byte[2_000]);
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> DropFile.write(drop, submission, large, new DropFile.Rules(true, false, 1_000)))
                .isInstanceOf(DropFile.RefusedException.class)
                .hasMessage("message file too big");
        InputStream nobody =
                new ByteArrayInputStream("Subject: to: x\nTo:\nCc: \n\nTo: x\n".getBytes(StandardCharsets.UTF_8));
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> DropFile.write(drop, submission, nobody, new DropFile.Rules(true, true, 0)))
                .hasMessage("No recipient addresses found in message header");
        try (Stream<Path> list = Files.list(drop)) {
            assertThat(list.filter(Files::isRegularFile)).isEmpty();
        }
        InputStream folded = new ByteArrayInputStream("Subject: x\nbcc:\n otro\n\n".getBytes(StandardCharsets.UTF_8));
        DropFile.write(drop, submission, folded, new DropFile.Rules(true, true, 0));
    }
}
