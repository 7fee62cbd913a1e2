package org.recadero.queue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * A message on its way into the log. Content stays in memory up to {@link Queue#LARGE_BYTES}, or less where all intakes together
 * hold a lot; then it goes into a file in large/. Used by one thread.
 */
final class SegmentIntake implements Intake {
    /** Content up to this stays in memory however crowded that is. */
    private static final int ALWAYS_BYTES = 64 << 10;

    private static final int FIRST_BYTES = 4 << 10;

    private final Room room;
    private final Commits commits;
    private final QueueId id;
    private final Instant arrival;
    private final long arrivalTime;
    private final OutputStream content = new Content();
    private final ShownSize shown = new ShownSize();
    private byte[] memory = new byte[0];
    private int inMemory;
    private @Nullable LargeFile file;
    private @Nullable IOException failure;
    private boolean ended;

    /** @param arrivalTime queue time */
    SegmentIntake(Room room, Commits commits, QueueId id, Instant arrival, long arrivalTime) {
        this.room = Objects.requireNonNull(room);
        this.commits = Objects.requireNonNull(commits);
        this.id = Objects.requireNonNull(id);
        this.arrival = Objects.requireNonNull(arrival);
        this.arrivalTime = arrivalTime;
    }

    @Override
    public QueueId id() {
        return id;
    }

    @Override
    public Instant arrival() {
        return arrival;
    }

    long arrivalTime() {
        return arrivalTime;
    }

    @Override
    public OutputStream content() {
        return content;
    }

    private final class Content extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            Objects.checkFromIndexSize(from, count, bytes.length);
            if (ended) {
                throw new IOException("the intake is closed");
            }
            try {
                take(bytes, from, count);
                shown.add(bytes, from, count);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    private void take(byte[] bytes, int from, int count) throws IOException {
        long size = inMemory + (long) count;
        boolean crowded = size > ALWAYS_BYTES && room.isMemoryCrowded();
        if (file == null && (size > Queue.LARGE_BYTES || crowded)) {
            file = room.newLargeFile(id.number());
            file.write(memory, 0, inMemory);
            forget();
        }
        if (file != null) {
            long before = file.contentBytes();
            file.write(bytes, from, count);
            if (before / Queue.LARGE_BYTES != file.contentBytes() / Queue.LARGE_BYTES) {
                room.requireFreeSpace();
            }
            return;
        }
        if (size > memory.length) {
            int capacity = (int) Math.min(Queue.LARGE_BYTES, Math.max(Math.max(FIRST_BYTES, size), memory.length * 2L));
            room.takeMemory(capacity - memory.length);
            memory = Arrays.copyOf(memory, capacity);
        }
        System.arraycopy(bytes, from, memory, inMemory, count);
        inMemory += count;
    }

    private void forget() {
        room.takeMemory(-memory.length);
        memory = new byte[0];
        inMemory = 0;
    }

    /** What log and mailq show, in bytes. */
    long shownBytes() {
        return shown.bytes();
    }

    /** Null where the content is small. */
    @Nullable
    LargeFile file() {
        return file;
    }

    /** Small content; not changed any more. */
    ByteBuffer small() {
        return ByteBuffer.wrap(memory, 0, inMemory).slice();
    }

    @Override
    public QueueId commit(SubmissionId submission, Envelope envelope, boolean hold) throws IOException {
        if (ended) {
            throw new IOException("the intake is closed");
        }
        if (failure != null) {
            throw new IOException("the content could not be stored: " + failure.getMessage(), failure);
        }
        ended = true;
        boolean keep = true;
        try {
            QueueId taken = commits.commit(this, submission, envelope, hold);
            keep = taken.equals(id);
            return taken;
        } catch (IOException e) {
            // a record that names the file may be on disk after all, where nothing could say that it is void
            keep = commits.isInTrouble();
            throw e;
        } finally {
            if (keep && file != null) {
                file.close();
                file = null;
            }
        }
    }

    @Override
    public void close() {
        ended = true;
        forget();
        if (file != null) {
            room.discard(file);
            file = null;
        }
    }
}
