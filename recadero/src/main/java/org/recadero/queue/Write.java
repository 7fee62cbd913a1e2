package org.recadero.queue;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A record on its way into the log. */
final class Write {
    /** What its author waits for. */
    enum Wait {
        /** Nothing: it is forced within a second, and written anew where a segment fails. */
        NOTHING,
        /** That it is written: it survives a crash of the program, though not yet of the machine. Else as {@link #NOTHING}. */
        WRITTEN,
        /** That it is forced. Where that fails it is not written again: the author hears of it. */
        FORCED
    }

    /** Runs when the record is forced, in the thread that writes and under the queue's lock. */
    @FunctionalInterface
    interface Applied {
        void at(Segment segment, int offset, int bytes);
    }

    /** For records that change nothing in memory. */
    static final Applied NOTHING_TO_DO = (segment, offset, bytes) -> {};

    final RecordType type;
    final long id;
    final byte[] meta;
    final ByteBuffer content;
    final int contentCrc;
    final Wait wait;
    final Applied applied;
    /** New mail: may not use the last reserve of the disk (SAFETY 12). */
    final boolean intake;
    /** Completed outside the queue's lock. */
    final CompletableFuture<Void> done = new CompletableFuture<>();
    /** Set by the committer: where the record lies. */
    @Nullable
    Segment segment;

    int offset;
    /** The message's segment before this record: what its header says. */
    int home;
    /** Whose segment that is; another one's only where an id changes. */
    final long homeId;
    /** Not 0: that is the home, whatever the index says. */
    int fixedHome;
    /** Shall be the first in a new segment. */
    boolean rolls;

    private Write(
            RecordType type,
            long id,
            byte[] meta,
            ByteBuffer content,
            int contentCrc,
            Wait wait,
            boolean intake,
            long homeId,
            Applied applied) {
        this.type = Objects.requireNonNull(type);
        this.id = id;
        this.homeId = homeId;
        this.meta = meta;
        this.content = content;
        this.contentCrc = contentCrc;
        this.wait = Objects.requireNonNull(wait);
        this.intake = intake;
        this.applied = Objects.requireNonNull(applied);
    }

    /** A record without content. */
    static Write of(RecordType type, long id, Encoder meta, Wait wait, Applied applied) {
        return new Write(type, id, meta.bytes(), ByteBuffer.allocate(0), 0, wait, false, id, applied);
    }

    /** Says again of a message that it is gone: the record that lies in {@code home} must not come back. */
    static Write tombstone(long id, int home, Wait wait) {
        Write write = of(RecordType.GONE, id, new Encoder(), wait);
        write.fixedHome = home;
        return write;
    }

    /** Says that {@code home} has an older record of a message that lives elsewhere. */
    static Write trace(long id, int home) {
        Write write = of(RecordType.TRACE, id, new Encoder(), Wait.FORCED);
        write.fixedHome = home;
        return write;
    }

    /** Nothing, in a new segment: what was the current one can be tidied. */
    static Write roll() {
        Write write = of(RecordType.BARRIER, 0, new Encoder(), Wait.FORCED);
        write.rolls = true;
        return write;
    }

    /** Nothing is to be done when it is forced. */
    static Write of(RecordType type, long id, Encoder meta, Wait wait) {
        return of(type, id, meta, wait, NOTHING_TO_DO);
    }

    /** A new message; {@code content} is not changed until it is done. */
    static Write intake(long id, byte[] meta, ByteBuffer content, Applied applied) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate());
        return new Write(RecordType.MESSAGE, id, meta, content, (int) crc.getValue(), Wait.FORCED, true, id, applied);
    }

    /**
     * A message that lies elsewhere already, maybe under another id; its content's checksum comes along, so that damage is not
     * hidden.
     */
    static Write copy(
            long id, long before, byte[] meta, ByteBuffer content, int contentCrc, Wait wait, Applied applied) {
        return new Write(RecordType.MESSAGE, id, meta, content, contentCrc, wait, false, before, applied);
    }

    int bytes() {
        return RecordHeader.bytes(meta.length, content.remaining());
    }

    RecordHeader header(int forcedBefore) {
        CRC32C crc = new CRC32C();
        crc.update(meta);
        return new RecordHeader(
                type.code(),
                type.critical(),
                id,
                meta.length,
                content.remaining(),
                (int) crc.getValue(),
                contentCrc,
                forcedBefore,
                home);
    }
}
