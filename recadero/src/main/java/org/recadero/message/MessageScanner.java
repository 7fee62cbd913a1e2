package org.recadero.message;

import java.io.IOException;
import java.util.Objects;

/**
 * Takes a message apart while it streams by: header fields one at a time, then the body in pieces. LF ends a line, with any
 * number of CRs before it; a CR elsewhere becomes a blank. Used by one thread; holds at most one header field.
 *
 * <p>The header ends at the first line that is no field: where that line is not empty, an empty one is put in front of it, so
 * that nothing of the message gets lost and nothing of the body turns into a header. Postfix: mime_state(3), {@code
 * header_size_limit}, {@code line_length_limit}, {@code cleanup_replace_stray_cr_lf}.
 */
public final class MessageScanner {
    /** Told of the parts in their order. */
    public interface Listener {
        /**
         * A header field.
         *
         * @param bytes name, colon and body with its folding, without the last line end; no blank between name and colon; valid
         *     during the call only
         * @param nameLength bytes before the colon
         * @param length bytes of the whole field
         * @param truncated whether {@code header_size_limit} cut something off
         */
        void field(byte[] bytes, int nameLength, int length, boolean truncated) throws IOException;

        /** No more fields; comes once, also for an empty message. */
        void headerEnd() throws IOException;

        /** The next piece of what follows the header, beginning with the empty line; line ends are LF. */
        void body(byte[] bytes, int offset, int length) throws IOException;
    }

    private enum State {
        /** Nothing but From_ lines was seen. */
        START,
        HEADER,
        /** In the rest of a line over the limit that belongs to the current field. */
        LONG_FIELD_LINE,
        BODY
    }

    private static final byte[] LF = {'\n'};
    private static final byte[] BLANK = {' '};

    private final int fieldLimit;
    private final int lineLimit;
    private final Listener listener;
    private final ByteBuilder line = new ByteBuilder(256);
    private final ByteBuilder field = new ByteBuilder(512);
    private State state;
    private int nameLength;
    private boolean fieldTooLong;
    /** CRs whose next byte decides: before LF they go, before anything else each becomes a blank. */
    private long pendingCrs;

    private boolean endsInLf = true;
    private int orOfAll;

    /**
     * @param headerSizeLimit bytes of one field; what is beyond is cut off
     * @param lineLengthLimit only so many bytes of a line decide whether it begins a field
     * @param dropFromLines whether {@code From } lines at the very beginning, with or without {@code >}, are left out (a message
     *     out of a mailbox; Postfix: sendmail(1))
     */
    public MessageScanner(int headerSizeLimit, int lineLengthLimit, boolean dropFromLines, Listener listener) {
        this.fieldLimit = headerSizeLimit;
        this.lineLimit = lineLengthLimit;
        this.listener = Objects.requireNonNull(listener);
        this.state = dropFromLines ? State.START : State.HEADER;
    }

    /** The next bytes. */
    public void feed(byte[] chunk, int offset, int length) throws IOException {
        int end = offset + length;
        int begin = offset;
        int or = orOfAll;
        for (int i = begin; i < end; i++) {
            byte b = chunk[i];
            or |= b;
            if (b == '\r') {
                if (pendingCrs == 0) {
                    text(chunk, begin, i);
                }
                pendingCrs++;
                begin = i + 1;
            } else if (pendingCrs > 0) {
                if (b != '\n') {
                    blanks();
                }
                pendingCrs = 0;
            }
        }
        orOfAll = or;
        text(chunk, begin, end);
    }

    private void blanks() throws IOException {
        for (long i = 0; i < pendingCrs; i++) {
            text(BLANK, 0, 1);
        }
    }

    /** The end of the message: a last line without its end gets one. */
    public void finish() throws IOException {
        blanks();
        pendingCrs = 0;
        if (state == State.BODY) {
            if (!endsInLf) {
                emit(LF, 0, 1);
            }
            return;
        }
        if (line.length() > 0) {
            headerLine(line.array(), 0, line.length(), true);
            line.clear();
        }
        if (state != State.BODY) {
            endHeader();
        }
    }

    /** Whether a byte over 127 came by. */
    public boolean sawEightBit() {
        return orOfAll < 0;
    }

    /** Text without CR, from begin to end. */
    private void text(byte[] bytes, int begin, int end) throws IOException {
        int at = begin;
        while (at < end) {
            if (state == State.BODY) {
                emit(bytes, at, end - at);
                return;
            }
            int lf = at;
            while (lf < end && bytes[lf] != '\n') {
                lf++;
            }
            at = headerText(bytes, at, lf, lf < end);
        }
    }

