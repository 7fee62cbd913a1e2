package org.recadero.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The machine's clocks. CLOCK_BOOTTIME comes from {@code /proc/uptime} (to 10 ms), the start's name from {@code
 * /proc/sys/kernel/random/boot_id}; without /proc each start of this program counts as one of the machine.
 */
public final class SystemQueueClock implements QueueClock {
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final String bootId;
    private final boolean hasUptime;

    public SystemQueueClock() {
        this.bootId = readBootId();
        this.hasUptime = Files.isReadable(UPTIME) && !bootId.isEmpty();
    }

    private static String readBootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Duration sinceBoot() {
        if (!hasUptime) {
            return Duration.ofNanos(System.nanoTime());
        }
        try {
            String text = Files.readString(UPTIME);
            int point = text.indexOf('.');
            long seconds = Long.parseLong(text, 0, point, 10);
            int hundredths = Integer.parseInt(text, point + 1, point + 3, 10);
            return Duration.ofSeconds(seconds, hundredths * 10_000_000L);
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("/proc/uptime cannot be read any more", e);
        }
    }

    @Override
    public String bootId() {
        return hasUptime ? bootId : "process-" + ProcessHandle.current().pid() + "-" + System.identityHashCode(this);
    }
}
