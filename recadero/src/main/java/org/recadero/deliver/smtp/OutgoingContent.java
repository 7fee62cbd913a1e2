package org.recadero.deliver.smtp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import org.recadero.message.SevenBitContent;

/** A message's content on its way to a server: what stands on top of it, the check tables, seven bits where it must, dots or chunks. */
final class OutgoingContent {
    private static final int CHUNK_BYTES = 256 << 10;

    private final Session session;
    private final Transmission.Reports reports;
    private final Duration timeout;

    OutgoingContent(Session session, Transmission.Reports reports) {
        this.session = Objects.requireNonNull(session);
        this.reports = Objects.requireNonNull(reports);
        this.timeout = session.settings().timeouts().dataTransfer();
    }

    /**
     * What leaves, but for the check tables.
     *
     * @throws Outbound.TableFailed where a map cannot be asked
     */
    InputStream open(Job job, Job.Slot first) throws IOException {
        SevenBitContent.Source source = source(job, first);
        return converts(job) ? SevenBitContent.of(source) : source.open();
    }

    /** The content as it leaves, but for the check tables; the fields on top are theirs too. */
    private SevenBitContent.Source source(Job job, Job.Slot first) {
        SevenBitContent.Source content = reports.checks().isEmpty() ? job::content : job::asQueued;
        if (reports.flags().flags().isEmpty()) {
            return content;
        }
        String original = first.delivery.recipient().recipient().original();
        return () -> reports.flags()
                .onTop(job.sender(), reports.outbound().original(original), job.recipient(first), content.open());
    }

    private void copy(Job job, InputStream in, WireContent wire) throws IOException {
        if (reports.checks().isEmpty()) {
            wire.copy(in);
        } else {
            reports.checks().copy(job.message().id(), in, session.relay(), reports.account(), wire);
        }
    }

    /** RFC 6152 §3: a server that does not offer it gets no octets beyond ASCII. */
    private boolean converts(Job job) throws IOException {
        return session.settings().converts8bit() && !session.capabilities().has("8BITMIME") && job.isEightBit();
    }

    /** Behind DATA, with the dot at its end. */
    void data(Job job, InputStream in) throws IOException {
        WireContent wire = new WireContent(
                true,
                session.settings().lineLengthLimit(),
                (bytes, length) -> session.wire().write(bytes, 0, length, timeout));
        copy(job, in, wire);
        session.put(".", timeout);
    }

    /** RFC 3030 §2; the number of chunks, and so of replies. */
    int chunks(Job job, InputStream in) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream(
                (int) Math.min(CHUNK_BYTES + (32 << 10), job.message().sizeBytes() + (8 << 10)));
        int[] count = {0};
        WireContent wire = new WireContent(false, session.settings().lineLengthLimit(), (bytes, length) -> {
            if (chunk.size() >= CHUNK_BYTES) {
                send(chunk, false);
                count[0]++;
            }
            chunk.write(bytes, 0, length);
        });
        copy(job, in, wire);
        send(chunk, true);
        return count[0] + 1;
    }

    private void send(ByteArrayOutputStream chunk, boolean last) throws IOException {
        session.put("BDAT " + chunk.size() + (last ? " LAST" : ""), timeout);
        byte[] bytes = chunk.toByteArray();
        session.wire().write(bytes, 0, bytes.length, timeout);
        chunk.reset();
    }
}
