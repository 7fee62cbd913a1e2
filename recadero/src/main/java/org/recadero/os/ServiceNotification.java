package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Tells the service manager how this service does (sd_notify(3)): one datagram a message to the socket that it named in {@code
 * NOTIFY_SOCKET}, a path or {@code @} and an abstract name. Without that variable nobody is told, which is no failure. Safe for
 * all threads.
 */
public final class ServiceNotification {
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MOST_STATUS = 500;

    private final Optional<String> socket;
    private final ProcessFacts facts;

    /** @param socket the value of NOTIFY_SOCKET; empty text counts as none */
    public ServiceNotification(Optional<String> socket, ProcessFacts facts) {
        this.socket = socket.filter(s -> s.startsWith("/") || s.startsWith("@"));
        this.facts = facts;
    }

    /** Start-up, or a reload, is finished. */
    public void ready(String status) throws IOException {
        send("READY=1\nSTATUS=" + oneLine(status));
    }

    /** A reload begins; {@link #ready} ends it. systemd.service(5), Type=notify-reload, wants the monotonic time. */
    public void reloading() throws IOException {
        send("RELOADING=1\nMONOTONIC_USEC=" + facts.monotonic().toNanos() / 1_000);
    }

    public void stopping() throws IOException {
        send("STOPPING=1");
    }

    /** A line for {@code systemctl status}. */
    public void status(String text) throws IOException {
        send("STATUS=" + oneLine(text));
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.substring(0, Math.min(line.length(), MOST_STATUS));
    }

    private void send(String message) throws IOException {
        if (socket.isEmpty()) {
            return;
        }
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        int descriptor = UnixAddress.socket(UnixAddress.SOCK_DGRAM);
        try (Sys.Scratch s = Sys.scratch()) {
            UnixAddress.connect(descriptor, socket.get());
            MemorySegment.copy(bytes, 0, s.data(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            long at = s.data().address();
            if (Sys.raw(s, Sys.NUMBERS.sendto(), descriptor, at, bytes.length, MSG_NOSIGNAL, 0, 0) < 0) {
                throw ErrnoException.of(s.errno(), "notify " + socket.get());
            }
        } finally {
            UnixAddress.close(descriptor);
        }
    }
}
