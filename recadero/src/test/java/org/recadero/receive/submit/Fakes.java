package org.recadero.receive.submit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32C;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.LogSink;
import org.recadero.log.MailLog;
import org.recadero.os.KnownUsers;
import org.recadero.os.UserDatabase;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.EnhancedStatusCode;

/** Fakes for the tests of this package. */
final class Fakes {
    private Fakes() {}

    static final UserDatabase USERS = KnownUsers.of(
            KnownUsers.user("root", 0, "root"),
            KnownUsers.user("usuario", 1001, "Usuario Primero"),
            KnownUsers.user("otro", 1002, "Otro Dos;x"),
            new UserDatabase.User("nobody", 65534, 65534, "nobody", "/nonexistent", "/bin/false"));

    /** A cleanup that reads all and remembers it; takes each submission once, as the queue does. */
    static final class Cleanup implements MessageIntake {
        /** What was taken. */
        record Taken(NewMessage message, String content) {}

        final List<Taken> taken = new ArrayList<>();
        final Map<SubmissionId, QueueId> ids = new LinkedHashMap<>();
        final BlockingQueue<Taken> arrivals = new LinkedBlockingQueue<>();
        Optional<Receipt.Refused> refusal = Optional.empty();
        boolean discard;
        long discardedBytes;

        @Override
        public Receipt accept(NewMessage message, InputStream content) throws IOException {
            if (discard) {
                discardedBytes = content.transferTo(OutputStream.nullOutputStream());
                return new Receipt.Queued(QueueId.of(1), discardedBytes);
            }
            String text = new String(content.readAllBytes(), StandardCharsets.ISO_8859_1);
            synchronized (this) {
                if (refusal.isPresent()) {
                    return refusal.get();
                }
                if (!ids.containsKey(message.submission())) {
                    ids.put(message.submission(), QueueId.of(ids.size() + 1));
                    taken.add(new Taken(message, text));
                    arrivals.add(taken.getLast());
                }
                return new Receipt.Queued(ids.get(message.submission()), text.length());
            }
        }

        synchronized List<Taken> taken() {
            return List.copyOf(taken);
        }
    }

    static Receipt.Refused refused(int statusClass, String text) {
        return new Receipt.Refused(EnhancedStatusCode.of(statusClass, 3, 0), text);
    }

    /** Log lines as they come. */
    static final class Log implements LogSink {
        final List<String> lines = new ArrayList<>();

        @Override
        public synchronized void write(Severity severity, String tag, String text) {
            lines.add(tag + ": " + text);
        }

        synchronized String text() {
            return String.join("\n", lines);
        }

        MailLog mailLog() {
            return new MailLog(this, "postfix");
        }
    }

    static SubmissionIntake intake(MessageIntake cleanup, Log log) {
        return new SubmissionIntake(
                cleanup,
                new SubmissionComposer(USERS, (uid, login) -> true),
                SubmissionLimits.ofConnections(),
                log.mailLog());
    }

    static SubmissionDialogue dialogue(MessageIntake cleanup, Log log) {
        return new SubmissionDialogue(intake(cleanup, log), CommandDesk.none(), StandAlone.none(), List::of);
    }

    static final SubmissionId ID = new SubmissionId(0x1122334455667788L, 0x99aabbccddeeff00L);

    /** What a client sends. */
    static final class ClientBytes {
        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        private final FrameWriter writer = new FrameWriter(octets);
        private final CRC32C checksum = new CRC32C();
        private long length;

        ClientBytes header(String invokedAs, String... arguments) throws IOException {
            new SubmissionHeader(ID, invokedAs, List.of(arguments), Map.of()).writeTo(writer);
            return this;
        }

        ClientBytes data(String text) throws IOException {
            byte[] data = text.getBytes(StandardCharsets.ISO_8859_1);
            checksum.update(data);
            length += data.length;
            writer.write(FrameType.DATA, data, 0, data.length);
            return this;
        }

        ClientBytes end() throws IOException {
            writer.end(length, checksum);
            return this;
        }

        ClientBytes endWrongly() throws IOException {
            checksum.update(1);
            return end();
        }

        ClientBytes frame(FrameType type) throws IOException {
            writer.write(type);
            return this;
        }

        byte[] octets() {
            return octets.toByteArray();
        }

        InputStream stream() {
            return new ByteArrayInputStream(octets());
        }
    }

    /** A daemon's frames as text: {@code N}, {@code R text}, {@code Q 75}. */
    static List<String> frames(byte[] octets) throws IOException {
        FrameReader reader = new FrameReader(new ByteArrayInputStream(octets));
        List<String> frames = new ArrayList<>();
        Optional<FrameType> type = reader.next();
        while (type.isPresent()) {
            String body = new String(reader.body(), 0, reader.length(), StandardCharsets.UTF_8);
            char code = (char) type.get().code();
            frames.add(
                    switch (type.get()) {
                        case QUIT -> code + " " + reader.bodyBuffer().getInt(0);
                        case COMMAND -> code + " " + body.replace('\0', ' ').strip();
                        default -> body.isEmpty() ? String.valueOf(code) : code + " " + body.stripTrailing();
                    });
            type = reader.next();
        }
        return frames;
    }

    /** Unix sockets of the JDK; whoever connects is said to be {@code uid}. */
    static SubmissionListener listen(Path socket, int uid) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 128);
        return new SubmissionListener() {
            @Override
            public SubmissionConnection accept() throws IOException {
                return connection(server.accept(), uid);
            }

            @Override
            public void close() throws IOException {
                server.close();
            }
        };
    }

    static SubmissionConnection dial(Path socket, int serverUid) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return connection(channel, serverUid);
    }

    static SubmissionConnection connection(SocketChannel channel, int uid) {
        InputStream input = Channels.newInputStream(channel);
        OutputStream output = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] octets, int offset, int length) throws IOException {
                java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(octets, offset, length);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        };
        return new SubmissionConnection() {
            @Override
            public int peerUid() {
                return uid;
            }

            @Override
            public InputStream input() {
                return input;
            }

            @Override
            public OutputStream output() {
                return output;
            }

            @Override
            public void readTimeout(Duration limit) {}

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    static String hex(SubmissionId id) {
        return HexFormat.of().toHexDigits(id.high()) + HexFormat.of().toHexDigits(id.low());
    }
}
