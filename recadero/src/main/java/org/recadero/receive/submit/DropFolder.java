package org.recadero.receive.submit;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.recadero.log.MailLog;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Takes in what clients left in {@code drop/} while the daemon was down: at start, when the folder changes, when somebody
 * knocks, and every {@code queue_run_delay} (SAFETY 22 to 25).
 *
 * <p>Everybody can write into the folder, so that each name in it is hostile: it is opened without following or blocking, and
 * what {@code fstat} says of that descriptor decides. Each file is read once, front to end, straight into cleanup; nothing is
 * looked at twice. A file is deleted only after its message is on disk; after a crash in between the submission id keeps it
 * from being taken twice.
 *
 * <p>{@link #run} belongs to one thread; {@link #knock} may be called by any.
 */
public final class DropFolder {
    /**
     * @param filesPerUser taken from one uid in one round; the rest waits for the next
     * @param bytesPerUser likewise
     * @param fileBytes a larger file is set aside unread
     * @param namesPerRound looked at in one round
     */
    public record Bounds(int filesPerUser, long bytesPerUser, long fileBytes, int namesPerRound) {
        public Bounds {
            if (filesPerUser < 1 || bytesPerUser < 1 || fileBytes < 1 || namesPerRound < 1) {
                throw new IllegalArgumentException("limits out of range");
            }
        }

        /** @param messageSizeLimit {@code message_size_limit}, 0: none */
        public static Bounds of(long messageSizeLimit) {
            // arguments and frame heads come on top of the message
            long file = messageSizeLimit == 0
                    ? Long.MAX_VALUE / 4
                    : messageSizeLimit + messageSizeLimit / 16 + SubmissionHeader.MAX_ARGUMENT_BYTES;
            return new Bounds(500, Math.max(file, 256L << 20), file, 100_000);
        }
    }

    /** What a round did. */
    public record Round(int taken, int setAside, int left) {}

    /** SAFETY 25. */
    private static final Duration TEMPORARY_AGE = Duration.ofDays(1);
    /** A file over this size that lies on less than a sixteenth of it is a trap, not mail. */
    private static final long SPARSE_BYTES = 1 << 20;

    private static final Duration KNOCK_SPACING = Duration.ofMillis(50);
    private static final String ROOT = "root";

    private final Path folder;
    private final Path corrupt;
    private final FileSystem files;
    private final SubmissionIntake intake;
    private final Bounds bounds;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final MailLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition knocked = lock.newCondition();
    private boolean pending = true;

    /**
     * @param folder {@code drop/}; {@code root/} inside it is for uid 0
     * @param corrupt where what cannot be taken goes, on the same file system
     */
    public DropFolder(
            Path folder,
            Path corrupt,
            FileSystem files,
            SubmissionIntake intake,
            Bounds bounds,
            InstantSource clock,
            RandomGenerator random,
            MailLog log) {
        this.folder = Objects.requireNonNull(folder);
        this.corrupt = Objects.requireNonNull(corrupt);
        this.files = Objects.requireNonNull(files);
        this.intake = Objects.requireNonNull(intake);
        this.bounds = Objects.requireNonNull(bounds);
        this.clock = Objects.requireNonNull(clock);
        this.random = Objects.requireNonNull(random);
        this.log = Objects.requireNonNull(log);
    }

    /** There may be something new: by inotify or from somebody who connected without a word. Any thread; never waits. */
    public void knock() {
        lock.lock();
        try {
            pending = true;
            knocked.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Scans now, after each knock, and every {@code every}, until the thread is interrupted.
     *
     * @param every {@code queue_run_delay}
     */
    public void run(Duration every) {
        boolean first = true;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                awaitKnock(every);
                // whoever knocks all the time gets a look now and then
                Thread.sleep(first ? Duration.ZERO : KNOCK_SPACING);
                first = false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            try {
                // what was over a user's share in one round comes in the next
                Round round = scan();
                while (round.taken() > 0
                        && round.left() > 0
                        && !Thread.currentThread().isInterrupted()) {
                    round = scan();
                }
            } catch (RuntimeException e) {
                log.error("pickup", "drop folder: " + e);
            }
        }
    }

    private void awaitKnock(Duration every) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = every.toNanos();
            while (!pending && left > 0) {
                left = knocked.awaitNanos(Math.min(left, TimeUnit.HOURS.toNanos(1)));
            }
            pending = false;
        } finally {
            lock.unlock();
        }
    }

    /** One look at everything in both folders. */
    public Round scan() {
        Scan scan = new Scan();
        scan.folder(folder, false);
        scan.folder(folder.resolve(ROOT), true);
        scan.report();
        return new Round(scan.taken, scan.setAside, scan.left);
    }

    private static final class Share {
        private int files;
        private long bytes;
    }

    /** What to do with a name. */
    private enum Fate {
        TAKEN,
        GONE,
        SET_ASIDE,
        LEFT,
        LATER
    }

    private final class Scan {
        private final Map<Integer, Share> shares = new HashMap<>();
        private int taken;
        private int setAside;
        private int left;
        private int linked;
        private int strange;

        void folder(Path at, boolean ofRoot) {
            int descriptor;
            try {
                descriptor = files.openFolder(at.toString());
            } catch (ErrnoException e) {
                if (!ofRoot || e.errno() != Errno.ENOENT) {
                    log.warning("pickup", "cannot open the drop folder " + at + ": " + e.getMessage());
                }
                return;
            }
            try (DirectoryStream<Path> names = Files.newDirectoryStream(at)) {
                int seen = 0;
                for (Path path : names) {
                    if (++seen > bounds.namesPerRound()) {
                        log.warning("pickup", "more than " + bounds.namesPerRound() + " names in " + at);
                        break;
                    }
                    String name = String.valueOf(path.getFileName());
                    if (!ofRoot && name.equals(ROOT)) {
                        continue;
                    }
                    count(name(descriptor, at, name, ofRoot));
                }
            } catch (IOException | DirectoryIteratorException e) {
                log.warning("pickup", "cannot read the drop folder " + at + ": " + e);
            } finally {
                close(descriptor);
            }
        }

        private void count(Fate fate) {
            switch (fate) {
                case TAKEN -> taken++;
                case SET_ASIDE -> setAside++;
                case LATER -> left++;
                case GONE, LEFT -> {}
            }
        }

        private Fate name(int at, Path folderPath, String name, boolean ofRoot) {
            int descriptor;
            try {
                descriptor = files.open(at, name, FileSystem.O_RDONLY, 0);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ENOENT) {
                    return Fate.GONE;
                }
                return unopened(at, folderPath, name, e);
            }
            try {
                FileStatus status = files.status(descriptor);
                return opened(at, folderPath, name, descriptor, status, ofRoot);
            } catch (ErrnoException e) {
                log.warning("pickup", "cannot read a file in the drop folder: errno " + e.errno());
                return Fate.LEFT;
            } finally {
                close(descriptor);
            }
        }

        /** A symbolic link, a socket, or a file whose writer did not let us read it. */
        private Fate unopened(int at, Path folderPath, String name, ErrnoException cause) {
            FileStatus status;
            try {
                status = files.statusAt(at, name);
            } catch (ErrnoException e) {
                return Fate.GONE;
            }
            if (status.isDirectory()) {
                strange++;
                return Fate.LEFT;
            }
            if (status.isRegular()) {
                if (cause.errno() != Errno.EACCES) {
                    return Fate.LEFT; // our trouble (too many open files, an I/O error), not the file's
                }
                if (DropFile.isTemporary(name)) {
                    return Fate.LEFT; // just being made: not yet 0640
                }
                return setAside(folderPath, name, status.uid(), "unreadable");
            }
            return removeSpecial(at, name, status.uid());
        }

        private Fate opened(int at, Path folderPath, String name, int descriptor, FileStatus status, boolean ofRoot) {
            if (status.isDirectory()) {
                strange++;
                return Fate.LEFT;
            }
            if (!status.isRegular()) {
                return removeSpecial(at, name, status.uid());
            }
            if (status.links() != 1) {
                linked++;
                return Fate.LEFT;
            }
            if (DropFile.isTemporary(name)) {
                return oldTemporary(at, name, status);
            }
            if (!DropFile.isFinished(name)) {
                return setAside(folderPath, name, status.uid(), "not a drop's name");
            }
            if ((status.uid() == 0) != ofRoot) {
                // SAFETY 25: root's mail comes only from drop/root/, which only root and the daemon can write
                return setAside(folderPath, name, status.uid(), "in the wrong folder for its owner");
            }
            if (status.size() > bounds.fileBytes()) {
                return setAside(folderPath, name, status.uid(), "too large");
            }
            if (status.size() > SPARSE_BYTES && status.blocks512() * 512 < status.size() / 16) {
                return setAside(folderPath, name, status.uid(), "sparse");
            }
            Share share = shares.computeIfAbsent(status.uid(), u -> new Share());
            if (share.files >= bounds.filesPerUser() || share.bytes + status.size() > bounds.bytesPerUser()) {
                return Fate.LATER;
            }
            share.files++;
            share.bytes += status.size();
            return take(at, folderPath, name, descriptor, status);
        }

        private Fate take(int at, Path folderPath, String name, int descriptor, FileStatus status) {
            InputStream in = new BufferedInputStream(new DescriptorInput(files, descriptor, status.size()), 64 * 1024);
            SubmissionIntake.Verdict verdict;
            try {
                DropFile.Opened drop = DropFile.open(in);
                if (!(SendmailArguments.parse(
                                        drop.header().invokedAs(), drop.header().arguments())
                                .request()
                        instanceof SendmailRequest.Submit submit)) {
                    return setAside(folderPath, name, status.uid(), "malformed");
                }
                verdict = intake.take(
                        drop.header().id(),
                        status.uid(),
                        drop.header().environment(),
                        submit,
                        warning -> log.warning("pickup", who(status.uid()) + ": " + warning),
                        () -> new SubmittedText(new WholeFile(drop.content(), in), submit.dotEndsInput(), () -> {}));
            } catch (ProtocolException | EOFException e) {
                return setAside(folderPath, name, status.uid(), "malformed");
            } catch (IOException e) {
                log.warning(
                        "pickup",
                        who(status.uid()) + ": cannot read a drop: "
                                + e.getClass().getSimpleName());
                return Fate.LEFT;
            }
            return switch (verdict) {
                case SubmissionIntake.Verdict.Taken taken -> {
                    unlink(at, name); // only now: the message is on disk
                    yield Fate.TAKEN;
                }
                case SubmissionIntake.Verdict.Refused refused -> {
                    if (refused.forGood()) {
                        log.warning("pickup", who(status.uid()) + ": drop refused: " + refused.text());
                        yield setAside(folderPath, name, status.uid(), "refused");
                    }
                    log.warning("pickup", who(status.uid()) + ": drop waits: " + refused.text());
                    yield Fate.LEFT;
                }
                case SubmissionIntake.Verdict.Incomplete incomplete -> {
                    if (incomplete.cause() instanceof ErrnoException broken) {
                        log.warning("pickup", who(status.uid()) + ": cannot read a drop: errno " + broken.errno());
                        yield Fate.LEFT;
                    }
                    yield setAside(folderPath, name, status.uid(), "malformed");
                }
            };
        }

        private Fate oldTemporary(int at, String name, FileStatus status) {
            long ageSeconds = clock.instant().getEpochSecond() - status.mtimeNanos() / 1_000_000_000L;
            if (ageSeconds > TEMPORARY_AGE.toSeconds()) {
                unlink(at, name);
                log.warning("pickup", who(status.uid()) + ": removed an unfinished drop older than a day");
                return Fate.GONE;
            }
            return Fate.LEFT;
        }

        private Fate removeSpecial(int at, String name, int uid) {
            unlink(at, name);
            log.warning("pickup", who(uid) + ": removed something from the drop folder that is not a file");
            return Fate.GONE;
        }

        private Fate setAside(Path folderPath, String name, int uid, String why) {
            byte[] octets = new byte[8];
            random.nextBytes(octets);
            String aside = "drop-" + Integer.toUnsignedString(uid) + "-"
                    + HexFormat.of().formatHex(octets);
            try {
                files.rename(
                        FileSystem.AT_FDCWD,
                        folderPath.resolve(name).toString(),
                        FileSystem.AT_FDCWD,
                        corrupt.resolve(aside).toString());
                // the line quotes nothing of the file, not even its name
                log.warning("pickup", who(uid) + ": a drop was set aside as corrupt/" + aside + ": " + why);
                return Fate.SET_ASIDE;
            } catch (ErrnoException e) {
                log.warning("pickup", who(uid) + ": cannot set a drop aside: errno " + e.errno());
                return Fate.LEFT;
            }
        }

        /** One line a round for what is left lying, so that nobody fills the log. */
        void report() {
            if (linked > 0) {
                log.warning("pickup", linked + " files in the drop folder have more than one link; left alone");
            }
            if (strange > 0) {
                log.warning("pickup", strange + " folders in the drop folder; left alone");
            }
        }
    }

    private void unlink(int at, String name) {
        try {
            files.unlink(at, name);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                log.warning("pickup", "cannot remove a file from the drop folder: errno " + e.errno());
            }
        }
    }

    private void close(int descriptor) {
        try {
            files.close(descriptor);
        } catch (ErrnoException e) {
            log.warning("pickup", "close in the drop folder: " + e.getMessage());
        }
    }

    private static String who(int uid) {
        return "uid=" + Integer.toUnsignedString(uid);
    }

    /** Reads a descriptor once from its beginning, at most as much as its size was. */
    private static final class DescriptorInput extends InputStream {
        private final FileSystem files;
        private final int descriptor;
        private final long limit;
        private long offset;

        DescriptorInput(FileSystem files, int descriptor, long limit) {
            this.files = files;
            this.descriptor = descriptor;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int length) throws IOException {
            int wanted = (int) Math.min(length, limit - offset);
            if (wanted <= 0) {
                return length == 0 ? 0 : -1;
            }
            long read = files.read(descriptor, MemorySegment.ofArray(into).asSlice(at, wanted), offset);
            offset += read;
            return read == 0 ? -1 : (int) read;
        }
    }

    /** The content; at its end nothing may follow in the file. */
    private static final class WholeFile extends InputStream {
        private final FramedContent content;
        private final InputStream file;

        WholeFile(FramedContent content, InputStream file) {
            this.content = content;
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            return checked(content.read());
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return checked(content.read(into, offset, length));
        }

        private int checked(int result) throws IOException {
            if (result < 0 && file.read() >= 0) {
                throw new ProtocolException("something follows the end");
            }
            return result;
        }
    }
}
