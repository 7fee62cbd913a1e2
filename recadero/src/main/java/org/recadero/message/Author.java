package org.recadero.message;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.recadero.envelope.Address;

/**
 * Who a message says it comes from: the first address of its From field (RFC 5322 §3.6.2). Where somebody has sent it on, the
 * topmost Resent-From is he (RFC 5322 §3.6.6). Pure; at most {@value #MOST_BYTES} bytes of header are read.
 */
public final class Author {
    /** Bound for the header, in bytes. */
    private static final int MOST_BYTES = 256 << 10;

    /** Bound for one field, in bytes. */
    private static final int FIELD_BYTES = 32 << 10;

    private static final int MOST_TOKENS = 1_000;

    private Author() {}

    /** The author; empty where no field names one with a domain. The stream is not closed. */
    public static Optional<Address> of(InputStream content) throws IOException {
        Fields fields = new Fields();
        MessageScanner scanner = new MessageScanner(FIELD_BYTES, FIELD_BYTES, false, fields);
        byte[] buffer = new byte[4 << 10];
        int read = 0;
        while (!fields.ended && read < MOST_BYTES) {
            int got = content.read(buffer);
            if (got < 0) {
                scanner.finish();
                break;
            }
            read += got;
            scanner.feed(buffer, 0, got);
        }
        return fields.resentFrom.or(() -> fields.from);
    }

    private static final class Fields implements MessageScanner.Listener {
        private Optional<Address> from = Optional.empty();
        private Optional<Address> resentFrom = Optional.empty();
        private boolean ended;

        @Override
        public void field(byte[] bytes, int nameLength, int length, boolean truncated) {
            if (from.isEmpty() && FieldName.isNamed(bytes, nameLength, "from")) {
                from = first(bytes, nameLength + 1, length);
            } else if (resentFrom.isEmpty() && FieldName.isNamed(bytes, nameLength, "resent-from")) {
                resentFrom = first(bytes, nameLength + 1, length);
            }
        }

        private static Optional<Address> first(byte[] bytes, int begin, int length) {
            for (ParsedAddress each : AddressList.parse(bytes, Math.min(begin, length), length, MOST_TOKENS)) {
                try {
                    return Optional.of(Address.of(each.text()));
                } catch (IllegalArgumentException e) {
                    // nobody's address: the next one may be somebody's
                }
            }
            return Optional.empty();
        }

        @Override
        public void headerEnd() {
            ended = true;
        }

        @Override
        public void body(byte[] bytes, int offset, int length) {
            // who it is from stands in the header
        }
    }
}
