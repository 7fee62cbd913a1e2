package org.recadero.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;

/**
 * Reads the log at a start and makes the catalog of it. {@link #read} changes nothing on disk: where it refuses (another
 * version), all is as it was. {@link #mend} then brings the disk into order; it may crash at any step and be done again:
 *
 * <ol>
 *   <li>what is damaged is copied to corrupt/ (SAFETY 9);
 *   <li>the first segment of the new run comes into being in one step, by its rename: it says from where on torn segments are
 *       void, and holds anew all that the last run could not prove to be on disk;
 *   <li>segments whose header cannot be read, and files in large/ that no record names, are moved to corrupt/.
 * </ol>
 *
 * <p>Old segments are never written to.
 */
final class Recovery {
    /** Least id of a new queue: ten hexadecimal digits. */
    private static final long FIRST_ID = 1L << 39;

    /** More than one segment can reserve, be it full of the smallest messages. */
    private static final long ID_GAP = 1L << 32;

    /** What one step of writing anew may hold; a longer tail is forced where it lies. */
    private static final long MOST_REWRITTEN_BYTES = 64L << 20;

    private final Disk disk;
    private final Catalog catalog;
    private final QueueClock clock;
    private final RandomGenerator random;

    private final TreeMap<Integer, SegmentScan> scans = new TreeMap<>();
    private final List<Segment> unproven = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    /** Progress since the last record that holds all of it, by id; most messages have none. */
    private final Map<Long, List<Delta>> deltas = new HashMap<>();
    /** Messages of which a record that said who has them cannot be read, and no later one replaced it. */
    private final Set<Long> inDoubt = new HashSet<>();
    /** What {@code TRACE} records say. */
    private final List<Trace> traces = new ArrayList<>();
    /** All numbers of large files that any record names. */
    private final Set<Long> largeNamed = new HashSet<>();

    private long mark;
    private long maxId;
    private long maxArrival;
    private long generation;
    private int maxNumber;
    private long mendedAt;
    private QueueTime.@Nullable Stamp stamp;
    private @Nullable Found found;

    Recovery(Disk disk, Catalog catalog, QueueClock clock, RandomGenerator random) {
        this.disk = Objects.requireNonNull(disk);
        this.catalog = Objects.requireNonNull(catalog);
        this.clock = Objects.requireNonNull(clock);
        this.random = Objects.requireNonNull(random);
    }

    /**
     * What the new run starts from.
     *
     * @param lastId no id up to it is used again
     * @param generation of the new run
     * @param nextNumber of the next segment
     */
    record Found(QueueTime time, long lastId, long generation, int nextNumber) {}

    /** {@code home} has an older record of a message. */
    private record Trace(long id, int home) {}

    /** Something that a record says of one recipient. */
    private interface Delta {
        void apply(Progress progress);
    }

    // ---- reading

    /** Fills the catalog; nothing is claimed or in the line yet. */
    Found read() throws IOException {
        catalog.lock.lock();
        try {
            openSegments();
            readVoids();
            findUnproven();
            for (Segment segment : catalog.segments.values()) {
                SegmentScan scan = scan(segment);
                boolean isUnproven = unproven.contains(segment);
                if (isUnproven) {
                    scan = onlyWhole(segment, scan);
                }
                segment.end = scan.end();
                scan = apply(segment, scan);
                scans.put(segment.number(), isUnproven ? scan : scan.withoutRecords());
            }
            settleDeltas();
            lineUp();
            QueueTime time = new QueueTime(clock, stamp, maxArrival);
            for (Segment segment : catalog.segments.values()) {
                if (segment.deadSince != Segment.NEVER) {
                    segment.deadSince = time.now();
                }
            }
            long first = FIRST_ID + (random.nextLong() >>> 25);
            long lastId = Math.max(Math.max(mark, maxId), mark == 0 && maxId == 0 ? first : 0);
            if (isDamaged()) {
                // the newest mark may have been in what cannot be read
                lastId += ID_GAP;
            }
            Found result = new Found(time, lastId, generation + 1, maxNumber + 1);
            found = result;
            return result;
        } finally {
            catalog.lock.unlock();
        }
    }

