package org.recadero.deliver.local;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.recadero.deliver.DeliveredTo;
import org.recadero.deliver.Delivery;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * One message on its way into one mailbox: the lines above it, its content, and what came of it.
 *
 * <p>Small content is read on the thread that brings the batch and lies in memory, encoded, so that the thread with the
 * user's identity touches nothing of the queue (SAFETY 3); large content is streamed by an ordinary platform thread.
 * The first verdict counts: a delivery that was given up cannot come back as done.
 */
final class Letter {
    /** Content up to this size is held in memory, bytes. */
    static final int SMALL_BYTES = 256 << 10;

    /** Header fields beyond this are not searched for Delivered-To, bytes. */
    static final int MOST_HEADER_BYTES = 1 << 20;

    private static final int CHUNK_BYTES = 64 << 10;

    private final Delivery delivery;
    private final byte[] fromLine;
    private final byte[] fields;
    private final Mailbox.Kind kind;
    private final String member;
    /** All of it as it will lie in the mailbox; null for a large one. */
    private final byte @Nullable [] image;

    private final long length;

    private record Verdict(Outcome outcome, List<String> warnings) {}

    private final AtomicReference<Optional<Verdict>> verdict = new AtomicReference<>(Optional.empty());
    private volatile ForwardFile.Found.@Nullable Text forward;
    private final long beganNanos = System.nanoTime();

    private Letter(
            Delivery delivery,
            byte[] fromLine,
            byte[] fields,
            Mailbox.Kind kind,
            String member,
            byte @Nullable [] image,
            long length) {
        this.delivery = Objects.requireNonNull(delivery);
        this.fromLine = fromLine;
        this.fields = fields;
        this.kind = kind;
        this.member = member;
        this.image = image;
        this.length = length;
    }

    /**
     * Reads the content as far as it is needed beforehand.
     *
     * @param fromLine the From_ line of an mbox; empty for a Maildir
     * @param member tells the members of an alias apart, {@code m0}; empty: the recipient himself (SAFETY 16)
     * @return empty: this message was delivered to this recipient before (its Delivered-To says so)
     */
    static Optional<Letter> read(Delivery delivery, byte[] fromLine, byte[] fields, Mailbox.Kind kind, String member)
            throws IOException {
        try (InputStream content = delivery.content().open()) {
            int most = headerBytes(delivery);
            byte[] start = content.readNBytes(most);
            if (DeliveredTo.names(delivery.recipient().recipient().address(), start, start.length)) {
                return Optional.empty();
            }
            if (start.length < most || content.read() < 0) {
                byte[] image = encode(fromLine, fields, start, kind);
                return Optional.of(new Letter(delivery, fromLine, fields, kind, member, image, image.length));
            }
        }
        Counter counter = new Counter();
        stream(delivery, fromLine, fields, kind, counter);
        return Optional.of(new Letter(delivery, fromLine, fields, kind, member, null, counter.bytes));
    }

    /** Whether one of the message's Delivered-To fields names this recipient. */
    static boolean loops(Delivery delivery) throws IOException {
        try (InputStream content = delivery.content().open()) {
            byte[] start = content.readNBytes(headerBytes(delivery));
            return DeliveredTo.names(delivery.recipient().recipient().address(), start, start.length);
        }
    }

    private static int headerBytes(Delivery delivery) {
        return (int) Math.min(MOST_HEADER_BYTES, Math.max(0, delivery.message().sizeBytes()) + 1);
    }

    Delivery delivery() {
        return delivery;
    }

    String member() {
        return member;
    }

    boolean isSmall() {
        return image != null;
    }

    /** All of a small letter as it will lie in the mailbox. */
    byte[] image() {
        return Objects.requireNonNull(image);
    }

    /** What it takes in the mailbox, bytes. */
    long length() {
        return length;
    }

    /** The length of the From_ line, which alone may differ from an earlier attempt's (its date). */
    int fromLineLength() {
        return fromLine.length;
    }

    /** Hands out all of it, piece by piece. */
    void writeTo(MboxEncoder.Sink sink) throws IOException {
        if (image != null) {
            sink.write(image, 0, image.length);
        } else {
            stream(delivery, fromLine, fields, kind, sink);
        }
    }

    // ---- the verdict

    boolean isOpen() {
        return verdict.get().isEmpty();
    }