    /** A piece of one line, before its LF (or the end of the piece); returns where to go on. */
    private int headerText(byte[] bytes, int begin, int lf, boolean complete) throws IOException {
        if (state == State.LONG_FIELD_LINE) {
            append(bytes, begin, lf - begin);
            if (complete) {
                state = State.HEADER;
            }
            return complete ? lf + 1 : lf;
        }
        int room = lineLimit - line.length();
        if (lf - begin > room) {
            line.add(bytes, begin, room);
            headerLine(line.array(), 0, line.length(), false);
            line.clear();
            return begin + room;
        }
        if (!complete) {
            line.add(bytes, begin, lf - begin);
            return lf;
        }
        if (line.length() == 0) {
            headerLine(bytes, begin, lf - begin, true);
        } else {
            line.add(bytes, begin, lf - begin);
            headerLine(line.array(), 0, line.length(), true);
            line.clear();
        }
        return lf + 1;
    }

    /**
     * A line, or with {@code !complete} the first {@link #lineLimit} bytes of one.
     */
    private void headerLine(byte[] bytes, int offset, int length, boolean complete) throws IOException {
        if (state == State.START) {
            if (complete && isFromLine(bytes, offset, length)) {
                return;
            }
            state = State.HEADER;
        }
        boolean blankFirst = length > 0 && (bytes[offset] == ' ' || bytes[offset] == '\t');
        if (blankFirst && field.length() > 0) {
            append(LF, 0, 1);
            append(bytes, offset, length);
            state = complete ? State.HEADER : State.LONG_FIELD_LINE;
            return;
        }
        int name = blankFirst ? 0 : nameLength(bytes, offset, length);
        if (name == 0) {
            endHeader();
            emit(LF, 0, 1);
            if (length > 0) {
                emit(bytes, offset, length);
                if (complete) {
                    emit(LF, 0, 1);
                }
            }
            return;
        }
        flushField();
        nameLength = name;
        field.add(bytes, offset, name);
        int colon = offset + name;
        while (bytes[colon] != ':') {
            colon++;
        }
        append(bytes, colon, offset + length - colon);
        state = complete ? State.HEADER : State.LONG_FIELD_LINE;
    }

    private static boolean isFromLine(byte[] bytes, int offset, int length) {
        int i = offset;
        int end = offset + length;
        while (i < end && bytes[i] == '>') {
            i++;
        }
        return end - i >= 5
                && bytes[i] == 'F'
                && bytes[i + 1] == 'r'
                && bytes[i + 2] == 'o'
                && bytes[i + 3] == 'm'
                && bytes[i + 4] == ' ';
    }

    /**
     * The length of a field's name where a line begins one, else 0. RFC 5322 §2.2 and §4.5 (blanks before the colon).
     */
    public static int nameLength(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int i = offset;
        while (i < end && bytes[i] > ' ' && bytes[i] != 0x7f && bytes[i] != ':') {
            i++;
        }
        int name = i - offset;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i < end && bytes[i] == ':' ? name : 0;
    }

    /** Adds to the field what still fits: a little more than the limit, so that {@link #cutLength} can choose the place. */
    private void append(byte[] bytes, int offset, int length) {
        int fits = Math.min(length, fieldLimit + 1 - field.length());
        if (fits > 0) {
            field.add(bytes, offset, fits);
        }
        fieldTooLong |= fits < length;
    }

    private void flushField() throws IOException {
        if (field.length() == 0) {
            return;
        }
        int length = cutLength(field.array(), field.length(), fieldLimit);
        boolean truncated = fieldTooLong || length < field.length();
        byte[] bytes = field.array();
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                // Postfix: a NUL ends a header field, and the rest of the field is not written
                length = i;
            }
        }
        listener.field(bytes, Math.min(nameLength, length), length, truncated);
        field.clear();
        fieldTooLong = false;
    }

    /** Cuts at a line's end where that loses at most a tenth, else at the limit (Postfix: cleanup(8)). */
    private static int cutLength(byte[] bytes, int length, int limit) {
        if (length <= limit) {
            return length;
        }
        for (int i = limit; i > limit - limit / 10; i--) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return limit;
    }

    private void endHeader() throws IOException {
        flushField();
        state = State.BODY;
        listener.headerEnd();
    }

    private void emit(byte[] bytes, int offset, int length) throws IOException {
        endsInLf = bytes[offset + length - 1] == '\n';
        listener.body(bytes, offset, length);
    }
}