    private boolean isDamaged() {
        return !unreadable.isEmpty()
                || scans.values().stream().anyMatch(scan -> !scan.damaged().isEmpty());
    }

    private void openSegments() throws IOException {
        for (String name : disk.list(QueueFolder.CORRUPT)) {
            // a segment that was moved there: its number stays taken
            int dash = name.indexOf('-');
            String rest = name.startsWith(QueueFolder.LOG + "-") ? name.substring(dash + 1) : name;
            if (rest.length() >= 14) {
                SegmentHeader.numberOf(rest.substring(0, 14)).ifPresent(n -> maxNumber = Math.max(maxNumber, n));
            }
        }
        List<Integer> numbers = new ArrayList<>();
        for (String name : disk.list(QueueFolder.LOG)) {
            OptionalInt number = SegmentHeader.numberOf(name);
            if (number.isPresent()) {
                numbers.add(number.getAsInt());
            }
        }
        numbers.sort(null);
        for (int number : numbers) {
            maxNumber = Math.max(maxNumber, number);
            String name = Segment.nameOf(number);
            Disk.Handle file = disk.open(name, false);
            boolean kept = false;
            try {
                Optional<SegmentHeader> header = SegmentHeader.read(number, file);
                if (header.isPresent()) {
                    catalog.segments.put(number, new Segment(header.get(), file, SegmentHeader.AREA_BYTES));
                    generation = Math.max(generation, header.get().generation());
                    kept = true;
                } else {
                    unreadable.add(name);
                    catalog.warn(name + " has no readable header: nothing in it can be read");
                }
            } finally {
                if (!kept) {
                    file.close();
                }
            }
        }
    }

    /** Newest first: what a void segment says of others is void too. */
    private void readVoids() throws IOException {
        for (Segment segment : catalog.segments.descendingMap().values()) {
            Integer from = catalog.voids.get(segment.number());
            if (from != null) {
                segment.voidFrom = from;
                if (from <= SegmentHeader.AREA_BYTES) {
                    continue;
                }
            }
            RecordReader reader = RecordReader.single(segment);
            RecordHeader header = reader.at(SegmentHeader.AREA_BYTES);
            if (header == null || header.type() != RecordType.START) {
                continue;
            }
            byte[] meta = reader.metaOrNull(SegmentHeader.AREA_BYTES, header);
            if (meta != null) {
                Decoder in = new Decoder(meta);
                in.i64();
                QueueTime.Stamp.decode(in);
                readVoids(in);
            }
        }
    }

    private void readVoids(Decoder in) throws IOException {
        int count = in.count();
        for (int i = 0; i < count; i++) {
            int number = in.i32();
            int from = in.i32();
            if (catalog.segments.containsKey(number)) {
                catalog.voids.merge(number, from, Math::min);
            }
        }
    }

    private SegmentScan scan(Segment segment) throws IOException {
        int limit = (int) Math.min(Math.min(segment.file.size(), Integer.MAX_VALUE - 8), segment.voidFrom);
        SegmentScan scan = SegmentScan.of(new RecordReader(segment.file, segment.header), limit, true);
        for (SegmentScan.Found record : scan.records()) {
            RecordHeader header = record.header();
            if (header.type() == null && header.critical()) {
                throw new QueueFormatException(segment.name + " holds a record of kind " + header.code()
                        + " that this program does not know; Recadero " + segment.header.writer() + " wrote it");
            }
        }
        return scan;
    }

    /**
     * The segments whose last part is not proven to have been forced: the last one; and where that holds nothing but its start,
     * the one before, since a start alone proves nothing of what another attempt left.
     */
    private void findUnproven() throws IOException {
        for (Segment segment : catalog.segments.descendingMap().values()) {
            if (segment.voidFrom == Segment.NOTHING_VOID) {
                unproven.add(segment);
                if (scan(segment).records().size() > 1) {
                    return;
                }
            }
        }
    }

