package org.recadero.receive.cleanup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.recadero.message.FieldName;
import org.recadero.message.MessageScanner;
import org.recadero.message.MimeParts;
import org.recadero.table.LookupResult;
import org.recadero.table.Octets;

/**
 * Asks the check tables about each field and each line before the writer gets it, and does what they order. Used by one thread.
 *
 * <p>The fields that the mail system itself adds at the end of a header are not looked at when a message comes in; its Received field
 * is. Postfix: header_checks(5), cleanup(8), smtp(8).
 */
public final class CheckedContent implements MessageScanner.Listener {
    /** Gets the content as it becomes. */
    public interface Writer extends MessageScanner.Listener {
        /** A field that does not come. */
        void dropped(byte[] bytes, int nameLength, boolean cut);
    }

    /** Told what rows order. */
    public interface Orders {
        /** Whether nothing is looked at any more. */
        boolean settled();

        /** What a row's text means. */
        CheckAction parse(String value, String parameter, boolean inHeader);

        /**
         * A row applies.
         *
         * @param context {@code header}, {@code body}
         * @param content octets of the field or line
         */
        void note(CheckAction action, String context, String content);

        /** A table does not answer. */
        void failed(ContentChecks.Table table, String context, String reason) throws IOException;

        /** A field opens one multipart too many. */
        void tooDeep(String field);
    }

    private static final byte[] LF = {'\n'};

    private final ContentChecks checks;
    private final Orders orders;
    private final Writer writer;
    private final MimeParts parts;

    /** Whether the line that is being read has a piece in the output that no line end followed. */
    private boolean lineOpen;

    public CheckedContent(ContentChecks checks, Orders orders, Writer writer) {
        this.checks = Objects.requireNonNull(checks);
        this.orders = Objects.requireNonNull(orders);
        this.writer = Objects.requireNonNull(writer);
        this.parts = new MimeParts(checks.limits(), new Inside());
    }

    @Override
    public void field(byte[] bytes, int nameLength, int length, boolean truncated) throws IOException {
        parts.ownField(bytes, nameLength, length);
        String content = octets(bytes, 0, length);
        Optional<String> result = checked(tableFor(checks.headers(), bytes, nameLength), "header", content);
        if (result.isEmpty()) {
            writer.dropped(bytes, nameLength, truncated);
        } else if (result.get().equals(content)) {
            writer.field(bytes, nameLength, length, truncated);
        } else {
            byte[] other = Octets.bytes(result.get());
            int otherName = MessageScanner.nameLength(other, 0, other.length);
            if (!FieldName.isNamed(other, otherName, "received")) {
                writer.dropped(bytes, nameLength, truncated);
            }
            writer.field(other, otherName, other.length, truncated);
        }
    }

    /** Postfix: header_opts(3): what describes a body is the MIME table's, in whatever header it stands. */
    private ContentChecks.Table tableFor(ContentChecks.Table otherwise, byte[] bytes, int nameLength) {
        return FieldName.describesBody(bytes, nameLength) ? checks.mime() : otherwise;
    }

    @Override
    public void headerEnd() throws IOException {
        writer.headerEnd();
    }

    @Override
    public void body(byte[] bytes, int offset, int length) throws IOException {
        parts.feed(bytes, offset, length);
    }

    /** The end of the message. */
    public void finish() throws IOException {
        parts.finish();
    }

    /**
     * What is to stand in the place of a field or line.
     *
     * @param context {@code header}, {@code body}
     * @return the same where nothing changes; empty where it is left out
     */
    private Optional<String> checked(ContentChecks.Table table, String context, String content) throws IOException {
        if (table.isEmpty() || orders.settled()) {
            return Optional.of(content);
        }
        return switch (table.find(content)) {
            case LookupResult.NotFound none -> Optional.of(content);
            case LookupResult.Failed(String reason) -> {
                orders.failed(table, context, reason);
                yield Optional.of(content);
            }
            case LookupResult.Found(String value) -> {
                CheckAction action = orders.parse(value, table.parameter(), context.equals("header"));
                orders.note(action, context, content);
                yield obeyed(action, content);
            }
        };
    }

    /** What an action means for the field or line itself. */
    private Optional<String> obeyed(CheckAction action, String content) throws IOException {
        return switch (action) {
            case CheckAction.Drop drop -> Optional.empty();
            case CheckAction.Replace(String line) -> Optional.of(line);
            case CheckAction.Prepend(String line) -> {
                prepend(line);
                yield Optional.of(content);
            }
            case CheckAction.Nothing none -> Optional.of(content);
            case CheckAction.Reject reject -> Optional.of(content);
            case CheckAction.Discard discard -> Optional.of(content);
            case CheckAction.Hold hold -> Optional.of(content);
            case CheckAction.Pass pass -> Optional.of(content);
            case CheckAction.Redirect redirect -> Optional.of(content);
            case CheckAction.Bcc bcc -> Optional.of(content);
            case CheckAction.Log line -> Optional.of(content);
            case CheckAction.Filter filter -> Optional.of(content);
            case CheckAction.Unusable unusable -> Optional.of(content);
        };
    }

    private void prepend(String line) throws IOException {
        if (lineOpen) {
            // in the middle of a long line: what is put in is a line of its own
            write(LF);
        }
        write(Octets.bytes(line));
        write(LF);
        lineOpen = false;
    }

    private void write(byte[] bytes) throws IOException {
        writer.body(bytes, 0, bytes.length);
    }

    private static String octets(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }

    /** What stands behind the message's own header. */
    private final class Inside implements MimeParts.Listener {
        @Override
        public void field(MimeParts.Place place, byte[] bytes, int nameLength, int length) throws IOException {
            ContentChecks.Table table = tableFor(
                    switch (place) {
                        case PART -> checks.mime();
                        case MESSAGE -> checks.nested();
                    },
                    bytes,
                    nameLength);
            Optional<String> result = checked(table, "header", octets(bytes, 0, length));
            if (result.isPresent()) {
                write(Octets.bytes(result.get()));
                write(LF);
            }
        }

        @Override
        public void body(byte[] bytes, int offset, int length, boolean begins, boolean ends, long at)
                throws IOException {
            if (begins) {
                lineOpen = false;
            }
            boolean looked = !checks.bodies().isEmpty()
                    && !orders.settled()
                    && (checks.bodyBytes() == 0 || at < checks.bodyBytes());
            if (!looked) {
                writer.body(bytes, offset, length);
                piece(true, ends);
                return;
            }
            Optional<String> result = checked(checks.bodies(), "body", upToNul(bytes, offset, length));
            if (result.isEmpty()) {
                piece(false, ends);
            } else if (result.get().length() <= length && result.get().equals(upToNul(bytes, offset, length))) {
                writer.body(bytes, offset, length);
                piece(true, ends);
            } else {
                write(Octets.bytes(result.get()));
                piece(true, ends);
            }
        }

        private void piece(boolean written, boolean ends) throws IOException {
            lineOpen |= written;
            if (ends && lineOpen) {
                write(LF);
                lineOpen = false;
            }
        }

        /** Postfix: what follows a NUL is not looked at. */
        private String upToNul(byte[] bytes, int offset, int length) {
            int end = 0;
            while (end < length && bytes[offset + end] != 0) {
                end++;
            }
            return octets(bytes, offset, end);
        }

        @Override
        public void tooDeep(byte[] field, int length) {
            if (checks.refusesDeepNesting() && !orders.settled()) {
                orders.tooDeep(octets(field, 0, length));
            }
        }
    }
}
