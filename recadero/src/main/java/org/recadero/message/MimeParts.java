package org.recadero.message;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Finds the headers of parts and of messages inside, in what follows a message's own header, while it streams by. All else is body,
 * one line at a time, boundaries and empty lines included. Used by one thread; holds one field, one piece of a line and the
 * boundaries.
 *
 * <p>A part's header ends at the first line that is no field, which is body; no empty line is put in front of it (a signature over
 * the part would break). A line may begin with a boundary and go on: it counts.
 *
 * <p>RFC 2046 §5.1 and §5.2.1. Postfix: mime_state(3), {@code header_size_limit}, {@code line_length_limit}, {@code
 * mime_nesting_limit}, {@code mime_boundary_length_limit}, {@code disable_mime_input_processing}.
 */
public final class MimeParts {
    /** Whose header a field stands in. */
    public enum Place {
        PART,
        MESSAGE
    }

    /** Told of all that comes, in its order; what it does not write is gone. */
    public interface Listener {
        /**
         * A field of a part's header or of an inner message's.
         *
         * @param bytes as {@link MessageScanner.Listener#field} has them
         */
        void field(Place place, byte[] bytes, int nameLength, int length) throws IOException;

        /**
         * A line of a body, or a piece of a long one, without its line end.
         *
         * @param begins whether it is a line's first piece
         * @param ends whether a line end follows
         * @param at where it begins in this body: bytes since the header that ended last
         */
        void body(byte[] bytes, int offset, int length, boolean begins, boolean ends, long at) throws IOException;

        /** A field opens a multipart where {@code mime_nesting_limit} allows no other. */
        void tooDeep(byte[] field, int length);
    }

    /**
     * Bounds.
     *
     * @param fieldBytes of one field; what is beyond is cut off
     * @param lineBytes of one piece of a line
     * @param nesting multiparts in multiparts
     * @param boundaryBytes of a boundary that are compared
     * @param enabled whether Content-Type is obeyed at all
     */
    public record Limits(int fieldBytes, int lineBytes, int nesting, int boundaryBytes, boolean enabled) {}

    private enum State {
        /** In the message's own header, or behind it. */
        FIRST,
        PART_HEADER,
        MESSAGE_HEADER,
        BODY
    }

    /** What ends a part of a multipart that is open. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Level(byte[] boundary, ContentType ofParts) {}

    private static final byte[] LF = {'\n'};

    private final Limits limits;
    private final Listener listener;
    private final List<Level> levels = new ArrayList<>();
    private final ByteBuilder piece = new ByteBuilder(256);
    private final ByteBuilder field = new ByteBuilder(512);
    private State state = State.FIRST;
    private ContentType type = ContentType.PLAIN;
    private int nameLength;
    private boolean lineBegins = true;
    private long at;

    public MimeParts(Limits limits, Listener listener) {
        this.limits = Objects.requireNonNull(limits);
        this.listener = Objects.requireNonNull(listener);
    }

    /** A field of the message's own header, as it came. */
    public void ownField(byte[] bytes, int nameLength, int length) {
        look(bytes, nameLength, length);
    }

    /** What follows the message's own header, beginning with the empty line. */
    public void feed(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        int from = offset;
        while (from < end) {
            int lf = from;
            int most = Math.min(end, from + limits.lineBytes() - piece.length());
            while (lf < most && bytes[lf] != '\n') {
                lf++;
            }
            if (lf < end && bytes[lf] == '\n') {
                line(bytes, from, lf - from, true);
                from = lf + 1;
            } else if (lf < end) {
                line(bytes, from, lf - from, false);
                from = lf;
            } else {
                piece.add(bytes, from, lf - from);
                from = lf;
            }
        }
    }

    /** The end of the message. */
    public void finish() throws IOException {
        if (piece.length() > 0) {
            line(LF, 0, 0, true);
        }
        flushField();
    }

    /** The rest of a piece whose begin may wait in {@link #piece}. */
    private void line(byte[] bytes, int offset, int length, boolean ends) throws IOException {
        boolean begins = lineBegins;
        lineBegins = ends;
        if (piece.length() == 0) {
            line(bytes, offset, length, begins, ends);
        } else {
            piece.add(bytes, offset, length);
            line(piece.array(), 0, piece.length(), begins, ends);
            piece.clear();
        }
    }