    private SegmentScan scan(int number) {
        return Objects.requireNonNull(scans.get(number));
    }

    /** Takes records with torn content out of a scan: behind the last proof content may be anything. */
    private static SegmentScan onlyWhole(Segment segment, SegmentScan scan) throws IOException {
        RecordReader reader = new RecordReader(segment.file, segment.header);
        List<SegmentScan.Found> records = new ArrayList<>();
        List<SegmentScan.Range> damaged = new ArrayList<>(scan.damaged());
        int proven = scan.proven();
        for (SegmentScan.Found record : scan.records()) {
            boolean whole = record.offset() < proven
                    || (record.meta() != null && reader.isContentWhole(record.offset(), record.header()));
            if (whole) {
                records.add(record);
            } else {
                damaged.add(new SegmentScan.Range(record.offset(), record.end()));
            }
        }
        int end =
                records.isEmpty() ? SegmentHeader.AREA_BYTES : records.getLast().end();
        // what lies behind the last whole record is a torn suffix, not damage between records
        damaged.removeIf(range -> range.from() >= end);
        damaged.sort((a, b) -> Integer.compare(a.from(), b.from()));
        return new SegmentScan(records, damaged, end, Math.max(end, scan.dataEnd()));
    }

    /** Returns the scan with what turned out to be damaged. */
    private SegmentScan apply(Segment segment, SegmentScan scan) {
        List<SegmentScan.Range> damaged = new ArrayList<>(scan.damaged());
        for (SegmentScan.Found record : scan.records()) {
            RecordHeader header = record.header();
            RecordType type = header.type();
            if (type == null) {
                continue;
            }
            byte[] meta = record.meta();
            if (meta == null) {
                damaged.add(new SegmentScan.Range(record.offset(), record.end()));
                if (type == RecordType.STATE || type == RecordType.DONE) {
                    inDoubt.add(header.id());
                }
                continue;
            }
            if (header.home() != 0 && header.home() != segment.number()) {
                segment.about.add(header.home());
            }
            maxId = Math.max(maxId, header.id());
            try {
                apply(segment, record, type, meta);
            } catch (IOException e) {
                // written by a program with a fault, since the checksums fit: it stays where it is
                catalog.warn(segment.name + ", offset " + record.offset() + ": " + e.getMessage());
                damaged.add(new SegmentScan.Range(record.offset(), record.end()));
            }
        }
        return new SegmentScan(scan.records(), damaged, scan.end(), scan.dataEnd());
    }

    private void apply(Segment segment, SegmentScan.Found record, RecordType type, byte[] meta) throws IOException {
        long id = record.header().id();
        Decoder in = new Decoder(meta);
        switch (type) {
            case START -> start(in);
            case MESSAGE -> message(segment, record, MessageMeta.decode(meta));
            case STATE -> state(segment, record, Standing.decode(in));
            case DONE -> {
                int recipient = in.count();
                delta(id, progress -> progress.done(recipient));
            }
            case DEFERRED -> {
                int recipient = in.count();
                String reason = in.text();
                delta(id, progress -> progress.deferred(recipient, reason));
            }
            case BEGUN -> {
                int recipient = in.count();
                String place = in.text();
                delta(id, progress -> progress.begun(recipient, place));
            }
            case REACHED -> {
                int recipient = in.count();
                Set<SubmissionId> parts = Progress.decodeParts(in);
                delta(id, progress -> progress.reached(recipient, parts));
            }
            case CHANGE -> {
                int slot = catalog.live(id);
                if (slot != Index.NONE) {
                    catalog.index.standing(slot, Standing.decode(in));
                }
            }
            case GONE -> remove(id);
            case MARK -> mark = Math.max(mark, in.i64());
            case TIME -> stamp = QueueTime.Stamp.decode(in);
            case TRACE -> {
                int home = record.header().home();
                traces.add(new Trace(id, home));
                if (catalog.live(id) != Index.NONE) {
                    catalog.traced(id, home);
                }
            }
            case BARRIER -> {
                // says nothing but by being there
            }
        }
    }

