package org.recadero.queue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.os.LinuxFileSystem;

/** The contract, on the real disk. */
class SegmentLogQueueOnDiskTest extends QueueContract {
    @TempDir
    Path folder;

    @Override
    Queue open() throws IOException {
        return SegmentLogQueue.open(
                new QueueSettings(folder.resolve("recadero"), new LinuxFileSystem(), 64 << 10, 0, "0.1-test"), clock);
    }
}
