package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * {@link Identities} for Linux. Each piece of work has a platform thread of its own, which takes the user's effective ids,
 * works, puts its result into a lock-free queue and ends. One more platform thread, «os-results», takes results from there and
 * wakes the callers: a thread with a user's identity never wakes a virtual thread, since that could start a carrier thread
 * with his identity (SAFETY 3).
 */
public final class LinuxIdentities implements Identities, AutoCloseable {
    /** Work that has not ended by its deadline, for each user (SAFETY 6). */
    private static final int MOST_STUCK = 2;

    private static final long STACK_BYTES = 512 * 1024;

    private final Identity self;
    private final boolean canSwitch;
    private final Duration deadline;
    private final FileSystem files;
    private final ConcurrentLinkedQueue<Job<?>> results = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Integer> stuck = new ConcurrentHashMap<>();
    private final Map<Integer, Boolean> threads = new ConcurrentHashMap<>();
    private final Thread reader;
    private volatile boolean closed;

    /** @param deadline how long one piece of work may take before its caller gives up */
    public LinuxIdentities(FileSystem files, Duration deadline) {
        this.files = Objects.requireNonNull(files);
        this.deadline = Objects.requireNonNull(deadline);
        Credentials.Ids uids = Credentials.uids();
        this.self = new Identity(uids.effective(), Credentials.gids().effective(), Credentials.groups());
        long capabilities = Credentials.effectiveCapabilities();
        this.canSwitch = has(capabilities, Credentials.CAP_SETUID) && has(capabilities, Credentials.CAP_SETGID);
        this.reader = Thread.ofPlatform().name("os-results").daemon().start(this::readResults);
    }

    private static boolean has(long capabilities, int capability) {
        return (capabilities >> capability & 1) == 1;
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
        if (identity.uid() == self.uid() && !canSwitch) {
            return run(Optional.empty(), self.uid(), work);
        }
        // SAFETY 5: never root, never the daemon itself
        if (identity.uid() == 0) {
            throw new IllegalArgumentException("uid 0 is no target");
        }
        if (identity.uid() == self.uid() && self.uid() != 0) {
            throw new IllegalArgumentException("the daemon's own ids are no target");
        }
        requireSwitch(identity);
        return run(Optional.of(identity), identity.uid(), work);
    }

    @Override
    public <T> T runAsRootForRootsMailbox(Identity root, Work<T> work) throws IOException {
        if (root.uid() != 0) {
            throw new IllegalArgumentException("for uid 0 only");
        }
        if (self.uid() == 0 && !canSwitch) {
            return run(Optional.empty(), 0, work);
        }
        requireSwitch(root);
        return run(Optional.of(root), 0, work);
    }

    @Override
    public byte[] readRootFile(String path, int limitBytes) throws IOException {
        requireSwitch(new Identity(0, 0, java.util.List.of()));
        return run(Optional.of(new Identity(0, 0, java.util.List.of())), 0, fs -> read(fs, path, limitBytes));
    }

    private static byte[] read(FileSystem fs, String path, int limitBytes) throws IOException {
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
            int at = 0;
            while (at < bytes.length) {
                long count = fs.read(descriptor, MemorySegment.ofArray(bytes).asSlice(at), at);
                if (count == 0) {
                    return Arrays.copyOf(bytes, at);
                }
                at += (int) count;
            }
            return bytes;
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

    /** Whether a thread of this process may carry a foreign identity just now. */
    boolean isDelivery(int threadId) {
        return threads.containsKey(threadId);
    }

    private <T> T run(Optional<Identity> identity, int uid, Work<T> work) throws IOException {
        if (stuck.getOrDefault(uid, 0) >= MOST_STUCK) {
            throw new IOException(
                    "earlier file operations of uid " + Credentials.unsigned(uid) + " have not ended yet");
        }
        Job<T> job = new Job<>(identity, work);
        Thread.ofPlatform()
                .name("as-" + Credentials.unsigned(uid))
                .daemon()
                .stackSize(STACK_BYTES)
                .start(job::run);
        try {
            return job.future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            stuck.merge(uid, 1, Integer::sum);
            var _ = job.future.whenComplete((r, t) -> stuck.merge(uid, -1, Integer::sum));
            throw new IOException(
                    "file operations of uid " + Credentials.unsigned(uid) + " did not end within "
                            + deadline.toSeconds() + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failed) {
                throw failed;
            }
            if (cause instanceof RuntimeException failed) {
                throw failed;
            }
            throw new IllegalStateException(cause);
        }
    }

    private void readResults() {
        while (!closed) {
            Job<?> job = results.poll();
            if (job == null) {
                LockSupport.park(this);
            } else {
                threads.remove(job.threadId);
                job.complete();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(reader);
    }

    /** One piece of work. Written by its thread, then read by os-results: the queue between them orders that. */
    private final class Job<T> {
        final CompletableFuture<T> future = new CompletableFuture<>();
        private final Optional<Identity> identity;
        private final Work<T> work;
        private @Nullable T result;
        private @Nullable Throwable failure;
        int threadId;

        Job(Optional<Identity> identity, Work<T> work) {
            this.identity = identity;
            this.work = Objects.requireNonNull(work);
        }

        void run() {
            try {
                threadId = Credentials.threadId();
                // still with the daemon's ids: a lock may be taken here
                threads.put(threadId, true);
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
