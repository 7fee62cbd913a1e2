package org.recadero.command;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.recadero.table.Octets;

/**
 * The look-up keys of {@code postmap -q -} with {@code -b}, {@code -h} or {@code -m}: the header fields and body lines of a
 * message, as header_checks(5) and body_checks(5) would see them.
 *
 * <p>RFC 2046 §5.1. Postfix: postmap(1), mime_state(3).
 */
final class MessageKeys {
    /** Postfix: {@code mime_nesting_limit}. */
    private static final int DEEPEST = 100;

    /** Postfix: {@code header_size_limit}; the rest of a longer field is left out. */
    private static final int MOST_FIELD_BYTES = 102_400;

    private static final int MOST_LINE_BYTES = 4 << 20;

    private final boolean headers;
    private final boolean body;
    private final boolean mime;
    private final Keys keys;
    private final List<Part> boundaries = new ArrayList<>();
    private Where where = Where.PRIMARY;
    private StringBuilder field = new StringBuilder();
    private Content content = Content.PLAIN;
    private String boundary = "";
    /** Whether parts without a type of their own are messages (multipart/digest). */
    private boolean digest;

    private enum Where {
        PRIMARY,
        PART,
        NESTED,
        BODY
    }

    private enum Content {
        PLAIN,
        MULTIPART,
        MESSAGE
    }

    private record Part(String boundary, boolean digest) {}

    /** Takes keys, as octets. */
    @FunctionalInterface
    interface Keys {
        void key(String key) throws IOException, CommandException;
    }

    /**
     * @param headers whether header fields are keys
     * @param body whether body lines are
     * @param mime whether the parts of the body are told apart
     */
    MessageKeys(boolean headers, boolean body, boolean mime, Keys keys) {
        this.headers = headers;
        this.body = body;
        this.mime = mime;
        this.keys = keys;
    }

    /** Reads one message. */
    void read(InputStream in) throws IOException, CommandException {
        InputStream buffered = new BufferedInputStream(in);
        for (Optional<String> line = line(buffered); line.isPresent(); line = line(buffered)) {
            take(line.get());
        }
        if (where != Where.BODY) {
            endField();
        }
    }

    /** The next line without its LF or CR LF. */
    static Optional<String> line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0) {
            return Optional.empty();
        }
        for (; c >= 0 && c != '\n'; c = in.read()) {
            if (line.size() == MOST_LINE_BYTES) {
                throw new IOException("line over " + MOST_LINE_BYTES + " bytes");
            }
            line.write(c);
        }
        return Optional.of(Octets.of(line.toByteArray()));
    }

    private void take(String line) throws IOException, CommandException {
        if (where == Where.BODY) {
            bodyLine(line);
            return;
        }
        boolean blankFirst = line.startsWith(" ") || line.startsWith("\t");
        if (blankFirst && field.length() > 0) {
            if (field.length() < MOST_FIELD_BYTES) {
                field.append('\n').append(line);
            }
            return;
        }
        endField();
        if (isField(line)) {
            field.append(line);
            return;
        }
        Where ended = where;
        where = content == Content.MESSAGE && line.isEmpty() ? Where.NESTED : Where.BODY;
        if (content == Content.MULTIPART && boundaries.size() < DEEPEST) {
            boundaries.add(new Part(boundary, digest));
        }
        content = Content.PLAIN;
        if (line.isEmpty()) {
            bodyKey("");
        } else {
            if (ended != Where.PART) {
                // the empty line that is missing
                bodyKey("");
            }
            bodyLine(line);
        }
    }

    private static boolean isField(String line) {
        int colon = line.indexOf(':');
        if (colon <= 0) {
            return false;
        }
        int end = colon;
        while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (line.charAt(i) <= ' ' || line.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return end > 0;
    }

    private void bodyLine(String line) throws IOException, CommandException {
        if (line.startsWith("--") && !boundaries.isEmpty()) {
            for (int i = boundaries.size() - 1; i >= 0; i--) {
                String mark = "--" + boundaries.get(i).boundary();
                if (line.startsWith(mark)) {
                    boolean last = line.startsWith("--", mark.length());
                    boolean messages = boundaries.get(i).digest();
                    boundaries.subList(last ? i : i + 1, boundaries.size()).clear();
                    where = last ? Where.BODY : Where.PART;
                    content = messages && !last ? Content.MESSAGE : Content.PLAIN;
                    break;
                }
            }
        }
        bodyKey(line);
    }

    private void bodyKey(String line) throws IOException, CommandException {
        if (body) {
            keys.key(line);
        }
    }

    private void endField() throws IOException, CommandException {
        if (field.length() == 0) {
            return;
        }
        String whole = field.toString();
        field = new StringBuilder();
        if (mime) {
            contentType(whole);
        }
        if (headers) {
            keys.key(whole);
        }
    }

    private void contentType(String whole) {
        int colon = whole.indexOf(':');
        if (!whole.substring(0, colon).strip().equalsIgnoreCase("content-type")) {
            return;
        }
        String value = whole.substring(colon + 1).strip();
        String lower = value.toLowerCase(Locale.ROOT);
        content = Content.PLAIN;
        if (lower.startsWith("message/rfc822")
                || lower.startsWith("message/global;")
                || lower.equals("message/global")) {
            content = Content.MESSAGE;
        } else if (lower.startsWith("multipart/")) {
            Optional<String> found = boundaryOf(value, lower);
            if (found.isPresent()) {
                content = Content.MULTIPART;
                boundary = found.get();
                digest = lower.startsWith("multipart/digest");
            }
        }
    }

    private static Optional<String> boundaryOf(String value, String lower) {
        int at = lower.indexOf("boundary", lower.indexOf(';') + 1);
        int equal = at < 0 ? -1 : value.indexOf('=', at);
        if (equal < 0
                || lower.indexOf(';') < 0
                || !value.substring(at + 8, equal).isBlank()) {
            return Optional.empty();
        }
        String rest = value.substring(equal + 1).strip();
        int end;
        if (rest.startsWith("\"")) {
            rest = rest.substring(1);
            end = rest.indexOf('"');
        } else {
            end = 0;
            while (end < rest.length() && rest.charAt(end) > ' ' && ";()<>@,\\\"/[]?=".indexOf(rest.charAt(end)) < 0) {
                end++;
            }
        }
        String name = end < 0 ? rest : rest.substring(0, end);
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }
}
