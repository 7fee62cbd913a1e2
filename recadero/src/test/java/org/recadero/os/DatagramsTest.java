package org.recadero.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link SyslogSocket} and {@link ServiceNotification} before a socket that only listens. */
class DatagramsTest {
    @TempDir
    Path folder;

    /** What stands at the other end. */
    private static final class Receiver implements AutoCloseable {
        private final int socket;

        Receiver(String path) throws IOException {
            socket = UnixAddress.socket(UnixAddress.SOCK_DGRAM);
            try (Sys.Scratch s = Sys.scratch()) {
                int length = UnixAddress.put(s.small, path);
                Sys.call(s, "bind", Sys.NUMBERS.bind(), socket, s.small.address(), length, 0);
            }
        }

        /** Empty where nothing waits. */
        String next() throws IOException {
            try (Sys.Scratch s = Sys.scratch()) {
                if (!UnixAddress.await(socket, true, 0)) {
                    return "";
                }
                long at = s.data().address();
                int count = (int) Sys.call(s, "read", Sys.NUMBERS.read(), socket, at, Sys.BUFFER_BYTES, 0);
                return new String(s.data().asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), UTF_8);
            }
        }

        @Override
        public void close() {
            UnixAddress.close(socket);
        }
    }

    private String path() {
        return folder.resolve("log").toString();
    }

    @Test
    void writesLinesAsSyslogDoes() throws Exception {
        Instant when = Instant.parse("2026-11-04T05:06:07Z");
        SyslogSocket syslog = new SyslogSocket(path(), 2, () -> when, ZoneOffset.UTC);
        try (Receiver receiver = new Receiver(path())) {
            syslog.send(6, "postfix/local", "year: año");
            // RFC 3164 §4.1.2: a day below 10 has a blank in front
            assertThat(receiver.next())
                    .isEqualTo("<22>Nov  4 05:06:07 postfix/local["
                            + ProcessHandle.current().pid() + "]: year: año");
            syslog.send(4, "postfix/local", "x".repeat(10_000));
            assertThat(receiver.next()).hasSize(8 * 1024);
        }
    }

    @Test
    void waitsForASyslogdThatIsBehind() throws Exception {
        SyslogSocket syslog = new SyslogSocket(path(), 2);
        int lines = 500; // unix(7), max_dgram_qlen: 10 of them have room, 512 at most where a distribution raised it
        try (Receiver receiver = new Receiver(path())) {
            Thread busy = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < lines; i++) {
                    syslog.send(6, "postfix/local", "line " + i);
                }
            });
            long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            for (int i = 0; i < lines && System.nanoTime() < until; ) {
                String line = receiver.next();
                if (!line.isEmpty()) {
                    assertThat(line).endsWith(": line " + i);
                    i++;
                }
            }
            assertThat(busy.join(Duration.ofSeconds(10))).isTrue();
            assertThat(receiver.next()).isEmpty();
            syslog.send(6, "postfix/local", "none was lost");
            assertThat(receiver.next()).endsWith(": none was lost");
        }
    }

    @Test
    void findsARestartedSyslogdAndTellsWhatWasLost() throws Exception {
        SyslogSocket syslog = new SyslogSocket(path(), 2);
        syslog.send(6, "postfix/local", "nobody is there");
        try (Receiver receiver = new Receiver(path())) {
            syslog.send(6, "postfix/local", "first");
            assertThat(receiver.next()).startsWith("<20>").endsWith("]: warning: 1 earlier log lines were lost");
            assertThat(receiver.next()).endsWith("first");
        }
        syslog.send(6, "postfix/local", "nobody listens");
        Files.delete(Path.of(path()));
        syslog.send(6, "postfix/local", "nobody is there");
        try (Receiver receiver = new Receiver(path())) {
            syslog.send(6, "postfix/local", "second");
            assertThat(receiver.next()).endsWith("]: warning: 2 earlier log lines were lost");
            assertThat(receiver.next()).endsWith("second");
            syslog.send(6, "postfix/local", "third");
            assertThat(receiver.next()).endsWith("third");
        }
    }

    @Test
    void isNotBlockedByADeafSyslogd() throws Exception {
        SyslogSocket syslog = new SyslogSocket(path(), 2);
        try (Receiver receiver = new Receiver(path())) {
            // the kernel's queue for datagrams is shorter (net.unix.max_dgram_qlen)
            int lines = 5_000;
            long start = System.nanoTime();
            for (int i = 0; i < lines; i++) {
                syslog.send(6, "postfix/local", "line " + i);
            }
            assertThat(System.nanoTime() - start).isLessThan(30_000_000_000L);
            int read = 0;
            for (String line = receiver.next(); !line.isEmpty(); line = receiver.next()) {
                assertThat(line).endsWith("line " + read++);
            }
            assertThat(read).isBetween(1, lines - 1);
            syslog.send(6, "postfix/local", "heard again");
            assertThat(receiver.next()).endsWith("warning: " + (lines - read) + " earlier log lines were lost");
            assertThat(receiver.next()).endsWith("heard again");
        }
    }

    @Test
    void tellsTheServiceManager() throws Exception {
        for (String socket : new String[] {path(), "@recadero-test-" + System.nanoTime()}) {
            ServiceNotification manager = new ServiceNotification(Optional.of(socket), new ProcessFacts());
            try (Receiver receiver = new Receiver(socket)) {
                manager.ready("running\nMAINPID=1");
                assertThat(receiver.next()).isEqualTo("READY=1\nSTATUS=running MAINPID=1");
                manager.reloading();
                assertThat(receiver.next()).matches("RELOADING=1\nMONOTONIC_USEC=\\d+");
                manager.status("5 waiting");
                assertThat(receiver.next()).isEqualTo("STATUS=5 waiting");
                manager.stopping();
                assertThat(receiver.next()).isEqualTo("STOPPING=1");
            }
        }
    }

    @Test
    void needsNoServiceManager() {
        assertThatCode(() -> new ServiceNotification(Optional.empty(), new ProcessFacts()).stopping())
                .doesNotThrowAnyException();
        assertThatCode(() -> new ServiceNotification(Optional.of(""), new ProcessFacts()).stopping())
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new ServiceNotification(Optional.of(path()), new ProcessFacts()).stopping())
                .isInstanceOf(ErrnoException.class);
    }
}
