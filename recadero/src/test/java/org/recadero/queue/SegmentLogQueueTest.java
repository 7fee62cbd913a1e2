package org.recadero.queue;

import java.io.IOException;

/** The contract, on a disk in memory and with segments so small that they are changed all the time. */
class SegmentLogQueueTest extends QueueContract {
    private SimulatedDisk disk = new SimulatedDisk();

    @Override
    Queue open() throws IOException {
        disk = disk.copy();
        return QueueFixture.open(disk, clock);
    }
}
