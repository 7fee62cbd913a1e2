package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFactsTest {
    private final ProcessFacts facts = new ProcessFacts();

    @TempDir
    Path folder;

    private static String line(String name) throws Exception {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(l -> l.startsWith(name + ":"))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 1)
                .strip();
    }

    @Test
    void agreesWithProc() throws Exception {
        ProcessFacts.Ids uids = facts.uids();
        assertThat(line("Uid")).startsWith(uids.real() + "\t" + uids.effective() + "\t" + uids.saved());
        assertThat(uids.includeRoot()).isEqualTo(uids.real() == 0);
        ProcessFacts.Ids gids = facts.gids();
        assertThat(line("Gid")).startsWith(gids.real() + "\t" + gids.effective() + "\t" + gids.saved());
        assertThat(line("Groups").split(" ", -1))
                .hasSize(Math.max(1, facts.groups().size()));
        assertThat(Long.parseUnsignedLong(line("CapEff"), 16)).isEqualTo(facts.effectiveCapabilities());
        assertThat(facts.pid()).isEqualTo((int) ProcessHandle.current().pid());
    }

    @Test
    void knowsTheMachinesClockAndStart() throws Exception {
        String uptime = Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0];
        Duration there = Duration.ofMillis((long) (Double.parseDouble(uptime) * 1_000));
        assertThat(facts.sinceBoot()).isBetween(there.minusSeconds(1), there.plusSeconds(60));
        assertThat(facts.monotonic()).isPositive();
        assertThat(facts.bootId()).matches("[0-9a-f-]{36}").isEqualTo(facts.bootId());
        assertThat(facts.suidDumpable()).isBetween(0, 2);
    }

    @Test
    void countsFreeRoom() throws Exception {
        long free = Files.getFileStore(folder).getUsableSpace();
        assertThat(facts.freeBytes(folder.toString())).isBetween(free / 2, free + free / 2 + 1);
        assertThatThrownBy(() -> facts.freeBytes(folder.resolve("none").toString()))
                .isInstanceOf(ErrnoException.class);
    }

    @Test
    void signalsOneProcess() throws Exception {
        Process sleep = new ProcessBuilder("sleep", "60").start();
        int pid = (int) sleep.pid();
        assertThat(facts.isAlive(pid)).isTrue();
        facts.kill(pid, ProcessFacts.SIGTERM);
        assertThat(sleep.waitFor()).isEqualTo(128 + ProcessFacts.SIGTERM);
        assertThat(facts.isAlive(pid)).isFalse();
        assertThatThrownBy(() -> facts.kill(pid, ProcessFacts.SIGTERM)).isInstanceOf(ErrnoException.class);
        assertThatThrownBy(() -> facts.kill(-1, ProcessFacts.SIGKILL)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> facts.kill(0, ProcessFacts.SIGKILL)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void forbidsDumps() throws Exception { // SAFETY 5
        facts.forbidDumps();
        assertThat(facts.mayBeDumped()).isFalse();
    }

    @Test
    void tellsATerminalFromAFile() throws Exception {
        LinuxFileSystem files = new LinuxFileSystem();
        int file = files.open(
                FileSystem.AT_FDCWD, folder.resolve("f").toString(), FileSystem.O_RDWR | FileSystem.O_CREAT, 0600);
        assertThat(facts.isTerminal(file)).isFalse();
        files.close(file);
        int terminal = files.open(FileSystem.AT_FDCWD, "/dev/ptmx", FileSystem.O_RDWR, 0);
        assertThat(facts.isTerminal(terminal)).isTrue();
        files.close(terminal);
    }
}
