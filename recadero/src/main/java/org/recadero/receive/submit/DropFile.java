package org.recadero.receive.submit;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.recadero.envelope.SubmissionId;

/**
 * A submission in a file, for when the daemon is down: a line that names the format, then just the frames that the client would
 * have sent, {@code H A* E D* .}. A file without its right end frame is no submission (SAFETY 22).
 */
public final class DropFile {
    /** Names the format and its version. */
    private static final byte[] MAGIC = "Recadero drop 1\n".getBytes(StandardCharsets.US_ASCII);

    private static final int NAME_DIGITS = 32;
    /** In front of the name while the file is being written. */
    static final String TEMPORARY = "t.";

    private DropFile() {}

    /** Whether a name in the folder is that of a finished drop: 32 lower-case hexadecimal digits. */
    static boolean isFinished(String name) {
        return name.length() == NAME_DIGITS
                && name.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** How many finished drops lie in a folder, 0 where there is no such folder. */
    public static long count(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> isFinished(file.getFileName().toString())).count();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    static boolean isTemporary(String name) {
        return name.startsWith(TEMPORARY) && isFinished(name.substring(TEMPORARY.length()));
    }

    /**
     * What a client wants to leave.
     *
     * @param invokedAs {@code sendmail}…
     * @param environment the process's; what matters of it is kept
     */
    public record Submission(
            SubmissionId id, String invokedAs, List<String> arguments, Map<String, String> environment) {
        public Submission {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    /**
     * What the content must obey.
     *
     * @param dotEnds whether a line with a single dot ends the message
     * @param needsRecipientField whether its header must name a recipient ({@code -t} and none on the command line)
     * @param limitBytes 0: no limit
     */
    public record Rules(boolean dotEnds, boolean needsRecipientField, long limitBytes) {}

    /**
     * Writes a drop: temporary name, fsync, rename, fsync again (SAFETY 24); returns when it is on disk.
     *
     * @param folder {@code drop/}, for root {@code drop/root/}
     * @param content standard input as it is, read to its end or to the single dot
     * @throws RefusedException where the content breaks the rules; nothing is left behind
     * @throws InputException where the content could not be read; nothing is left behind
     * @throws IOException where it could not be written; nothing is left behind
     */
    public static void write(Path folder, Submission submission, InputStream content, Rules rules) throws IOException {
        // the name is as random as the id, and a second attempt of the same submission replaces the first
        Path temporary = folder.resolve(TEMPORARY + submission.id());
        Files.deleteIfExists(temporary);
        boolean done = false;
        try (FileChannel channel =
                FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            // 0640 whatever the umask; the set-gid folder gave it the daemon's group
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-r-----"));
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024);
            out.write(MAGIC);
            FrameWriter frames = new FrameWriter(new Unflushed(out));
            new SubmissionHeader(
                            submission.id(), submission.invokedAs(), submission.arguments(), submission.environment())
                    .writeTo(frames);
            copy(content, rules, frames);
            out.flush();
            channel.force(true);
            Files.move(temporary, folder.resolve(submission.id().toString()), StandardCopyOption.ATOMIC_MOVE);
            done = true;
            // a user cannot open the folder to force it; on ext4 this commits the rename too (SAFETY 24)
            channel.force(true);
        } finally {
            if (!done) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    private static void copy(InputStream content, Rules rules, FrameWriter frames) throws IOException {
        CRC32C checksum = new CRC32C();
        long length = 0;
        byte[] piece = new byte[32 * 1024];
        DotFinder dot = new DotFinder(rules.dotEnds());
        RecipientFieldFinder recipients = new RecipientFieldFinder();
        boolean ended = false;
        while (!ended) {
            int read;
            try {
                read = content.read(piece);
            } catch (IOException e) {
                throw new InputException(e);
            }
            if (read < 0) {
                break;
            }
            int end = dot.end(piece, read);
            int use = end < 0 ? read : end;
            ended = end >= 0;
            length += use;
            if (rules.limitBytes() > 0 && length > rules.limitBytes()) {
                throw new RefusedException("message file too big");
            }
            recipients.look(piece, use);
            checksum.update(piece, 0, use);
            frames.write(FrameType.DATA, piece, 0, use);
        }
        if (rules.needsRecipientField() && !recipients.found()) {
            throw new RefusedException("No recipient addresses found in message header");
        }
        frames.end(length, checksum);
    }

    /** The content may not be left; the text says why. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String text) {
            super(text);
        }
    }

    /** Standard input could not be read. */
    public static final class InputException extends IOException {
        private static final long serialVersionUID = 1L;

        InputException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Whether the header has a To, Cc or Bcc field, or one of their Resent- kin, that is not empty. */
    private static final class RecipientFieldFinder {
        private static final Set<String> FIELDS = Set.of("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc");
        private static final int MAX_NAME = 12;

        private final StringBuilder name = new StringBuilder();
        private boolean inName = true;
        private boolean counts;
        private boolean inHeader = true;
        private boolean found;

        void look(byte[] piece, int length) {
            for (int i = 0; i < length && inHeader && !found; i++) {
                look((char) (piece[i] & 0xff));
            }
        }

        private void look(char c) {
            if (c == '\n') {
                // an empty line ends the header; a field without a colon does too, but then nothing was missed
                inHeader = !(inName && name.isEmpty());
                inName = true;
                name.setLength(0);
            } else if (c == '\r') {
                return;
            } else if (!inName) {
                found |= counts && c != ' ' && c != '\t';
            } else if (name.isEmpty() && (c == ' ' || c == '\t')) {
                inName = false; // a continuation: counts as its field does
            } else if (c == ':') {
                counts = FIELDS.contains(name.toString().strip().toLowerCase(Locale.ROOT));
                inName = false;
            } else if (name.length() < MAX_NAME) {
                name.append(c);
            } else {
                name.setLength(1);
                name.setCharAt(0, '?');
            }
        }

        boolean found() {
            return found;
        }
    }

    /** Finds the line with a single dot, so that a terminal is not read beyond it. */
    private static final class DotFinder {
        private enum State {
            LINE_START,
            DOT,
            DOT_CR,
            ELSEWHERE
        }

        private final boolean wanted;
        private State state = State.LINE_START;

        DotFinder(boolean wanted) {
            this.wanted = wanted;
        }

        /** The index behind the line's end, -1 where it is not in this piece. */
        int end(byte[] piece, int length) {
            for (int i = 0; wanted && i < length; i++) {
                byte octet = piece[i];
                if (octet == '\n') {
                    if (state == State.DOT || state == State.DOT_CR) {
                        return i + 1;
                    }
                    state = State.LINE_START;
                } else if (octet == '.' && state == State.LINE_START) {
                    state = State.DOT;
                } else if (octet == '\r' && (state == State.DOT || state == State.DOT_CR)) {
                    state = State.DOT_CR;
                } else {
                    state = State.ELSEWHERE;
                }
            }
            return -1;
        }
    }

    /** The frames' flushes are for sockets; a file is flushed once. */
    private static final class Unflushed extends OutputStream {
        private final OutputStream out;

        Unflushed(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int octet) throws IOException {
            out.write(octet);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            out.write(octets, offset, length);
        }
    }

    /**
     * Reads what precedes the content.
     *
     * @throws ProtocolException (or its end) where it is no drop file
     */
    static Opened open(InputStream in) throws IOException {
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            throw new ProtocolException("not a drop file");
        }
        FrameReader frames = new FrameReader(in);
        Optional<SubmissionHeader> header = SubmissionHeader.read(frames);
        return new Opened(header.orElseThrow(() -> new ProtocolException("no hello")), new FramedContent(frames));
    }

    /** @param content ends only where length and checksum are right */
    record Opened(SubmissionHeader header, FramedContent content) {}
}
