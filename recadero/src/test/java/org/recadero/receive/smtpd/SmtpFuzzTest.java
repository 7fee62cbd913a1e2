package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;

/**
 * Seeded dialogues that nobody would hold: no crash, no hang, nothing relayed, nothing promised that is not in the queue, and
 * nothing that stays behind: open files, threads, memory.
 *
 * <p>{@code -Drecadero.fuzz.seconds=600} ({@code ./test --long}) goes on for so long, {@code -Drecadero.fuzz.seed=N} begins elsewhere. A dialogue that
 * fails lies in {@code target/fuzz}; mended, it goes to {@code resources/fuzz/smtp} and is held each time.
 */
class SmtpFuzzTest {
    private static final Duration SHORT = Duration.ofSeconds(4);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SETTLING = Duration.ofSeconds(30);
    private static final int WARM_UP = 400;
    /** One of so many goes through a real socket. */
    private static final int SOCKET_EACH = 8;

    /** Of this the queues' memory of submissions that were taken, 10,000 each, is about a third. */
    private static final long HEAP_GROWTH = 16L << 20;

    private static final int DESCRIPTOR_GROWTH = 8;
    private static final int THREAD_GROWTH = 8;

    private static final char TLS = SmtpFuzz.HANDSHAKE;

    private static final String[] WORDS = {
        "EHLO c.example",
        "HELO c",
        "EHLO [192.0.2.9]",
        "EHLO \u00f1",
        "MAIL FROM:<a@example.org>",
        "MAIL FROM:<b@example.org>",
        "MAIL FROM:<c@example.org>",
        "MAIL FROM:<>",
        "MAIL FROM:<a@example.org> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=x+2B",
        "MAIL FROM:<\"a b\"@example.org>",
        "MAIL FROM:<a@later.example>",
        "MAIL FROM:<a@example.org> SMTPUTF8",
        "MAIL FROM: a@example.org",
        "MAIL FROM:<\"",
        "RCPT TO:<usuario@localhost>",
        "RCPT TO:<usuario+a@localhost>",
        "RCPT TO:<usuario+b@localhost>",
        "RCPT TO:<usuario+c@localhost>",
        "RCPT TO:<usuario+d@localhost>",
        "RCPT TO:<usuario+e@localhost>",
        "RCPT TO:<usuario+f@localhost>",
        "RCPT TO:<postmaster> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By",
        "RCPT TO:<nadie@localhost>",
        "RCPT TO:<x@example.org>",
        "RCPT TO:<user%example.org@localhost>",
        "RCPT TO:<\"a@example.org\"@localhost>",
        "RCPT TO:<@localhost:x@example.org>",
        "RCPT TO:<usuario@[127.0.0.1]>",
        "DATA",
        "DATA",
        "BDAT 3",
        "BDAT 0 LAST",
        "BDAT 5 LAST",
        "BDAT 99999999999",
        "BDAT -1",
        "RSET",
        "NOOP",
        "QUIT",
        "STARTTLS",
        "AUTH PLAIN",
        "AUTH LOGIN =",
        "AUTH PLAIN =",
        "AUTH PLAIN *",
        "AUTH LOGIN",
        "AUTH",
        "AUTH CRAM-MD5",
        "AUTH PLAIN !no base64!",
        "AUTH PLAIN AHBlcGUAc2VjcmV0bw==", // \0pepe\0secreto
        "AUTH PLAIN AHBlcGUAZmFsc28=", // \0pepe\0falso
        "AUTH PLAIN AHRhcmRlAHg=", // \0tarde\0x
        "AUTH PLAIN bWFub2xvAHBlcGUAc2VjcmV0bw==", // manolo\0pepe\0secreto
        "AUTH PLAIN\r\nAHBlcGUAc2VjcmV0bw==",
        "AUTH PLAIN\r\n*",
        "AUTH LOGIN\r\ncGVwZQ==\r\nc2VjcmV0bw==", // pepe, secreto
        "AUTH LOGIN cGVwZQ==\r\nc2VjcmV0bw==",
        "AUTH LOGIN\r\ncGVwZQ==\r\n*",
        "AUTH PLAIN " + "QUFB".repeat(200),
        "AUTH LOGIN\r\n" + "QUFB".repeat(4_000),
        "AHBlcGUAc2VjcmV0bw==",
        "cGVwZQ==",
        "c2VjcmV0bw==",
        "=",
        "EHLO c.example\r\nSTARTTLS\r\n" + TLS,
        "EHLO c.example\r\nSTARTTLS\r\n" + TLS + "EHLO c.example\r\nAUTH PLAIN AHBlcGUAc2VjcmV0bw==",
        "EHLO c.example\r\nSTARTTLS\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<usuario@localhost>\r\n" + TLS,
        "EHLO c.example\r\nSTARTTLS\r\nEHLO c.example\r\nVRFY " + SmtpFuzz.ECHO + "\r\n" + TLS,
        "STARTTLS\r\nEHLO c.example\r\n" + TLS + "MAIL FROM:<a@example.org>",
        "" + TLS,
        "VRFY a@b",
        "VRFY usuario",
        "ETRN x",
        "GET / HTTP/1.1",
        "Subject: x",
        "Received: from a by b; x",
        "Content-Type: multipart/mixed; boundary=x",
        ".",
        "..",
        "",
        "\0",
        "\u00ff\u00fe",
        "*",
        "<",
        ">",
        "@",
        "\"",
        "(",
        "x".repeat(600),
        "y".repeat(5_000),
        "RSET\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<usuario@localhost>\r\nDATA\r\nx: y\r\n\r\nz\r\n.\r\n",
        "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<usuario@localhost>\r\nBDAT 2\r\nabBDAT 1 LAST\r\nc",
    };

