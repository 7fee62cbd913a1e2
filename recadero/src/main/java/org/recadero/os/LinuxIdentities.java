package org.recadero.os;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * {@link Identities} for Linux. Each piece of work has a platform thread of its own, which takes the user's effective ids,
 * works, puts its result into a lock-free queue and ends. One more platform thread, «os-results», takes results from there and
 * wakes the callers: a thread with a user's identity never wakes a virtual thread, since that could start a carrier thread
 * with his identity, which would serve others later (SAFETY 3).
 *
 * <p>A user has at most two such threads at a time (SAFETY 6). Further callers wait for their turn, up to the deadline; where
 * both threads are over their deadline they fail at once. A thread that hangs (a dead NFS server) is left to end by itself.
 *
 * <p>A process without CAP_SETUID and CAP_SETGID serves its own uid only. One that is root by its real uid would let its work
 * return to root: the daemon refuses to start so ({@link ProcessFacts#uids}).
 */
public final class LinuxIdentities implements Identities, AutoCloseable {
    private static final int MOST_THREADS_A_USER = 2;

    /** Locking and copying files needs little; class loading and pattern matching some more. */
    private static final long STACK_BYTES = 256 * 1024;

    private final Identity self;
    private final boolean canSwitch;
    private final Duration deadline;
    private final FileSystem files;
    private final ConcurrentLinkedQueue<Job<?>> results = new ConcurrentLinkedQueue<>();
    private final Set<Integer> threads = ConcurrentHashMap.newKeySet();
    private final Thread reader;
    private volatile boolean closed;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** By uid, guarded by {@link #lock}; a user without threads and waiting callers has none. */
    private final Map<Integer, Turns> turns = new HashMap<>();

    private long begun;

    private static final class Turns {
        int running;
        int overdue;
        int waiting;
    }

    /** @param deadline how long a caller waits for his turn, and then for the work */
    public LinuxIdentities(FileSystem files, Duration deadline) {
        this.files = Objects.requireNonNull(files);
        this.deadline = Objects.requireNonNull(deadline);
        this.self =
                new Identity(Credentials.uids().effective(), Credentials.gids().effective(), Credentials.groups());
        this.canSwitch = Credentials.capabilities().canSwitch();
        this.reader = Thread.ofPlatform()
                .name("os-results")
                .daemon()
                .stackSize(STACK_BYTES)
                .start(this::readResults);
    }

    @Override
    public boolean canSwitch() {
        return canSwitch;
    }

    @Override
    public Identity self() {
        return self;
    }

    @Override
    public <T> T runAs(Identity identity, Work<T> work) throws IOException {
        if (!canSwitch && identity.uid() == self.uid()) {
            return run(Optional.empty(), self.uid(), work);
        }
        // SAFETY 5: never root, never the daemon itself
        if (identity.uid() == 0) {
            throw new IllegalArgumentException("uid 0 is no target");
        }
        requireSwitch(identity);
        requireNotSelf(identity);
        return run(Optional.of(identity), identity.uid(), work);
    }

    @Override
    public <T> T runAsRootForRootsMailbox(Identity root, Work<T> work) throws IOException {
        if (root.uid() != 0) {
            throw new IllegalArgumentException("for uid 0 only, not for " + Credentials.unsigned(root.uid()));
        }
        if (!canSwitch && self.uid() == 0) {
            return run(Optional.empty(), 0, work);
        }
        requireSwitch(root);
        requireNotSelf(root);
        return run(Optional.of(root), 0, work);
    }

    @Override
    public byte[] readRootFile(String path, int limitBytes) throws IOException {
        Identity root = new Identity(0, 0, List.of());
        if (!canSwitch) {
            throw new IOException(path + ": only root may read it, and this instance cannot read as root"
                    + " (it has no CAP_SETUID); give uid " + Credentials.unsigned(self.uid())
                    + " the right to read it");
        }
        return run(Optional.of(root), 0, fs -> readRootFile(fs, path, limitBytes));
    }

    private static byte[] readRootFile(FileSystem fs, String path, int limitBytes) throws IOException {
        int descriptor = fs.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
        try {
            FileStatus status = fs.status(descriptor);
            if (!status.isRegular() || status.uid() != 0) {
                throw new IOException(path + ": not a regular file of root");
            }
            if (status.size() > limitBytes) {
                throw new IOException(path + ": over " + limitBytes + " bytes");
            }
            byte[] bytes = new byte[(int) status.size()];
            long count = fs.read(descriptor, MemorySegment.ofArray(bytes), 0);
            return Arrays.copyOf(bytes, (int) count);
        } finally {
            fs.close(descriptor);
        }
    }

    private void requireSwitch(Identity identity) throws IOException {
        if (!canSwitch) {
            throw new IOException("this instance may only deliver to uid " + Credentials.unsigned(self.uid())
                    + ", not to uid " + Credentials.unsigned(identity.uid()) + " (it has no CAP_SETUID)");
        }
    }

    /** SAFETY 5. A process of root (tests) has no rights worth keeping from root's group. */
    private void requireNotSelf(Identity identity) {
        if (self.uid() != 0 && (identity.uid() == self.uid() || identity.gid() == self.gid())) {
            throw new IllegalArgumentException("the daemon's own uid and gid are no target");
        }
    }

    /** Whether a thread of this process may carry a foreign identity just now. */
    boolean isDelivery(int threadId) {
        return threads.contains(threadId);
    }

    /** How many pieces of work were begun so far; negative while one goes on. */
    long begunWhereIdle() {
        lock.lock();
        try {
            return turns.isEmpty() ? begun : -1;
        } finally {
            lock.unlock();
        }
    }

    private <T> T run(Optional<Identity> identity, int uid, Work<T> work) throws IOException {
        if (Thread.currentThread() instanceof OneShot) {
            throw new IllegalStateException("work with a user's identity starts no other (SAFETY 3)");
        }
        Job<T> job = new Job<>(identity, uid, work);
        awaitTurn(uid);
        try {
            new OneShot(job, "as-" + Credentials.unsigned(uid)).start();
        } catch (OutOfMemoryError e) {
            ended(job);
            throw new IOException("no thread for the work of uid " + Credentials.unsigned(uid), e);
        }
        try {
            return job.future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abandon(job);
            throw new IOException(
                    "file operations of uid " + Credentials.unsigned(uid) + " did not finish within " + seconds(), e);
        } catch (InterruptedException e) {
            abandon(job);
            Thread.currentThread().interrupt();
            throw interrupted(uid, e);
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    private static InterruptedIOException interrupted(int uid, InterruptedException e) {
        var interrupted = new InterruptedIOException(
                "interrupted while waiting for file operations of uid " + Credentials.unsigned(uid));
        interrupted.initCause(e);
        return interrupted;
    }

    private static IOException failure(@Nullable Throwable thrown) {
        return switch (thrown) {
            case IOException failed -> failed;
            case RuntimeException failed -> throw failed;
            case Error failed -> throw failed;
            case null, default -> throw new IllegalStateException(thrown);
        };
    }

    private String seconds() {
        return deadline.toMillis() / 1_000.0 + " s";
    }

    private void awaitTurn(int uid) throws IOException {
        lock.lock();
        Turns user = turns.computeIfAbsent(uid, u -> new Turns());
        user.waiting++;
        try {
            long left = deadline.toNanos();
            while (user.running >= MOST_THREADS_A_USER) {
                if (user.overdue >= MOST_THREADS_A_USER) {
                    throw new IOException("earlier file operations of uid " + Credentials.unsigned(uid)
                            + " have not finished yet; no more are begun");
                }
                if (left <= 0) {
                    throw new IOException("file operations of uid " + Credentials.unsigned(uid)
                            + " did not get their turn within " + seconds());
                }
                left = changed.awaitNanos(left);
            }
            user.running++;
            begun++;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(uid, e);
        } finally {
            user.waiting--;
            forgetIdle(uid, user);
            lock.unlock();
        }
    }

    private void forgetIdle(int uid, Turns user) {
        if (user.running == 0 && user.waiting == 0) {
            turns.remove(uid);
        }
    }

    /** The caller goes; the thread stays. */
    private void abandon(Job<?> job) {
        lock.lock();
        try {
            Turns user = turns.get(job.uid);
            if (user != null && !job.ended) {
                job.overdue = true;
                user.overdue++;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended(Job<?> job) {
        lock.lock();
        try {
            job.ended = true;
            Turns user = Objects.requireNonNull(turns.get(job.uid));
            user.running--;
            if (job.overdue) {
                user.overdue--;
            }
            if (user.waiting > 0) {
                changed.signalAll();
            }
            forgetIdle(job.uid, user);
        } finally {
            lock.unlock();
        }
    }

    private void readResults() {
        while (!closed || !threads.isEmpty()) {
            Job<?> job = results.poll();
            if (job == null) {
                LockSupport.park(this);
            } else {
                threads.remove(job.threadId);
                ended(job);
                job.complete();
            }
        }
    }

    /** Ends «os-results» once the work under way has ended; begin nothing afterwards. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(reader);
    }

    /** Known by its class, so that work can't start work. */
    private static final class OneShot extends Thread {
        OneShot(Runnable work, String name) {
            super(null, work, name, STACK_BYTES, false);
            setDaemon(true);
        }
    }

    /** One piece of work. Written by its thread, then read by os-results: the queue between them orders that. */
    private final class Job<T> implements Runnable {
        final CompletableFuture<T> future = new CompletableFuture<>();
        final int uid;
        private final Optional<Identity> identity;
        private final Work<T> work;
        private @Nullable T result;
        private @Nullable Throwable failure;
        int threadId;

        /** Both guarded by {@link #lock}. */
        boolean overdue;

        boolean ended;

        Job(Optional<Identity> identity, int uid, Work<T> work) {
            this.identity = identity;
            this.uid = uid;
            this.work = Objects.requireNonNull(work);
        }

        @Override
        public void run() {
            try {
                threadId = Credentials.threadId();
                // still with the daemon's ids: a lock may be taken here, and the watchdog never sees an unknown thread
                threads.add(threadId);
                if (identity.isPresent()) {
                    Credentials.become(identity.get());
                }
                result = work.run(files);
            } catch (Throwable t) {
                failure = t;
            }
            results.offer(this);
            LockSupport.unpark(reader);
        }

        @SuppressWarnings("NullAway") // a result may be null where T may be
        void complete() {
            if (failure == null) {
                future.complete(result);
            } else {
                future.completeExceptionally(failure);
            }
        }
    }
}
