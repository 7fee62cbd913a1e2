package org.recadero.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.recadero.os.FileSystem.AT_FDCWD;
import static org.recadero.os.FileSystem.O_CREAT;
import static org.recadero.os.FileSystem.O_DIRECTORY;
import static org.recadero.os.FileSystem.O_EXCL;
import static org.recadero.os.FileSystem.O_RDONLY;
import static org.recadero.os.FileSystem.O_RDWR;
import static org.recadero.os.FileSystem.O_WRONLY;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxFileSystemTest {
    private final LinuxFileSystem files = new LinuxFileSystem();

    @TempDir
    Path folder;

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private int create(String name) throws IOException {
        return files.open(AT_FDCWD, path(name), O_RDWR | O_CREAT | O_EXCL, 0600);
    }

    private static int errno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(call);
        assertThat(thrown).isInstanceOf(ErrnoException.class);
        return ((ErrnoException) thrown).errno();
    }

    @Test
    void saysWhatFailedInTheWordsOfTheCLibrary() {
        assertThatThrownBy(() -> files.open(AT_FDCWD, folder.toString(), O_WRONLY, 0))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open " + folder + ": Is a directory");
        assertThat(errno(() -> files.open(AT_FDCWD, path("none"), O_RDONLY, 0))).isEqualTo(Errno.ENOENT);
        assertThat(errno(() -> files.open(AT_FDCWD, "a\0b", O_RDONLY, 0))).isEqualTo(Errno.EINVAL);
        assertThat(errno(() -> files.open(AT_FDCWD, "x".repeat(5_000), O_RDONLY, 0)))
                .isEqualTo(Errno.ENAMETOOLONG);
        assertThat(errno(() -> files.status(1_000_000))).isEqualTo(Errno.EBADF);
    }

    @Test
    void followsNoSymbolicLink() throws Exception { // SAFETY 6
        Files.writeString(folder.resolve("secret"), "x");
        Files.createSymbolicLink(folder.resolve("link"), Path.of("secret"));
        assertThat(errno(() -> files.open(AT_FDCWD, path("link"), O_RDONLY, 0))).isEqualTo(Errno.ELOOP);
        assertThat(errno(() -> files.open(AT_FDCWD, path("link"), O_WRONLY | O_CREAT, 0600)))
                .isEqualTo(Errno.ELOOP);
        assertThat(files.statusAt(AT_FDCWD, path("link")).isSymbolicLink()).isTrue();
        // but a folder that the configuration names may be one
        Files.createSymbolicLink(folder.resolve("folder"), folder);
        files.close(files.openFolder(path("folder")));
    }

    @Test
    void isNotBlockedByFifo() throws Exception { // SAFETY 6
        assertThat(new ProcessBuilder("mkfifo", path("fifo")).start().waitFor()).isZero();
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            assertThat(errno(() -> files.open(AT_FDCWD, path("fifo"), O_WRONLY, 0)))
                    .isEqualTo(Errno.ENXIO);
            int fifo = files.open(AT_FDCWD, path("fifo"), O_RDWR, 0);
            assertThat(files.status(fifo).isRegular()).isFalse();
            files.close(fifo);
        });
    }

    @Test
    void tellsWhatAFileIs() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "12345");
        Files.setAttribute(file, "unix:mode", 0640);
        Files.createLink(folder.resolve("second"), file);
        int descriptor = files.open(AT_FDCWD, file.toString(), O_RDONLY, 0);
        FileStatus status = files.status(descriptor);
        files.close(descriptor);
        assertThat(status.isRegular()).isTrue();
        assertThat(status.size()).isEqualTo(5);
        assertThat(status.links()).isEqualTo(2);
        assertThat(status.permissions()).isEqualTo(0640);
        assertThat(status.uid()).isEqualTo(Files.getAttribute(file, "unix:uid"));
        assertThat(status.gid()).isEqualTo(Files.getAttribute(file, "unix:gid"));
        assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(status.device()).isEqualTo(Files.getAttribute(file, "unix:dev"));
        assertThat(status.mtimeNanos() / 1_000_000)
                .isEqualTo(Files.getLastModifiedTime(file).toMillis());
        assertThat(files.statusAt(AT_FDCWD, file.toString())).isEqualTo(status);
        assertThat(files.statusAt(AT_FDCWD, folder.toString()).isDirectory()).isTrue();
    }

    @Test
    void readsAndWritesHeapAndNativeMemory() throws Exception {
        byte[] bytes = new byte[3 * Sys.BUFFER_BYTES + 17];
        new Random(1).nextBytes(bytes);
        int file = create("data");
        try (Arena arena = Arena.ofConfined()) {
            files.write(file, MemorySegment.ofArray(bytes), 5);
            MemorySegment memory = arena.allocate(bytes.length);
            assertThat(files.read(file, memory, 5)).isEqualTo(bytes.length);
            assertThat(memory.mismatch(MemorySegment.ofArray(bytes))).isEqualTo(-1);
            files.write(file, memory, 5L + bytes.length);
            byte[] again = new byte[bytes.length + 100];
            assertThat(files.read(file, MemorySegment.ofArray(again), 5L + bytes.length))
                    .isEqualTo(bytes.length);
            assertThat(again).startsWith(bytes);
            assertThat(files.read(file, memory, 10_000_000)).isZero();
        }
        files.sync(file);
        files.dataSync(file);
        files.truncate(file, 3);
        assertThat(files.status(file).size()).isEqualTo(3);
        files.close(file);
    }

    @Test
    void reservesAndGivesBackRoom() throws Exception {
        int file = create("segment");
        files.allocate(file, 0, 1 << 20);
        assertThat(files.status(file).size()).isEqualTo(1 << 20);
        long full = files.status(file).blocks512();
        assertThat(full).isGreaterThanOrEqualTo(2_048);
        files.punchHole(file, 0, 1 << 19);
        assertThat(files.status(file).size()).isEqualTo(1 << 20);
        assertThat(files.status(file).blocks512()).isLessThan(full);
        files.close(file);
    }

    @Test
    void survivesInterruptedReaders() throws Exception { // SAFETY 11
        byte[] content = "content".getBytes(UTF_8);
        int file = create("body");
        files.write(file, MemorySegment.ofArray(content), 0);
        List<Future<Boolean>> all = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                boolean interrupted = i % 2 == 0;
                Callable<Boolean> reader = () -> {
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    byte[] into = new byte[content.length];
                    long count = files.read(file, MemorySegment.ofArray(into), 0);
                    return count == content.length && java.util.Arrays.equals(into, content);
                };
                all.add(threads.submit(reader));
            }
        }
        for (Future<Boolean> one : all) {
            assertThat(one.get()).isTrue();
        }
        assertThat(files.status(file).size()).isEqualTo(content.length);
        files.close(file);
    }

    @Test
    void changesNamesAndRights() throws Exception {
        int at = files.openFolder(folder.toString());
        files.makeFolder(at, "new", 0700);
        int file = files.open(at, "one", O_WRONLY | O_CREAT | O_EXCL, 0600);
        files.changeMode(file, 0644);
        FileStatus status = files.status(file);
        files.changeOwner(file, status.uid(), status.gid());
        assertThat(status.permissions()).isEqualTo(0644);
        assertThat(errno(() -> files.open(at, "one", O_WRONLY | O_CREAT | O_EXCL, 0600)))
                .isEqualTo(Errno.EEXIST);
        files.link(at, "one", at, "two");
        files.rename(at, "one", at, "new/three");
        files.unlink(at, "two");
        assertThat(files.list(at, 10)).containsExactly("new");
        int sub = files.open(at, "new", O_RDONLY | O_DIRECTORY, 0);
        assertThat(files.list(sub, 10)).containsExactly("three");
        assertThat(files.list(sub, 10)).containsExactly("three");
        assertThat(errno(() -> files.open(at, "new/three", O_RDONLY | O_DIRECTORY, 0)))
                .isEqualTo(Errno.ENOTDIR);
        files.syncFolder(path("new"));
        files.close(sub);
        files.close(file);
        files.close(at);
    }

    @Test
    void listsAsManyAsAskedAndEveryName() throws Exception {
        int at = files.openFolder(folder.toString());
        for (int i = 0; i < 1_500; i++) {
            Files.createFile(folder.resolve("a-rather-long-name-so-that-the-buffer-fills-more-than-once-" + i));
        }
        assertThat(files.list(at, 10)).hasSize(10);
        assertThat(files.list(at, 10_000))
                .hasSize(1_500)
                .doesNotContain(".", "..")
                .doesNotHaveDuplicates();
        // no UTF-8: a hostile name can still be opened and removed
        files.close(files.open(at, "bad\uDCFF\uDC80", O_WRONLY | O_CREAT | O_EXCL, 0600));
        assertThat(files.list(at, 10_000)).contains("bad\uDCFF\uDC80");
        files.unlink(at, "bad\uDCFF\uDC80");
        assertThat(files.list(at, 10_000)).hasSize(1_500);
        files.close(at);
    }

    @Test
    void locksAgainstOthers() throws Exception {
        int one = create("lock");
        int two = files.open(AT_FDCWD, path("lock"), O_RDWR, 0);
        assertThat(files.tryFlock(one)).isTrue();
        assertThat(files.tryFlock(two)).isFalse();
        files.close(one);
        assertThat(files.tryFlock(two)).isTrue();
        assertThat(files.tryLock(two)).isTrue();
        assertThat(lockedSeenFromOutside()).isTrue();
        files.close(two);
        assertThat(lockedSeenFromOutside()).isFalse();
    }

    /** Another process's view, from the kernel's list: «1: POSIX  ADVISORY  WRITE pid major:minor:inode start end». */
    private boolean lockedSeenFromOutside() throws IOException {
        String inode = ":" + files.statusAt(AT_FDCWD, path("lock")).inode() + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .anyMatch(line -> line.contains("POSIX") && line.contains("WRITE") && line.contains(inode));
    }
}
