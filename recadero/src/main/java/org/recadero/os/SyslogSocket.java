package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Datagrams to syslogd's socket, as syslog(3) sends them (RFC 3164 §4.1 without the host's name). Safe for all threads.
 *
 * <p>It never blocks for long: for a second it waits until a full socket has room (a busy machine's syslogd gets behind; Linux
 * keeps 10 datagrams, unix(7)), and not even that while it was full the last time. A line that finds no room or no syslogd is
 * counted, and a line of its own tells the number once one gets through. A restarted syslogd is found again by the next line.
 */
public final class SyslogSocket {
    private static final List<String> MONTHS =
            List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** Where the kernel lacks memory: nothing can be waited for then. */
    private static final Duration PAUSE = Duration.ofMillis(4);

    private static final int MOST_BYTES = 8 * 1024;
    private static final int WARNING = 4;

    private final String path;
    private final int facility;
    private final InstantSource clock;
    private final ZoneId zone;
    private final long pid = ProcessHandle.current().pid();

    // guarded by this
    private int descriptor = -1;
    private boolean full;
    private long lost;
    private long stampSecond = Long.MIN_VALUE;
    private String stamp = "";

    /**
     * @param path {@code /dev/log}
     * @param facility RFC 5424 §6.2.1's number: 2 is mail
     */
    public SyslogSocket(String path, int facility) {
        this(path, facility, InstantSource.system(), ZoneId.systemDefault());
    }

    SyslogSocket(String path, int facility, InstantSource clock, ZoneId zone) {
        if (facility < 0 || facility > 23) {
            throw new IllegalArgumentException("no facility: " + facility);
        }
        this.path = Objects.requireNonNull(path);
        this.facility = facility;
        this.clock = clock;
        this.zone = zone;
    }

    /**
     * Sends one line, cut at 8 KiB.
     *
     * @param severity RFC 5424 §6.2.1's number
     * @param text without control characters
     */
    public synchronized void send(int severity, String tag, String text) {
        if (lost > 0 && trySend(WARNING, tag, "warning: " + lost + " earlier log lines were lost")) {
            lost = 0;
        }
        if (lost > 0 || !trySend(severity, tag, text)) {
            lost++;
        }
    }

    private boolean trySend(int severity, String tag, String text) {
        String line =
                "<" + (facility * 8 + severity) + ">" + stamp(clock.instant()) + " " + tag + "[" + pid + "]: " + text;
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, MOST_BYTES);
        try {
            // a second time for a syslogd that restarted: the old socket's other end is gone
            return (descriptor >= 0 && sendConnected(bytes, length)) || (reconnect() && sendConnected(bytes, length));
        } catch (IOException e) {
            // nobody is there; the caller counts the line
            disconnect();
            return false;
        }
    }

    /** The local time; the same text for all lines of a second. */
    private String stamp(Instant now) {
        if (now.getEpochSecond() != stampSecond) {
            ZonedDateTime local = now.atZone(zone);
            stamp = String.format(
                    Locale.ROOT,
                    "%s %2d %02d:%02d:%02d",
                    MONTHS.get(local.getMonthValue() - 1),
                    local.getDayOfMonth(),
                    local.getHour(),
                    local.getMinute(),
                    local.getSecond());
            stampSecond = now.getEpochSecond();
        }
        return stamp;
    }

    private boolean reconnect() throws IOException {
        if (full) {
            return false;
        }
        disconnect();
        descriptor = UnixAddress.socket(UnixAddress.SOCK_DGRAM);
        UnixAddress.connect(descriptor, path);
        return true;
    }

    private boolean sendConnected(byte[] bytes, int length) throws IOException {
        long until = System.nanoTime() + (full ? 0 : PATIENCE.toNanos());
        while (true) {
            int errno = sendOnce(bytes, length);
            full = errno == Errno.EAGAIN || errno == Errno.ENOBUFS;
            if (errno == 0) {
                return true;
            }
            if (!full && errno != Errno.EINTR) {
                return false;
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (millis <= 0) {
                return false;
            }
            if (errno == Errno.EAGAIN) {
                UnixAddress.await(descriptor, false, millis);
            } else if (errno == Errno.ENOBUFS) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** The errno; 0 for success. */
    private int sendOnce(byte[] bytes, int length) {
        try (Sys.Scratch s = Sys.scratch()) {
            MemorySegment.copy(bytes, 0, s.data(), ValueLayout.JAVA_BYTE, 0, length);
            long at = s.data().address();
            return Sys.raw(s, Sys.NUMBERS.sendto(), descriptor, at, length, MSG_NOSIGNAL, 0, 0) < 0 ? s.errno() : 0;
        }
    }

    private void disconnect() {
        if (descriptor >= 0) {
            UnixAddress.close(descriptor);
            descriptor = -1;
        }
        full = false;
    }
}
