package org.recadero.queue;

import java.io.IOException;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.SubmissionId;

/**
 * The meta part of a {@code MESSAGE} record. The envelope comes last, so that recovery need not decode it.
 *
 * @param random 128 random bits made at intake; survives copies and requeues (SAFETY 16)
 * @param arrival queue time, ms
 * @param arrivalWall wall time in ms since 1970, less the steps that the clock had made until then (SAFETY 14)
 * @param shownBytes the size that log and mailq show
 * @param large the number that names the file in large/; 0: the content is in the record
 * @param largeCrc CRC32C of the content in that file
 * @param previous the id that the message had before postsuper -r; 0: none. That id is gone
 * @param recipients how many
 * @param progress encoded
 * @param envelope encoded
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never leaves this package
record MessageMeta(
        SubmissionId random,
        SubmissionId submission,
        long arrival,
        long arrivalWall,
        long contentBytes,
        long shownBytes,
        long large,
        int largeCrc,
        long previous,
        int recipients,
        Standing standing,
        byte[] progress,
        byte[] envelope) {
    private static final int VERSION = 1;

    /** A new message. */
    static MessageMeta of(
            SubmissionId random,
            SubmissionId submission,
            long arrival,
            long arrivalWall,
            Content content,
            Standing standing,
            Envelope envelope) {
        Encoder out = new Encoder();
        EnvelopeCodec.encode(out, envelope);
        return new MessageMeta(
                random,
                submission,
                arrival,
                arrivalWall,
                content.bytes(),
                content.shownBytes(),
                content.large(),
                content.largeCrc(),
                0,
                envelope.recipients().size(),
                standing,
                encoded(new Progress(envelope.recipients().size())),
                out.bytes());
    }

    /** Where the content lies: {@code large} 0 for «in the record». */
    record Content(long bytes, long shownBytes, long large, int largeCrc) {}

    private static byte[] encoded(Progress progress) {
        Encoder out = new Encoder();
        progress.encode(out);
        return out.bytes();
    }

    /** The same message with all that has become of it since. */
    MessageMeta with(Standing newStanding, Progress newProgress, long newPrevious) {
        return new MessageMeta(
                random,
                submission,
                arrival,
                arrivalWall,
                contentBytes,
                shownBytes,
                large,
                largeCrc,
                newPrevious,
                recipients,
                newStanding,
                encoded(newProgress),
                envelope);
    }

    byte[] encode() {
        Encoder out = new Encoder();
        out.u8(VERSION).id(random).id(submission).i64(arrival).i64(arrivalWall);
        out.i64(contentBytes)
                .i64(shownBytes)
                .i64(large)
                .i32(largeCrc)
                .i64(previous)
                .i32(recipients);
        standing.encode(out);
        out.i32(progress.length).raw(progress).raw(envelope);
        return out.bytes();
    }

    static MessageMeta decode(byte[] bytes) throws IOException {
        Decoder in = new Decoder(bytes);
        int version = in.u8();
        if (version != VERSION) {
            throw new IOException("message record of version " + version);
        }
        return new MessageMeta(
                in.id(),
                in.id(),
                in.i64(),
                in.i64(),
                in.i64(),
                in.i64(),
                in.i64(),
                in.i32(),
                in.i64(),
                in.i32(),
                Standing.decode(in),
                in.raw(in.i32()),
                in.rest());
    }

    Envelope decodeEnvelope() throws IOException {
        return EnvelopeCodec.decode(new Decoder(envelope));
    }

    Progress decodeProgress() throws IOException {
        return Progress.decode(new Decoder(progress), recipients);
    }
}
