package org.recadero.deliver.smtp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.queue.Content;
import org.recadero.queue.QueuedMessage;
import org.recadero.route.Relay;
import org.recadero.status.Outcome;

/** One message with those of its recipients that go to this next hop. Used by one thread. */
final class Job {
    /** Content up to this size is read once and kept while it is sent. */
    static final int KEPT_BYTES = 256 << 10;

    /** One recipient and what became of him; no outcome: he is still to be tried. */
    static final class Slot {
        final int index;
        final Delivery delivery;

        @Nullable
        Outcome outcome;

        Slot(int index, Delivery delivery) {
            this.index = index;
            this.delivery = Objects.requireNonNull(delivery);
        }

        boolean isOpen() {
            return outcome == null;
        }
    }

    /** When its turn came. */
    final long sinceNanos = System.nanoTime();

    private final List<Slot> slots = new ArrayList<>();
    private Outbound.@Nullable Rewritten rewritten;
    private byte @Nullable [] kept;
    private @Nullable Boolean eightBit;

    Job(Slot first) {
        slots.add(first);
    }

    void add(Slot slot) {
        slots.add(slot);
    }

    QueuedMessage message() {
        return slots.getFirst().delivery.message();
    }

    List<Slot> slots() {
        return slots;
    }

    List<Slot> open() {
        return slots.stream().filter(Slot::isOpen).toList();
    }

    boolean isOpen() {
        return slots.stream().anyMatch(Slot::isOpen);
    }

    /**
     * Rewrites addresses for a relay; called before anything else is asked for that relay.
     *
     * @throws IOException as {@link Outbound#rewrite}
     */
    void prepare(Outbound outbound, Relay relay, ReversePath account) throws IOException {
        if (rewritten != null) {
            rewritten = null;
            eightBit = null;
        }
        if (outbound.changes(relay)) {
            eightBit = null;
            try (InputStream in = new BufferedInputStream(asQueued())) {
                rewritten = outbound.rewrite(
                        relay,
                        account,
                        message().envelope().sender(),
                        slots.stream()
                                .map(s -> s.delivery.recipient().recipient().address())
                                .toList(),
                        in);
            }
        }
    }

    /** For MAIL. */
    ReversePath sender() {
        Outbound.Rewritten now = rewritten;
        return now == null ? message().envelope().sender() : now.sender();
    }

    /** For RCPT. */
    Address recipient(Slot slot) {
        Outbound.Rewritten now = rewritten;
        return now == null
                ? slot.delivery.recipient().recipient().address()
                : now.recipients().get(slots.indexOf(slot));
    }

    /** The content as it leaves, LF line ends. */
    InputStream content() throws IOException {
        Outbound.Rewritten now = rewritten;
        return now == null ? asQueued() : now.of(asQueued());
    }

    /** The content as it lies in the queue, LF line ends. Read from the queue the first time, then kept where it is small. */
    InputStream asQueued() throws IOException {
        byte[] known = kept;
        if (known != null) {
            return new java.io.ByteArrayInputStream(known);
        }
        Content content = slots.getFirst().delivery.content();
        if (message().sizeBytes() > KEPT_BYTES) {
            return content.open();
        }
        try (InputStream in = content.open()) {
            known = in.readNBytes(2 * KEPT_BYTES);
        }
        kept = known;
        return new java.io.ByteArrayInputStream(known);
    }

    /** Whether there is an octet beyond ASCII. */
    boolean isEightBit() throws IOException {
        Boolean known = eightBit;
        if (known == null) {
            known = look();
            eightBit = known;
        }
        return known;
    }

    private boolean look() throws IOException {
        byte[] buffer = new byte[16 << 10];
        try (InputStream in = content()) {
            for (int got = in.read(buffer); got > 0; got = in.read(buffer)) {
                for (int i = 0; i < got; i++) {
                    if (buffer[i] < 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Forgets the content: the message is through. */
    void release() {
        kept = null;
    }
}
