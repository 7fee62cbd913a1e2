package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.SubmissionId;

/**
 * The client's side of protocol 1 in Java; used once. The calling thread reads the daemon's frames; a daemon thread of its own
 * reads standard input once {@code N} came, so that an answer is heard while a terminal is silent.
 */
public final class SubmissionClient implements AutoCloseable {
    private final SubmissionHeader header;
    private final KeptInput input;
    private final OutputStream out;
    private final OutputStream err;
    private final AtomicBoolean enough = new AtomicBoolean();
    private final CRC32C checksum = new CRC32C();
    private long sentBytes;
    private boolean ended;
    private @Nullable Thread sender;
    private volatile @Nullable IOException inputTrouble;

    /** @param invokedAs {@code sendmail}, {@code mailq}, {@code newaliases} */
    public SubmissionClient(
            SubmissionId id,
            String invokedAs,
            List<String> arguments,
            Map<String, String> environment,
            InputStream in,
            OutputStream out,
            OutputStream err) {
        this.header = new SubmissionHeader(id, invokedAs, arguments, environment);
        this.input = new KeptInput(in);
        this.out = Objects.requireNonNull(out);
        this.err = Objects.requireNonNull(err);
    }

    /** What the daemon answered. */
    public sealed interface Answer {
        /** Done, or refused with a text that was printed. */
        record Exit(int status) implements Answer {}

        /** This command is the caller's to run, with his own rights. */
        record RunYourself(List<String> command) implements Answer {
            public RunYourself {
                command = List.copyOf(command);
            }
        }

        /** The connection was lost before an answer: drop the message under the same submission id. */
        record Lost() implements Answer {}

        /** Standard input could not be read; nothing was queued. */
        record InputTrouble(IOException cause) implements Answer {}
    }

    /** Talks to the end; never throws for a lost connection. */
    public Answer talk(SubmissionConnection connection) {
        FrameWriter writer = new FrameWriter(connection.output());
        FrameReader reader = new FrameReader(connection.input());
        try {
            header.writeTo(writer);
        } catch (IOException lost) {
            // the daemon may have said why before it closed: read on
            enough.set(true);
        }
        Answer answer;
        try {
            answer = answers(reader, writer);
        } catch (IOException lost) {
            answer = new Answer.Lost();
        }
        enough.set(true);
        IOException trouble = inputTrouble;
        return trouble != null && answer instanceof Answer.Lost ? new Answer.InputTrouble(trouble) : answer;
    }

    private Answer answers(FrameReader reader, FrameWriter writer) throws IOException {
        while (true) {
            Optional<FrameType> type = reader.next();
            if (type.isEmpty()) {
                return new Answer.Lost();
            }
            switch (type.get()) {
                case OUTPUT -> {
                    out.write(reader.body(), 0, reader.length());
                    out.flush();
                }
                case ERROR_OUTPUT -> {
                    err.write(reader.body(), 0, reader.length());
                    err.flush();
                }
                case NEED_INPUT -> startSending(writer);
                case ENOUGH_INPUT -> {
                    enough.set(true);
                    end(writer);
                }
                case COMMAND -> {
                    return new Answer.RunYourself(NulText.split(reader.body(), reader.length()));
                }
                case QUIT -> {
                    if (reader.length() != 4) {
                        throw new ProtocolException("bad exit status");
                    }
                    return new Answer.Exit(reader.bodyBuffer().getInt(0));
                }
                case HELLO, ARGUMENTS, ENVIRONMENT, DATA, END, CUT_OFF ->
                    throw new ProtocolException("unexpected frame of the daemon");
            }
        }
    }

    private void startSending(FrameWriter writer) throws ProtocolException {
        if (sender != null) {
            throw new ProtocolException("input asked for twice");
        }
        sender = Thread.ofPlatform().daemon().name("stdin").start(() -> send(writer));
    }

    private void send(FrameWriter writer) {
        byte[] piece = new byte[32 * 1024];
        try {
            while (!enough.get()) {
                int read;
                try {
                    read = input.read(piece);
                } catch (IOException e) {
                    inputTrouble = e;
                    writer.write(FrameType.CUT_OFF);
                    return;
                }
                if (read < 0) {
                    break;
                }
                sent(writer, piece, read);
            }
            end(writer);
        } catch (IOException lost) {
            // the calling thread sees the same and decides; what was read is kept
            enough.set(true);
        }
    }

    private synchronized void sent(FrameWriter writer, byte[] piece, int length) throws IOException {
        if (!ended) {
            checksum.update(piece, 0, length);
            sentBytes += length;
            writer.write(FrameType.DATA, piece, 0, length);
        }
    }

    /** Either thread may end the input: this one must not wait for a terminal's next line when the daemon has enough. */
    private synchronized void end(FrameWriter writer) throws IOException {
        if (!ended) {
            ended = true;
            writer.end(sentBytes, checksum);
        }
    }

    /**
     * All of standard input from its first octet, for the drop file; after {@link Answer.Lost}. Waits for a read that is under
     * way.
     */
    public InputStream inputAgain() throws IOException {
        if (sender != null) {
            try {
                sender.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return input.again();
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
