package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Datagrams to syslogd's socket, as syslog(3) sends them. Never blocks: a line that finds no room is counted, and told with the next. */
public final class SyslogSocket {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int TRIES = 5;
    private static final int MOST_BYTES = 8 * 1024;

    private final String path;
    private final int facility;
    private final long pid = ProcessHandle.current().pid();
    private int descriptor = -1;
    private long lost;

    /**
     * @param path {@code /dev/log}
     * @param facility RFC 5424 §6.2.1's number: 2 is mail
     */
    public SyslogSocket(String path, int facility) {
        this.path = path;
        this.facility = facility;
    }

    /** Sends one line. */
    public synchronized void send(int severity, String tag, String text) {
        String told = lost == 0 ? "" : " (" + lost + " earlier lines were lost)";
        String line = "<" + (facility * 8 + severity) + ">" + STAMP.format(LocalDateTime.now(ZoneId.systemDefault()))
                + " " + tag + "[" + pid + "]: " + text + told;
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (trySend(bytes, Math.min(bytes.length, MOST_BYTES))) {
            lost = 0;
        } else {
            lost++;
        }
    }

    private boolean trySend(byte[] bytes, int length) {
        for (int i = 0; i < TRIES; i++) {
            try {
                if (descriptor < 0) {
                    descriptor = UnixAddress.socket(UnixAddress.SOCK_DGRAM);
                    UnixAddress.connect(descriptor, path);
                }
                try (Sys.Scratch s = Sys.scratch()) {
                    MemorySegment.copy(bytes, 0, s.data(), ValueLayout.JAVA_BYTE, 0, length);
                    long at = s.data().address();
                    if (Sys.raw(s, Sys.NUMBERS.sendto(), descriptor, at, length, MSG_NOSIGNAL, 0, 0) >= 0) {
                        return true;
                    }
                    if (s.errno() == Errno.EAGAIN) {
                        UnixAddress.await(descriptor, false, 20);
                        continue;
                    }
                }
                reset();
            } catch (IOException e) {
                reset();
                return false;
            }
        }
        return false;
    }

    private void reset() {
        if (descriptor >= 0) {
            UnixAddress.close(descriptor);
            descriptor = -1;
        }
    }
}
