package org.recadero.queue;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The machine's clocks. CLOCK_BOOTTIME comes from {@code /proc/uptime} (to 10 ms), the start's name from {@code
 * /proc/sys/kernel/random/boot_id}; without /proc each start of this program counts as one of the machine.
 *
 * <p>Between two looks at /proc, {@link #FRESH} apart, the monotonic clock goes on: it stands still while the machine sleeps,
 * so that a resume is noticed that much later.
 */
public final class SystemQueueClock implements QueueClock {
    private static final String UPTIME = "/proc/uptime";
    private static final String BOOT_ID = "/proc/sys/kernel/random/boot_id";
    private static final Duration FRESH = Duration.ofMillis(100);
    private static final int MOST_BYTES = 200;

    private final String bootId;
    private volatile @Nullable Sample last;

    private record Sample(long nanoTime, Duration sinceBoot) {}

    public SystemQueueClock() {
        String id;
        try {
            id = read(BOOT_ID);
            last = sample(System.nanoTime());
        } catch (IOException | RuntimeException e) {
            // no /proc: a start of the program counts as a start of the machine
            id = "process-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        }
        this.bootId = id;
    }

    /** Through a stream, not a channel: the caller may be an interrupted thread. */
    private static String read(String file) throws IOException {
        try (FileInputStream in = new FileInputStream(file)) {
            return new String(in.readNBytes(MOST_BYTES), StandardCharsets.US_ASCII).strip();
        }
    }

    private static Sample sample(long nanoTime) throws IOException {
        String text = read(UPTIME);
        int point = text.indexOf('.');
        long seconds = Long.parseLong(text, 0, point, 10);
        int hundredths = Integer.parseInt(text, point + 1, point + 3, 10);
        return new Sample(nanoTime, Duration.ofSeconds(seconds, hundredths * 10_000_000L));
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Duration sinceBoot() {
        long nanoTime = System.nanoTime();
        Sample known = last;
        if (known == null) {
            return Duration.ofNanos(nanoTime);
        }
        if (nanoTime - known.nanoTime() >= FRESH.toNanos()) {
            try {
                known = sample(nanoTime);
                last = known;
            } catch (IOException e) {
                throw new IllegalStateException(UPTIME + " cannot be read any more", e);
            }
        }
        return known.sinceBoot().plusNanos(nanoTime - known.nanoTime());
    }

    @Override
    public String bootId() {
        return bootId;
    }
}
