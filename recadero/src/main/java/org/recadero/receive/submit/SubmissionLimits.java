package org.recadero.receive.submit;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What one uid may take of the daemon at a time (SAFETY 22): connections, and messages and bytes that wait in the queue or are
 * coming in. Safe for use by many threads.
 */
public final class SubmissionLimits {
    /** SAFETY 22. */
    public static final int CONNECTIONS_PER_USER = 20;
    /** Bound for all connections together. */
    public static final int CONNECTIONS = 500;

    /**
     * @param connectionsPerUser at least 1
     * @param connections of all users, at least 1
     * @param waitingMessages of one uid; 0: no limit
     * @param waitingBytes of one uid; 0: no limit
     */
    public record Bounds(int connectionsPerUser, int connections, long waitingMessages, long waitingBytes) {
        public Bounds {
            if (connectionsPerUser < 1 || connections < 1 || waitingMessages < 0 || waitingBytes < 0) {
                throw new IllegalArgumentException("limits out of range");
            }
        }
    }

    /** What waits in the queue for a uid. */
    public record Load(long messages, long bytes) {}

    /** Asks the queue; called once for each message, so it must not scan. */
    @FunctionalInterface
    public interface LoadOfUser {
        Load of(int uid);
    }

    private static final class Usage {
        private int connections;
        private int messages;
        private long bytes;
    }

    private final Supplier<Bounds> boundsNow;
    private final LoadOfUser queued;
    private final Map<Integer, Usage> usages = new HashMap<>();
    private int connections;

    /** @param bounds those of the configuration in force */
    public SubmissionLimits(Supplier<Bounds> bounds, LoadOfUser queued) {
        this.boundsNow = Objects.requireNonNull(bounds);
        this.queued = Objects.requireNonNull(queued);
    }

    /** Limits on connections alone. */
    public static SubmissionLimits ofConnections() {
        Bounds bounds = new Bounds(CONNECTIONS_PER_USER, CONNECTIONS, 0, 0);
        return new SubmissionLimits(() -> bounds, uid -> new Load(0, 0));
    }

    /** Gives back what was taken; closing twice is harmless. */
    interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    /** Empty where this uid, or all together, have too many connections. */
    synchronized Optional<Lease> connect(int uid) {
        Bounds bounds = boundsNow.get();
        Usage usage = usages.computeIfAbsent(uid, u -> new Usage());
        if (usage.connections >= bounds.connectionsPerUser() || connections >= bounds.connections()) {
            forget(uid, usage);
            return Optional.empty();
        }
        usage.connections++;
        connections++;
        return Optional.of(new Once(() -> {
            usage.connections--;
            connections--;
            forget(uid, usage);
        }));
    }

    /** Admits one more message; empty where the uid has too many waiting. */
    Optional<Admission> admit(int uid) {
        Load load = queued.of(uid);
        Bounds bounds = boundsNow.get();
        synchronized (this) {
            Usage usage = usages.computeIfAbsent(uid, u -> new Usage());
            boolean tooMany =
                    bounds.waitingMessages() > 0 && load.messages() + usage.messages >= bounds.waitingMessages();
            boolean tooMuch = bounds.waitingBytes() > 0 && load.bytes() + usage.bytes >= bounds.waitingBytes();
            if (tooMany || tooMuch) {
                forget(uid, usage);
                return Optional.empty();
            }
            usage.messages++;
            return Optional.of(new Admission(uid, usage, load.bytes(), bounds.waitingBytes()));
        }
    }

    private void forget(int uid, Usage usage) {
        if (usage.connections == 0 && usage.messages == 0 && usage.bytes == 0) {
            usages.remove(uid, usage);
        }
    }

    private final class Once implements Lease {
        private final Runnable giveBack;
        private boolean done;

        Once(Runnable giveBack) {
            this.giveBack = giveBack;
        }

        @Override
        public void close() {
            synchronized (SubmissionLimits.this) {
                if (!done) {
                    done = true;
                    giveBack.run();
                }
            }
        }
    }

    /** A message that is coming in. */
    final class Admission implements Lease {
        private final int uid;
        private final Usage usage;
        private final long queuedBytes;
        private final long mostBytes;
        private long bytes;
        private boolean closed;
        private boolean exceeded;

        private Admission(int uid, Usage usage, long queuedBytes, long mostBytes) {
            this.uid = uid;
            this.usage = usage;
            this.queuedBytes = queuedBytes;
            this.mostBytes = mostBytes;
        }

        private void count(long more) throws IOException {
            synchronized (SubmissionLimits.this) {
                usage.bytes += more;
                bytes += more;
                if (mostBytes > 0 && queuedBytes + usage.bytes > mostBytes) {
                    exceeded = true;
                    throw new IOException("too much mail of this user is waiting");
                }
            }
        }

        /** Whether the counted stream threw because of the limit. */
        boolean wasExceeded() {
            return exceeded;
        }

        /** Counts what is read; throws where that becomes too much. */
        InputStream counted(InputStream in) {
            return new FilterInputStream(in) {
                @Override
                public int read() throws IOException {
                    int octet = super.read();
                    count(octet < 0 ? 0 : 1);
                    return octet;
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    int read = super.read(into, offset, length);
                    count(Math.max(0, read));
                    return read;
                }
            };
        }

        @Override
        public void close() {
            synchronized (SubmissionLimits.this) {
                if (!closed) {
                    closed = true;
                    usage.messages--;
                    usage.bytes -= bytes;
                    forget(uid, usage);
                }
            }
        }
    }
}
