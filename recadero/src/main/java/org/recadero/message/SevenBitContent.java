package org.recadero.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message's content with each body part that has octets beyond ASCII in quoted-printable: for a server that does not offer
 * 8BITMIME (RFC 6152 §3). LF line ends. Used by one thread.
 *
 * <p>Read twice: first to see which parts need it. Header fields with such octets stay as they are: there is no encoding for them.
 * A body that nobody described gets the fields that describe it (RFC 1428 §3). DIFFERS: Postfix goes by what
 * Content-Transfer-Encoding says, and lets 8-bit text that is not labelled pass. Postfix: smtp(8), disable_mime_output_conversion.
 */
public final class SevenBitContent extends InputStream {
    /** Multiparts and messages one in the other. Postfix: mime_nesting_limit. */
    private static final int MOST_NESTED = 100;

    /** Bytes of one entity's header; what is beyond is passed on as it is. */
    private static final int MOST_HEADER = 1 << 20;

    private static final int PIECE = 4 << 10;

    /** Opens the content from its begin. */
    @FunctionalInterface
    public interface Source {
        InputStream open() throws IOException;
    }

    /** Boundaries that end what is being read, outermost first. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Level(byte[] delimiter, boolean digest) {}

    private enum State {
        HEADER,
        /** A body that is encoded on its way. */
        ENCODED,
        /** A body, a preamble or an epilogue that stays as it is. */
        AS_IT_IS
    }

    /** What the first reading found, by the number of the leaf. */
    private static final class Leaves {
        private final BitSet eightBit = new BitSet();
        private final BitSet notUtf8 = new BitSet();
    }

    private final InputStream in;
    private final @Nullable Leaves known;
    private final Leaves found = new Leaves();
    private final ByteArrayOutputStream ready = new ByteArrayOutputStream(2 * PIECE);
    private byte[] given = new byte[0];
    private int taken;

    private final byte[] buffer = new byte[16 << 10];
    private int bufferAt;
    private int bufferEnd;
    private boolean ended;

    private final List<Level> levels = new ArrayList<>();
    private State state = State.HEADER;
    private MimeHeader header = new MimeHeader();
    private int headerBytes;
    private boolean isMessage = true;
    private boolean inDigest;
    private int leaf = -1;
    private boolean inLeaf;
    private QuotedPrintable encoder;
    private Utf8Check utf8 = new Utf8Check();

    private SevenBitContent(InputStream in, @Nullable Leaves known) {
        this.in = in;
        this.known = known;
        this.encoder = new QuotedPrintable(ready);
    }

    /** Reads the content once and gives it converted; the caller closes it. */
    public static InputStream of(Source source) throws IOException {
        Leaves leaves;
        try (InputStream in = source.open();
                SevenBitContent first = new SevenBitContent(in, null)) {
            while (first.piece()) {
                first.ready.reset();
            }
            leaves = first.found;
        }
        return new SevenBitContent(source.open(), leaves);
    }

    // ---- as a stream

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        while (taken == given.length) {
            boolean more = piece();
            given = ready.toByteArray();
            ready.reset();
            taken = 0;
            if (!more && given.length == 0) {
                return -1;
            }
        }
        int count = Math.min(length, given.length - taken);
        System.arraycopy(given, taken, target, offset, count);
        taken += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    // ---- lines

    private boolean lineBegins = true;

    /** Takes one line, or a piece of a long one; false at the end. */
    private boolean piece() throws IOException {
        if (ended) {
            return false;
        }
        byte[] line = new byte[PIECE];
        int length = 0;
        boolean complete = false;
        while (length < PIECE && !complete) {
            if (bufferAt == bufferEnd) {
                bufferEnd = in.read(buffer);
                bufferAt = 0;
                if (bufferEnd <= 0) {
                    bufferEnd = 0;
                    ended = true;
                    break;
                }
            }
            line[length] = buffer[bufferAt++];
            complete = line[length++] == '\n';
        }
        if (length > 0) {
            take(line, length, lineBegins);
            lineBegins = complete;
        }
        if (ended) {
            finish();
        }
        return !ended;
    }

    private void take(byte[] line, int length, boolean begins) {
        if (begins && levels.size() > 0 && length >= 2 && line[0] == '-' && line[1] == '-' && boundary(line, length)) {
            return;
        }
        switch (state) {
            case HEADER -> headerLine(line, length);
            case ENCODED -> encoder.encode(line, 0, length);
            case AS_IT_IS -> {
                look(line, length);
                ready.write(line, 0, length);
            }
        }
    }

    private void look(byte[] line, int length) {
        if (!inLeaf || known != null) {
            return;
        }
        for (int i = 0; i < length; i++) {
            if (line[i] < 0) {
                found.eightBit.set(leaf);
            }
            if (!utf8.take(line[i])) {
                found.notUtf8.set(leaf);
            }
        }
    }

    private void finish() {
        if (state == State.HEADER && headerBytes > 0) {
            ready.writeBytes(header.asItCame());
        }
        encoder.finish();
    }

    // ---- boundaries

    /** RFC 2046 §5.1.1: one of an outer multipart ends the inner ones too. */
    private boolean boundary(byte[] line, int length) {
        for (int i = levels.size() - 1; i >= 0; i--) {
            byte[] delimiter = levels.get(i).delimiter;
            if (!startsWith(line, length, delimiter)) {
                continue;
            }
            int at = delimiter.length;
            boolean closes = length >= at + 2 && line[at] == '-' && line[at + 1] == '-';
            if (!isBlank(line, closes ? at + 2 : at, length)) {
                continue;
            }
            if (state == State.HEADER) {
                ready.writeBytes(header.asItCame());
            }
            encoder.finish();
            while (levels.size() > i + 1) {
                levels.removeLast();
            }
            inDigest = levels.get(i).digest;
            if (closes) {
                levels.removeLast();
                state = State.AS_IT_IS;
                inLeaf = false;
            } else {
                beginEntity();
            }
            ready.write(line, 0, length);
            return true;
        }
        return false;
    }

    private static boolean startsWith(byte[] line, int length, byte[] prefix) {
        if (length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (line[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte[] line, int from, int length) {
        for (int i = from; i < length; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\n' && line[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    private void beginEntity() {
        state = State.HEADER;
        header = new MimeHeader();
        headerBytes = 0;
        isMessage = false;
        inLeaf = false;
    }

    // ---- headers

    private void headerLine(byte[] line, int length) {
        headerBytes += length;
        if (length == 1 && line[0] == '\n') {
            body();
            ready.write('\n');
        } else if (headerBytes > MOST_HEADER) {
            ready.writeBytes(header.asItCame());
            ready.write(line, 0, length);
            header = new MimeHeader();
            state = State.AS_IT_IS;
        } else {
            header.line(new String(line, 0, length, StandardCharsets.ISO_8859_1));
        }
    }

    /** The header has ended: what its body is decides how both go on. */
    private void body() {
        switch (header.shape(inDigest)) {
            case MULTIPART -> {
                container();
                if (levels.size() < MOST_NESTED) {
                    String delimiter = "--" + header.boundary().orElseThrow();
                    levels.add(new Level(delimiter.getBytes(StandardCharsets.ISO_8859_1), header.isDigest()));
                }
                state = State.AS_IT_IS;
                inLeaf = false;
            }
            case MESSAGE -> {
                container();
                nestedMessage();
            }
            case UNTOUCHABLE -> {
                ready.writeBytes(header.asItCame());
                state = State.AS_IT_IS;
                inLeaf = false;
            }
            case LEAF -> leaf();
        }
    }

    private int messages;

    private void nestedMessage() {
        if (++messages > MOST_NESTED) {
            state = State.AS_IT_IS;
            inLeaf = false;
            return;
        }
        // the empty line between the two headers is written behind this one
        state = State.HEADER;
        header = new MimeHeader();
        headerBytes = 0;
        isMessage = true;
        inDigest = false;
    }

    /** RFC 2045 §6.4: what holds only 7-bit parts is 7bit. */
    private void container() {
        ready.writeBytes(header.saysEightBit() ? header.withEncoding("7bit") : header.asItCame());
    }

    private void leaf() {
        leaf++;
        inLeaf = true;
        utf8 = new Utf8Check();
        boolean encode = known != null && known.eightBit.get(leaf) && header.isPlain();
        if (!encode) {
            ready.writeBytes(header.asItCame());
            state = State.AS_IT_IS;
            return;
        }
        if (isMessage && !header.has("mime-version")) {
            header.add("MIME-Version: 1.0");
        }
        if (!header.has("content-type")) {
            // RFC 1428 §3: what nobody described
            header.add("Content-Type: text/plain; charset="
                    + (known != null && known.notUtf8.get(leaf) ? "unknown-8bit" : "utf-8"));
        }
        ready.writeBytes(header.withEncoding("quoted-printable"));
        encoder = new QuotedPrintable(ready);
        state = State.ENCODED;
    }

    /** Whether bytes are UTF-8 so far, one by one; overlong forms are not looked for. */
    private static final class Utf8Check {
        private int more;

        boolean take(byte b) {
            int value = b & 0xff;
            if (more > 0) {
                boolean fits = (value & 0xc0) == 0x80;
                more = fits ? more - 1 : 0;
                return fits;
            }
            if (value < 0x80) {
                return true;
            }
            more = value >= 0xc2 && value < 0xe0
                    ? 1
                    : value >= 0xe0 && value < 0xf0 ? 2 : value >= 0xf0 && value < 0xf5 ? 3 : 0;
            return more > 0;
        }
    }
}
