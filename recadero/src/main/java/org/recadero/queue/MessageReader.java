package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.QueueId;

/**
 * Reads messages for those who look at them. Any thread: under the catalog's lock only the place of a message is taken, with a
 * hold on its segments; files are read without any lock.
 */
final class MessageReader {
    private final Catalog catalog;
    private final Disk disk;
    private final QueueTime time;

    MessageReader(Catalog catalog, Disk disk, QueueTime time) {
        this.catalog = Objects.requireNonNull(catalog);
        this.disk = Objects.requireNonNull(disk);
        this.time = Objects.requireNonNull(time);
    }

    Optional<QueuedMessage> find(QueueId id) throws IOException {
        Catalog.Located located;
        catalog.lock.lock();
        try {
            int slot = catalog.live(id.number());
            if (slot == Index.NONE) {
                return Optional.empty();
            }
            located = catalog.locate(slot);
        } finally {
            catalog.lock.unlock();
        }
        try (located) {
            return Optional.of(message(located, located.read()));
        }
    }

    void browse(Consumer<QueuedMessage> reader) throws IOException {
        for (long id : idsByArrival()) {
            Optional<QueuedMessage> message;
            try {
                message = find(QueueId.of(id));
            } catch (IOException e) {
                catalog.warn("message " + QueueId.of(id) + " cannot be read: " + e.getMessage());
                continue;
            }
            message.ifPresent(reader);
        }
    }

    /** Of all messages, the oldest first; some may have left when they are looked for. */
    long[] idsByArrival() {
        catalog.lock.lock();
        try {
            int[] slots = catalog.index.byArrival();
            long[] ids = new long[slots.length];
            for (int i = 0; i < slots.length; i++) {
                ids[i] = catalog.index.id(slots[i]);
            }
            return ids;
        } finally {
            catalog.lock.unlock();
        }
    }

    InputStream openContent(QueueId id) throws IOException {
        Catalog.Located located;
        catalog.lock.lock();
        try {
            int slot = catalog.live(id.number());
            if (slot == Index.NONE) {
                throw new IOException("there is no message " + id);
            }
            located = catalog.locate(slot);
        } finally {
            catalog.lock.unlock();
        }
        boolean handedOver = false;
        try {
            Segment segment = located.segment();
            RecordReader reader = RecordReader.single(segment);
            RecordHeader header = reader.require(located.offset(), RecordType.MESSAGE);
            MessageMeta meta = MessageMeta.decode(reader.meta(located.offset(), header));
            String what = "the content of " + id;
            if (meta.large() != 0) {
                Disk.Handle file = disk.open(LargeFile.nameOf(meta.large()), false);
                return new ContentStream(file, 0, meta.contentBytes(), meta.largeCrc(), what, file::close);
            }
            int at = RecordReader.contentOffset(located.offset(), header);
            handedOver = true;
            return new ContentStream(
                    segment.file, at, header.contentLength(), header.contentCrc(), what, located::close);
        } finally {
            if (!handedOver) {
                located.close();
            }
        }
    }

    /** What a located message says of itself, with what was read of it. */
    QueuedMessage message(Catalog.Located located, Catalog.Read read) throws IOException {
        MessageMeta meta = read.meta();
        Envelope envelope = meta.decodeEnvelope();
        Progress progress = read.progress();
        List<RecipientState> recipients = new ArrayList<>(envelope.recipients().size());
        for (int i = 0; i < envelope.recipients().size(); i++) {
            recipients.add(new RecipientState(
                    i,
                    envelope.recipients().get(i),
                    progress.isDone(i),
                    progress.reason(i),
                    progress.isBegun(i),
                    progress.place(i),
                    progress.reached(i)));
        }
        Standing standing = located.standing;
        return new QueuedMessage(
                QueueId.of(located.id),
                meta.random(),
                meta.submission(),
                time.fromKept(meta.arrivalWall()),
                Duration.ofMillis(Math.max(0, time.now() - meta.arrival())),
                meta.shownBytes(),
                envelope,
                recipients,
                located.state,
                time.wallOf(standing.due()),
                standing.attempts(),
                (standing.flags() & Standing.WARNED) != 0,
                (standing.flags() & Standing.EXPIRED) != 0,
                (standing.flags() & Standing.WAITED) != 0);
    }
}