    private static final String[] ENDS = {
        "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", " ", "", "\r\n.\r\n", "\n.\n", "\r\r\n"
    };

    @TempDir
    Path folder;

    private final List<byte[]> golden = golden();

    /** What the clients of the golden dialogues say. */
    private static List<byte[]> golden() {
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(resource("/dialogues/receive"))) {
            for (Path file : files.sorted().toList()) {
                StringBuilder said = new StringBuilder();
                for (String line : Files.readAllLines(file)) {
                    if (line.equals("C:") || line.startsWith("C: ")) {
                        said.append(line.length() > 3 ? line.substring(3) : "").append("\r\n");
                    }
                }
                all.add(said.toString().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(e);
        }
        return all;
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(SmtpFuzzTest.class.getResource(name)).toURI());
    }

    private byte[] dialogue(Random random) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int variant = random.nextInt(SmtpFuzz.variants());
        said.write(variant);
        if (variant >= SmtpFuzz.WITH_LOGINS && random.nextBoolean()) {
            // else most would never come so far
            String behind = random.nextInt(3) > 0 ? "" : "EHLO c.example\r\nVRFY " + SmtpFuzz.ECHO + "\r\n";
            String within = variant == SmtpFuzz.WITH_TLS ? "STARTTLS\r\n" + behind + TLS + "EHLO c.example\r\n" : "";
            said.writeBytes(("EHLO c.example\r\n" + within).getBytes(StandardCharsets.ISO_8859_1));
        }
        if (random.nextInt(3) == 0) {
            said.writeBytes(golden.get(random.nextInt(golden.size())));
        } else {
            int length = random.nextInt(60);
            for (int i = 0; i < length; i++) {
                String text = WORDS[random.nextInt(WORDS.length)] + ENDS[random.nextInt(ENDS.length)];
                said.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        byte[] bytes = said.toByteArray();
        return random.nextBoolean() ? bytes : spoiled(random, bytes);
    }

    /** Some bytes changed, left out, said twice, or moved. */
    private static byte[] spoiled(Random random, byte[] bytes) {
        byte[] now = bytes;
        for (int i = random.nextInt(8); i > 0 && now.length > 2; i--) {
            int at = 1 + random.nextInt(now.length - 1);
            int length = Math.min(now.length - at, 1 + random.nextInt(40));
            ByteArrayOutputStream next = new ByteArrayOutputStream();
            next.write(now, 0, at);
            switch (random.nextInt(4)) {
                case 0 -> { // changed
                    next.write(now[at] ^ 1 << random.nextInt(8));
                    next.write(now, at + 1, now.length - at - 1);
                }
                case 1 -> next.write(now, at + length, now.length - at - length); // left out
                case 2 -> { // said twice
                    next.write(now, at, length);
                    next.write(now, at, now.length - at);
                }
                default -> { // the end is missing
                    if (random.nextInt(4) > 0) {
                        next.write(now, at, now.length - at);
                    }
                }
            }
            now = next.toByteArray();
        }
        return now;
    }

    /** What the open files are; one that was closed meanwhile is none. */
    private static List<String> open() throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : open.toList()) {
                if (Files.isSymbolicLink(each)) {
                    all.add(Files.readSymbolicLink(each).toString());
                }
            }
        }
        return all;
    }

    /** What must not grow. */
    private record Footprint(long heapBytes, int descriptors, int threads) {
        static Footprint now() throws IOException {
            MemoryUsage heap = null;
            for (int i = 0; i < 3; i++) {
                System.gc();
                heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
            }
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                return new Footprint(
                        Objects.requireNonNull(heap).getUsed(),
                        (int) open.count(),
                        ManagementFactory.getThreadMXBean().getThreadCount());
            }
        }

        @Override
        public String toString() {
            return heapBytes / 1024 + " KB of heap, " + descriptors + " descriptors, " + threads + " threads";
        }
    }

    @Test
    @Timeout(7_200)
    void survivesAnyDialogueAndKeepsNothing() throws Exception {
        Duration usual = Boolean.getBoolean("recadero.long") ? LONG : SHORT;
        long seconds = Long.getLong("recadero.fuzz.seconds", usual.toSeconds());
        long seed = Long.getLong("recadero.fuzz.seed", 1);
        Map<String, String> settings = Map.of(
                "inet_interfaces",
                "127.0.0.1",
                "smtpd_tls_security_level",
                "may",
                "smtpd_tls_chain_files",
                resource("/tls/ec-sec1.pem").toString());
        try (SmtpFuzz fuzz = new SmtpFuzz(folder);
                SmtpFixture fixture = new SmtpFixture(folder.resolve("server"), settings);
                SmtpServer server = fixture.server()) {
            int port = server.ports().getFirst();
            long number = 0;
            for (; number < WARM_UP; number++) {
                one(fuzz, fixture, port, seed, number);
            }
            Footprint before = Footprint.now();
            long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            while (System.nanoTime() < until) {
                one(fuzz, fixture, port, seed, number++);
            }
            Footprint after = settled(before);
            System.out.println("SMTP fuzz: seed " + seed + ", " + number + " dialogues (" + number / SOCKET_EACH
                    + " by socket) in " + seconds + " s and a warm-up, " + fuzz.figures() + "; before: " + before
                    + "; after: "
                    + after);
            assertThat(after.descriptors())
                    .as(open().toString())
                    .isLessThanOrEqualTo(before.descriptors() + DESCRIPTOR_GROWTH);
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + THREAD_GROWTH);
            assertThat(after.heapBytes()).isLessThanOrEqualTo(before.heapBytes() + HEAP_GROWTH);
            assertThat(fuzz.figures().queued()).as("messages that were taken").isPositive();
            assertThat(fuzz.figures().logins()).as("logins").isPositive();
            assertThat(fuzz.figures().encrypted()).as("sessions within TLS").isPositive();
        }
    }

    /** Sessions whose client went may still be ending, and the queue tidies up in its own time. */
    private static Footprint settled(Footprint before) throws IOException {
        long until = System.nanoTime() + SETTLING.toNanos();
        Footprint now = Footprint.now();
        while (System.nanoTime() < until
                && (now.descriptors() > before.descriptors() + DESCRIPTOR_GROWTH
                        || now.threads() > before.threads() + THREAD_GROWTH)) {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            now = Footprint.now();
        }
        return now;
    }

    private void one(SmtpFuzz fuzz, SmtpFixture fixture, int port, long seed, long number) throws Exception {
        Random random = new Random(seed * 1_000_003 + number);
        byte[] said = dialogue(random);
        Optional<String> wrong = number % SOCKET_EACH == 0 ? bySocket(fixture, port, said, random) : fuzz.run(said);
        if (wrong.isPresent()) {
            Path file = Files.createDirectories(Path.of("target/fuzz")).resolve("smtp-" + seed + "-" + number + ".bin");
            Files.write(file, said);
            throw new AssertionError(file + ": " + wrong.get());
        }
    }

    /** A client that may go in the middle of anything. */
    private static Optional<String> bySocket(SmtpFixture fixture, int port, byte[] said, Random random)
            throws IOException {
        fixture.log.clear();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(9_000);
            try (Socket real = random.nextInt(4) == 0 ? encrypted(socket) : socket) {
                OutputStream out = real.getOutputStream();
                out.write(said, 1, said.length - 1);
                if (random.nextInt(3) > 0) {
                    real.shutdownOutput();
                    real.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            } catch (SocketTimeoutException e) {
                return Optional.of("the server says nothing and stays");
            } catch (IOException e) {
                // it has sent the client away before it had said all
                return Optional.empty();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }
        for (QueuedMessage message : fixture.queued()) {
            fixture.queue.change(message.id(), Queue.Change.DELETE);
        }
        return fixture.errors.stream().findFirst();
    }

    /** Within TLS from here on. */
    private static Socket encrypted(Socket socket) throws IOException, GeneralSecurityException {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        awaitReply(in);
        out.write("EHLO c.example\r\n".getBytes(StandardCharsets.US_ASCII));
        awaitReply(in);
        out.write("STARTTLS\r\n".getBytes(StandardCharsets.US_ASCII));
        awaitReply(in);
        return SmtpTlsTest.encrypted(socket);
    }

    /** Reads nothing beyond the reply: what follows may be TLS. */
    private static void awaitReply(InputStream in) throws IOException {
        String line = "250-";
        while (line.length() > 3 && line.charAt(3) == '-') {
            StringBuilder next = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException();
                }
                next.append((char) c);
            }
            line = next.toString();
        }
    }

    @Test
    void replaysWhatOnceFailed() throws Exception {
        try (SmtpFuzz fuzz = new SmtpFuzz(folder);
                Stream<Path> files = Files.list(resource("/fuzz/smtp"))) {
            for (Path file : files.sorted().toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    assertThat(fuzz.run(in.readAllBytes())).as(file.toString()).isEmpty();
                }
            }
            assertThat(fuzz.figures().dialogues()).isPositive();
        }
    }
}