    private void start(Decoder in) throws IOException {
        mark = Math.max(mark, in.i64());
        stamp = QueueTime.Stamp.decode(in);
        int count = in.count();
        for (int i = 0; i < count; i++) {
            in.i64();
        }
        catalog.taken.decode(in);
    }

    private void message(Segment segment, SegmentScan.Found record, MessageMeta meta) {
        long id = record.header().id();
        remove(meta.previous());
        deltas.remove(id);
        inDoubt.remove(id);
        int bytes = record.header().recordBytes();
        int slot = catalog.live(id);
        if (slot == Index.NONE) {
            catalog.add(id, segment, record.offset(), bytes, meta);
        } else {
            catalog.move(slot, segment, record.offset(), bytes, 0);
            catalog.index.standing(slot, meta.standing());
        }
        catalog.taken.add(meta.submission(), id);
        maxArrival = Math.max(maxArrival, meta.arrival());
        if (meta.large() != 0) {
            largeNamed.add(meta.large());
            maxId = Math.max(maxId, meta.large());
        }
    }

    private void state(Segment segment, SegmentScan.Found record, Standing standing) {
        long id = record.header().id();
        deltas.remove(id);
        inDoubt.remove(id);
        int slot = catalog.live(id);
        if (slot != Index.NONE) {
            catalog.state(slot, segment, record.offset(), record.header().recordBytes());
            catalog.index.standing(slot, standing);
        }
    }

    private void delta(long id, Delta delta) {
        if (catalog.live(id) != Index.NONE) {
            deltas.computeIfAbsent(id, i -> new ArrayList<>()).add(delta);
        }
    }

    private void remove(long id) {
        int slot = id == 0 ? Index.NONE : catalog.live(id);
        if (slot != Index.NONE) {
            catalog.remove(slot, 0);
        }
        deltas.remove(id);
    }

    /** Messages that were claimed when the last run ended: their progress is in single records. */
    private void settleDeltas() throws IOException {
        for (Map.Entry<Long, List<Delta>> entry : deltas.entrySet()) {
            long id = entry.getKey();
            int slot = catalog.live(id);
            if (slot == Index.NONE) {
                continue;
            }
            Progress progress;
            try {
                progress = catalog.progressOf(slot);
            } catch (IOException e) {
                catalog.warn("message " + QueueId.of(id) + " cannot be read: " + e.getMessage());
                continue;
            }
            entry.getValue().forEach(delta -> delta.apply(progress));
            if (progress.isAllDone()) {
                catalog.remove(slot, 0);
            }
        }
    }

    private void lineUp() {
        for (long id : inDoubt) {
            int slot = catalog.live(id);
            if (slot != Index.NONE) {
                catalog.holdInDoubt(slot);
            }
        }
        for (int slot : catalog.index.byArrival()) {
            if (catalog.index.is(slot, Standing.REQUEUE)) {
                // it was to be requeued as soon as released; the crash released it
                Standing standing = catalog.index.standing(slot);
                catalog.index.standing(slot, new Standing(standing.flags() & ~Standing.REQUEUE, 0, 0));
            }
            catalog.lineUp(slot);
        }
    }

    // ---- mending

    /** For reading only: what is missing is told, nothing is mended. */
    void finishReading() throws IOException {
        catalog.lock.lock();
        try {
            for (Map.Entry<Integer, SegmentScan> entry : scans.entrySet()) {
                SegmentScan scan = entry.getValue();
                if (!scan.damaged().isEmpty()) {
                    catalog.warn(Segment.nameOf(entry.getKey()) + " is damaged in "
                            + scan.damaged().size() + " places");
                }
            }
        } finally {
            catalog.lock.unlock();
        }
        scans.clear();
    }