    void sent(String text) {
        settle(new Verdict(
                new Outcome.Sent(DeliveryStatus.of(Refusal.RELAY, EnhancedStatusCode.OK, text, elapsed())), List.of()));
    }

    void refuse(Refusal refusal) {
        settle(new Verdict(refusal.outcome(elapsed()), refusal.warnings()));
    }

    /** The user's {@code .forward} takes the mail: nothing was written. */
    void elsewhere(ForwardFile.Found found) {
        switch (found) {
            case ForwardFile.Found.Text text -> {
                forward = text;
                refuse(Refusal.wait(text.path() + " takes the mail"));
            }
            case ForwardFile.Found.Unreadable(Refusal why) -> refuse(why);
        }
    }

    /** What a letter comes to. */
    sealed interface Result {
        record Over(Outcome outcome) implements Result {}

        /** Nothing was written: the user wants his mail elsewhere. */
        record Elsewhere(ForwardFile.Found.Text text) implements Result {}
    }

    Result result() {
        ForwardFile.Found.@Nullable Text elsewhere = forward;
        return elsewhere == null ? new Result.Over(outcome()) : new Result.Elsewhere(elsewhere);
    }

    private void settle(Verdict found) {
        Optional<Verdict> none = verdict.get();
        if (none.isEmpty()) {
            verdict.compareAndSet(none, Optional.of(found));
        }
    }

    Outcome outcome() {
        return verdict.get()
                .orElseThrow(() -> new IllegalStateException("a letter without a verdict"))
                .outcome();
    }

    /** For the administrator; empty before the verdict. */
    List<String> warnings() {
        return verdict.get().map(Verdict::warnings).orElse(List.of());
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - beganNanos);
    }

    // ---- encoding

    private static byte[] encode(byte[] fromLine, byte[] fields, byte[] content, Mailbox.Kind kind) throws IOException {
        Buffer buffer = new Buffer(fromLine.length + fields.length + content.length + 64);
        buffer.write(fromLine, 0, fromLine.length);
        buffer.write(fields, 0, fields.length);
        switch (kind) {
            case MBOX -> {
                MboxEncoder encoder = new MboxEncoder(buffer);
                encoder.write(content, 0, content.length);
                encoder.end();
            }
            case MAILDIR -> {
                buffer.write(content, 0, content.length);
                if (content.length > 0 && content[content.length - 1] != '\n') {
                    buffer.write(new byte[] {'\n'}, 0, 1);
                }
            }
        }
        return buffer.toBytes();
    }

    private static void stream(
            Delivery delivery, byte[] fromLine, byte[] fields, Mailbox.Kind kind, MboxEncoder.Sink sink)
            throws IOException {
        sink.write(fromLine, 0, fromLine.length);
        sink.write(fields, 0, fields.length);
        byte[] chunk = new byte[CHUNK_BYTES];
        byte last = '\n';
        MboxEncoder encoder = new MboxEncoder(sink);
        try (InputStream content = delivery.content().open()) {
            for (int n = content.read(chunk); n >= 0; n = content.read(chunk)) {
                if (n == 0) {
                    continue;
                }
                last = chunk[n - 1];
                switch (kind) {
                    case MBOX -> encoder.write(chunk, 0, n);
                    case MAILDIR -> sink.write(chunk, 0, n);
                }
            }
        }
        switch (kind) {
            case MBOX -> encoder.end();
            case MAILDIR -> {
                if (last != '\n') {
                    sink.write(new byte[] {'\n'}, 0, 1);
                }
            }
        }
    }

    /** Counts. */
    private static final class Counter implements MboxEncoder.Sink {
        private long bytes;

        @Override
        public void write(byte[] piece, int from, int length) {
            bytes += length;
        }
    }

    /** Collects. */
    private static final class Buffer implements MboxEncoder.Sink {
        private byte[] bytes;
        private int length;

        private Buffer(int expected) {
            bytes = new byte[expected];
        }

        @Override
        public void write(byte[] piece, int from, int count) {
            if (length + count > bytes.length) {
                bytes = java.util.Arrays.copyOf(bytes, Math.max(length + count, bytes.length + bytes.length / 4));
            }
            System.arraycopy(piece, from, bytes, length, count);
            length += count;
        }

        private byte[] toBytes() {
            return length == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, length);
        }
    }
}
