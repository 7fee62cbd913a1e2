package org.recadero.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.recadero.queue.SimulatedDisk.Crash;

/** A queue on a disk whose machine may stop. */
abstract class OnSimulatedDisk {
    final ManualClock clock = new ManualClock();
    final Random random;
    SimulatedDisk disk = new SimulatedDisk();

    /** @param seed of what is left of the disk after a crash */
    OnSimulatedDisk(long seed) {
        random = new Random(seed);
    }

    final SegmentLogQueue open() throws IOException {
        return QueueFixture.open(disk, clock);
    }

    /** The machine stops, and the queue is opened on what is left. */
    final SegmentLogQueue crash(SegmentLogQueue queue, Crash crash) throws IOException {
        disk.stop();
        closeBroken(queue);
        disk = disk.afterCrash(crash, random);
        return open();
    }

    /** Whatever its disk does. */
    static void closeBroken(SegmentLogQueue queue) {
        try {
            queue.close();
        } catch (IOException e) {
            assertThat(e).isNotNull();
        }
    }
}
