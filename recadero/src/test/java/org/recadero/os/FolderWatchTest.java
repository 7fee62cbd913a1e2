package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderWatchTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @Test
    void tellsOfNewFiles() throws Exception { // SAFETY 23
        Path drop = Files.createDirectory(folder.resolve("drop"));
        try (FolderWatch watch = FolderWatch.of(drop.toString())) {
            assertThat(watch.await(SHORT)).isFalse();
            Files.writeString(drop.resolve("a"), "x");
            assertThat(watch.await(LONG)).isTrue();
            assertThat(watch.await(SHORT)).isFalse();
            Files.writeString(folder.resolve("b"), "x");
            assertThat(watch.await(SHORT)).isFalse();
            Files.move(folder.resolve("b"), drop.resolve("b"), StandardCopyOption.ATOMIC_MOVE);
            assertThat(watch.await(LONG)).isTrue();
        }
    }

    @SuppressWarnings("try") // close() is what is tested
    @Test
    void wakesWhoWaits() throws Exception {
        try (FolderWatch watch = FolderWatch.of(folder.toString())) {
            FutureTask<Boolean> waiting = new FutureTask<>(() -> watch.await(LONG));
            Thread.ofPlatform().start(waiting);
            Files.createFile(folder.resolve("a"));
            assertThat(waiting.get()).isTrue();
            FutureTask<Boolean> again = new FutureTask<>(() -> watch.await(LONG));
            Thread.ofPlatform().start(again);
            watch.close();
            assertThatThrownBy(again::get).hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void failsWhenTheFolderIsGone() throws Exception {
        Path drop = Files.createDirectory(folder.resolve("drop"));
        try (FolderWatch watch = FolderWatch.of(drop.toString())) {
            Files.delete(drop);
            assertThatThrownBy(() -> watch.await(LONG))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("removed");
        }
        assertThatThrownBy(() -> FolderWatch.of(drop.toString())).isInstanceOf(ErrnoException.class);
    }
}