    private void line(byte[] bytes, int offset, int length, boolean begins, boolean ends) throws IOException {
        if (state != State.BODY) {
            if (headerLine(bytes, offset, length, begins)) {
                return;
            }
            endHeader(length == 0);
        }
        if (begins && length > 2 && bytes[offset] == '-' && bytes[offset + 1] == '-') {
            boundary(bytes, offset + 2, length - 2);
        }
        listener.body(bytes, offset, length, begins, ends, at);
        at += length + 1L;
    }

    /** Whether a line belongs to a header. */
    private boolean headerLine(byte[] bytes, int offset, int length, boolean begins) throws IOException {
        if (field.length() > 0) {
            boolean folded = length > 0 && (bytes[offset] == ' ' || bytes[offset] == '\t');
            if (!begins || folded) {
                if (begins) {
                    append(LF, 0, 1);
                }
                append(bytes, offset, length);
                return true;
            }
            flushField();
        }
        int name = state == State.FIRST ? 0 : MessageScanner.nameLength(bytes, offset, length);
        if (name == 0) {
            return false;
        }
        nameLength = name;
        append(bytes, offset, name);
        int colon = offset + name;
        while (bytes[colon] != ':') {
            colon++;
        }
        append(bytes, colon, offset + length - colon);
        return true;
    }

    private void append(byte[] bytes, int offset, int length) {
        field.add(bytes, offset, Math.max(0, Math.min(length, limits.fieldBytes() - field.length())));
    }

    private void flushField() throws IOException {
        if (field.length() == 0) {
            return;
        }
        int length = field.length();
        byte[] bytes = field.array();
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                // as in the message's own header
                length = i;
            }
        }
        int name = Math.min(nameLength, length);
        look(bytes, name, length);
        listener.field(state == State.PART_HEADER ? Place.PART : Place.MESSAGE, bytes, name, length);
        field.clear();
    }

    /** Notes what Content-Type says. */
    private void look(byte[] bytes, int name, int length) {
        if (!limits.enabled() || !FieldName.isNamed(bytes, name, "content-type") || name >= length) {
            return;
        }
        ContentType.parse(new String(bytes, name + 1, length - name - 1, StandardCharsets.ISO_8859_1))
                .ifPresent(found -> {
                    type = found;
                    if (found.isMultipart()) {
                        found.boundaries().forEach(each -> open(each, found, bytes, length));
                    }
                });
    }

    /** Postfix: mime_state(3): {@code mime_nesting_limit} counts from the second multipart inside. */
    private void open(String boundary, ContentType multipart, byte[] field, int length) {
        if (levels.size() - 1 > limits.nesting()) {
            listener.tooDeep(field, length);
        } else {
            String cut = boundary.substring(0, Math.min(boundary.length(), limits.boundaryBytes()));
            levels.add(new Level(cut.getBytes(StandardCharsets.ISO_8859_1), multipart.ofParts()));
        }
    }

    /** A header is over; where no empty line ended it, what it says of a message inside does not count. */
    private void endHeader(boolean empty) {
        State next = empty && type.isMessage() ? State.MESSAGE_HEADER : State.BODY;
        if (empty) {
            at = 0;
            type = ContentType.PLAIN;
        }
        state = next;
    }

    /** RFC 2046 §5.1.2: the boundary of an outer multipart ends all inner ones. */
    private void boundary(byte[] bytes, int offset, int length) {
        for (int i = levels.size() - 1; i >= 0; i--) {
            byte[] boundary = levels.get(i).boundary();
            if (!startsWith(bytes, offset, length, boundary)) {
                continue;
            }
            levels.subList(i + 1, levels.size()).clear();
            int behind = offset + boundary.length;
            boolean closes = length >= boundary.length + 2 && bytes[behind] == '-' && bytes[behind + 1] == '-';
            if (closes) {
                levels.removeLast();
                state = State.BODY;
            } else {
                type = levels.get(i).ofParts();
                state = State.PART_HEADER;
            }
            return;
        }
    }

    private static boolean startsWith(byte[] bytes, int offset, int length, byte[] prefix) {
        if (length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[offset + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