    /** Brings the disk into order and begins the first segment of the new run. */
    void mend(Log log) throws IOException {
        mendedAt = Objects.requireNonNull(found).time().now();
        setAside();
        log.spareReady(disk.list(QueueFolder.LOG).contains("spare"));
        log.start(anew());
        for (String name : unreadable) {
            Corrupt.move(disk, name);
        }
        sortLargeFiles();
        scans.clear();
    }

    private void setAside() throws IOException {
        for (Map.Entry<Integer, SegmentScan> entry : scans.entrySet()) {
            Segment segment = Objects.requireNonNull(catalog.segments.get(entry.getKey()));
            SegmentScan scan = entry.getValue();
            RecordReader reader = new RecordReader(segment.file, segment.header);
            try {
                for (SegmentScan.Range range : scan.damaged()) {
                    Corrupt.copy(disk, reader, segment.number(), range.from(), range.to());
                    // compacted at the first opportunity: then nobody stumbles over it again
                    segment.deadSince = Long.MIN_VALUE;
                }
                if (scan.dataEnd() > scan.end()) {
                    Corrupt.copy(disk, reader, segment.number(), scan.end(), scan.dataEnd());
                    segment.voidFrom = scan.end();
                    catalog.voids.put(segment.number(), scan.end());
                }
            } catch (IOException e) {
                segment.mustStay = true;
                catalog.warn("damage in " + segment.name + " could not be copied to corrupt/, the segment is kept: "
                        + e.getMessage());
            }
        }
    }

    /** What is not proven to be on disk, to be written again; and progress that lies in single records. */
    private List<Write> anew() throws IOException {
        List<Write> writes = new ArrayList<>();
        Set<Long> settled = new HashSet<>();
        long bytes = 0;
        for (Segment segment : unproven) {
            SegmentScan scan = scan(segment.number());
            int proven = scan.proven();
            if (scan.end() - (long) proven > MOST_REWRITTEN_BYTES) {
                try (Disk.Handle file = disk.open(segment.name, true)) {
                    file.force();
                }
                continue;
            }
            for (SegmentScan.Found record : scan.records()) {
                RecordHeader header = record.header();
                if (record.offset() >= proven && header.id() != 0) {
                    anew(segment, record, settled, writes);
                }
            }
        }
        for (long id : deltas.keySet()) {
            int slot = catalog.live(id);
            if (slot != Index.NONE && settled.add(id)) {
                writes.add(state(slot));
            }
        }
        for (Trace trace : traces) {
            // whatever said so may have been about to be said, or go before that segment
            if (catalog.live(trace.id()) == Index.NONE && catalog.segments.containsKey(trace.home())) {
                writes.add(Write.tombstone(trace.id(), trace.home(), Write.Wait.FORCED));
            }
        }
        for (Write write : writes) {
            bytes += write.bytes();
        }
        if (bytes > 2 * MOST_REWRITTEN_BYTES) {
            throw new IOException("recovery would have to write " + bytes + " bytes at once");
        }
        return writes;
    }

    private void anew(Segment segment, SegmentScan.Found record, Set<Long> settled, List<Write> writes)
            throws IOException {
        long id = record.header().id();
        int home = record.header().home();
        boolean elsewhere = home != 0 && home != segment.number() && catalog.segments.containsKey(home);
        if (record.header().type() == RecordType.MESSAGE) {
            byte[] meta = record.meta();
            long previous = meta == null ? 0 : MessageMeta.decode(meta).previous();
            if (previous != 0) {
                // in this segment or another one; this record, which says so too, may not be on disk
                if (catalog.segments.containsKey(home)) {
                    writes.add(Write.tombstone(previous, home, Write.Wait.FORCED));
                }
            } else if (elsewhere) {
                writes.add(Write.trace(id, home));
                if (catalog.live(id) != Index.NONE) {
                    catalog.traced(id, home);
                }
            }
        }
        if (!settled.add(id)) {
            return;
        }
        int slot = catalog.live(id);
        if (slot == Index.NONE) {
            writes.add(Write.tombstone(id, elsewhere ? home : segment.number(), Write.Wait.FORCED));
            if (elsewhere) {
                // and of what lies here
                writes.add(Write.tombstone(id, segment.number(), Write.Wait.FORCED));
            }
        } else if (Index.segmentOf(catalog.index.place(slot)) == segment.number()
                && Index.offsetOf(catalog.index.place(slot))
                        >= scan(segment.number()).proven()) {
            writes.add(copy(slot));
        } else {
            writes.add(state(slot));
        }
    }

