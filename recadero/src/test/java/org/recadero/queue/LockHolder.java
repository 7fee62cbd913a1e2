package org.recadero.queue;

import java.nio.file.Path;
import org.recadero.os.LinuxFileSystem;

/** A process of its own that has the queue until its input ends: {@code LockHolder FOLDER write|read}. */
final class LockHolder {
    private LockHolder() {}

    /** Says «ready» when it has it. */
    public static void main(String[] arguments) throws Exception {
        QueueSettings settings =
                new QueueSettings(Path.of(arguments[0]), new LinuxFileSystem(), 64 << 10, 0, "0.1-test");
        try (SegmentLogQueue queue = arguments[1].equals("write")
                ? SegmentLogQueue.open(settings, new SystemQueueClock())
                : SegmentLogQueue.openReading(settings, new SystemQueueClock())) {
            System.out.println("ready " + queue.stats().messages());
            System.out.flush();
            while (System.in.read() >= 0) {
                // until the test lets go
            }
        }
    }
}
