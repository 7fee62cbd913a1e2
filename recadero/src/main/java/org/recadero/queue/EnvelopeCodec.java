package org.recadero.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.Notify;
import org.recadero.envelope.ReversePath;

/** An envelope as bytes. The numbers are format and spelled out: an enum may be reordered, a queue on disk not. */
final class EnvelopeCodec {
    /** RET lies in the lower bits of one octet, what is to be traced above. */
    private static final int RETURN_MASK = 0x0f;

    private static final int TRACE_SHIFT = 4;

    private EnvelopeCodec() {}

    private static int returnFull(Envelope envelope) {
        return envelope.returnFull()
                .map(r -> switch (r) {
                    case FULL -> 1;
                    case HEADERS -> 2;
                })
                .orElse(0);
    }

    private static int trace(Envelope envelope) {
        return envelope.trace()
                .map(t -> switch (t) {
                    case VERIFY -> 1;
                    case FIRST_ATTEMPT -> 2;
                })
                .orElse(0);
    }

    static void encode(Encoder out, Envelope envelope) {
        switch (envelope.sender()) {
            case ReversePath.Null n -> out.u8(0);
            case ReversePath.Sender sender -> {
                out.u8(1);
                address(out, sender.address());
            }
        }
        optional(out, envelope.fullName());
        out.u8(
                switch (envelope.body()) {
                    case UNSTATED -> 0;
                    case SEVEN_BIT -> 1;
                    case EIGHT_BIT_MIME -> 2;
                });
        optional(out, envelope.envelopeId());
        out.u8(returnFull(envelope) | trace(envelope) << TRACE_SHIFT);
        out.u8(envelope.uid().isPresent() ? 1 : 0).i32(envelope.uid().orElse(0));
        out.count(envelope.recipients().size());
        for (EnvelopeRecipient recipient : envelope.recipients()) {
            address(out, recipient.address());
            out.text(recipient.original());
            int bits = 0;
            for (Notify notify : recipient.notifyOn()) {
                bits |= bit(notify);
            }
            out.u8(bits);
            optional(out, recipient.originalRecipient());
        }
    }

    static Envelope decode(Decoder in) throws IOException {
        try {
            ReversePath sender = in.u8() == 0 ? ReversePath.none() : new ReversePath.Sender(address(in));
            Optional<String> fullName = optional(in);
            BodyType body = switch (in.u8()) {
                case 0 -> BodyType.UNSTATED;
                case 1 -> BodyType.SEVEN_BIT;
                case 2 -> BodyType.EIGHT_BIT_MIME;
                default -> throw new IOException("unknown body type in an envelope");
            };
            Optional<String> envelopeId = optional(in);
            int bits = in.u8();
            Optional<Envelope.Return> returnFull = switch (bits & RETURN_MASK) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(Envelope.Return.FULL);
                case 2 -> Optional.of(Envelope.Return.HEADERS);
                default -> throw new IOException("unknown RET in an envelope");
            };
            Optional<Envelope.Trace> trace = switch (bits >> TRACE_SHIFT) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(Envelope.Trace.VERIFY);
                case 2 -> Optional.of(Envelope.Trace.FIRST_ATTEMPT);
                default -> throw new IOException("unknown trace in an envelope");
            };
            boolean hasUid = in.u8() != 0;
            int number = in.i32();
            Optional<Integer> uid = hasUid ? Optional.of(number) : Optional.empty();
            int count = in.count();
            List<EnvelopeRecipient> recipients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                recipients.add(new EnvelopeRecipient(address(in), in.text(), notifyOn(in.u8()), optional(in)));
            }
            return new Envelope(sender, fullName, recipients, body, envelopeId, returnFull, trace, uid);
        } catch (IllegalArgumentException e) {
            throw new IOException("an envelope in the queue is not acceptable: " + e.getMessage(), e);
        }
    }

    /** Who submitted it, as {@link Envelope#uid}, without a look at the recipients; {@link Index#NO_USER} for nobody. */
    static int submitter(byte[] encoded) throws IOException {
        Decoder in = new Decoder(encoded);
        if (in.u8() != 0) {
            address(in);
        }
        optional(in);
        in.u8();
        optional(in);
        in.u8();
        boolean hasUid = in.u8() != 0;
        int uid = in.i32();
        return hasUid ? uid : Index.NO_USER;
    }

    private static int bit(Notify notify) {
        return switch (notify) {
            case NEVER -> 1;
            case SUCCESS -> 2;
            case FAILURE -> 4;
            case DELAY -> 8;
        };
    }

    private static Set<Notify> notifyOn(int bits) {
        Set<Notify> set = EnumSet.noneOf(Notify.class);
        for (Notify notify : Notify.values()) {
            if ((bits & bit(notify)) != 0) {
                set.add(notify);
            }
        }
        return set;
    }

    private static void address(Encoder out, Address address) {
        out.text(address.local().text()).text(address.domain().name());
    }

    private static Address address(Decoder in) throws IOException {
        return new Address(new LocalPart(in.text()), new MailDomain(in.text()));
    }

    private static void optional(Encoder out, Optional<String> text) {
        out.u8(text.isPresent() ? 1 : 0);
        text.ifPresent(out::text);
    }

    private static Optional<String> optional(Decoder in) throws IOException {
        return in.u8() == 0 ? Optional.empty() : Optional.of(in.text());
    }
}