    private Write state(int slot) throws IOException {
        long id = catalog.index.id(slot);
        Progress progress = catalog.progressOf(slot);
        progress.pending++;
        return Write.of(
                RecordType.STATE,
                id,
                catalog.stateMeta(slot, progress),
                Write.Wait.NOTHING,
                (segment, offset, bytes) -> {
                    int now = catalog.live(id);
                    if (now != Index.NONE) {
                        catalog.state(now, segment, offset, bytes);
                    }
                    catalog.settled(id, progress);
                });
    }

    private Write copy(int slot) throws IOException {
        long id = catalog.index.id(slot);
        Standing standing = catalog.index.standing(slot);
        Progress progress = catalog.progressOf(slot);
        progress.pending++;
        try (Catalog.Located located = catalog.locate(slot)) {
            Catalog.Read read = located.read();
            ByteBuffer content = RecordReader.single(located.segment()).content(located.offset(), read.header());
            return Write.copy(
                    id,
                    id,
                    read.meta().with(standing, progress, 0).encode(),
                    content,
                    read.header().contentCrc(),
                    Write.Wait.NOTHING,
                    (segment, offset, bytes) -> {
                        int now = catalog.live(id);
                        if (now != Index.NONE) {
                            catalog.move(now, segment, offset, bytes, mendedAt);
                        }
                        catalog.settled(id, progress);
                    });
        }
    }

    /** Files of dead messages go; files that no record names, and complete ones under a temporary name, are set aside. */
    private void sortLargeFiles() throws IOException {
        Map<Long, Long> live = liveLargeFiles();
        boolean deleted = false;
        for (String bare : disk.list(QueueFolder.LARGE)) {
            String name = QueueFolder.LARGE + "/" + bare;
            boolean temporary = bare.endsWith(LargeFile.TEMPORARY);
            long number = LargeFile.numberOf(bare);
            if (live.containsKey(number)) {
                continue;
            }
            if (largeNamed.contains(number) || (temporary && !isComplete(name))) {
                disk.delete(name);
                deleted = true;
            } else {
                Corrupt.move(disk, name);
            }
        }
        if (deleted) {
            disk.forceFolder(QueueFolder.LARGE);
        }
    }

    private boolean isComplete(String name) throws IOException {
        try (Disk.Handle file = disk.open(name, false)) {
            return LargeFile.isComplete(file);
        }
    }

    /** Number and id; a message whose file is missing or has another size is kept back. */
    private Map<Long, Long> liveLargeFiles() throws IOException {
        Map<Long, Long> live = new HashMap<>();
        Set<String> names = new HashSet<>(disk.list(QueueFolder.LARGE));
        catalog.lock.lock();
        try {
            for (int slot : catalog.index.byArrival()) {
                if (!catalog.index.is(slot, Index.LARGE)) {
                    continue;
                }
                long id = catalog.index.id(slot);
                try (Catalog.Located located = catalog.locate(slot)) {
                    MessageMeta meta = located.read().meta();
                    live.put(meta.large(), id);
                    String name = LargeFile.nameOf(meta.large());
                    if (!names.contains(name.substring(name.indexOf('/') + 1)) || !isComplete(name)) {
                        catalog.index.takeFromLine(slot);
                        catalog.index.set(slot, Index.DAMAGED, true);
                        catalog.warn("message " + QueueId.of(id) + " is kept back: its content in " + name
                                + " is missing or cut off");
                    }
                }
            }
        } finally {
            catalog.lock.unlock();
        }
        return live;
    }
}
