package org.recadero.queue;

import java.util.Objects;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.SubmissionId;

/**
 * A recipient in the queue and how far he has got.
 *
 * @param ordinal his place in the envelope, from 0: his name in progress records
 * @param done delivered, bounced (and told) or expanded: nothing is left to do
 * @param reason why the last attempt deferred him; empty where there was none
 * @param begun whether a delivery to a mailbox had begun whose end was not recorded (before a crash): look before delivering
 *     again (SAFETY 17, 18)
 * @param place the last «mbox, inode, offset, length» noted by the progress sink; empty where there is none
 * @param reached the parts of what he stands for that have the mail already, named by whoever delivers to them; most often none
 */
public record RecipientState(
        int ordinal,
        EnvelopeRecipient recipient,
        boolean done,
        String reason,
        boolean begun,
        String place,
        Set<SubmissionId> reached) {
    public RecipientState {
        Objects.requireNonNull(recipient);
        Objects.requireNonNull(reason);
        Objects.requireNonNull(place);
        reached = Set.copyOf(reached);
    }

    /** Of which no part has the mail. */
    public RecipientState(
            int ordinal, EnvelopeRecipient recipient, boolean done, String reason, boolean begun, String place) {
        this(ordinal, recipient, done, reason, begun, place, Set.of());
    }

    /** The same recipient, whose mail goes to another address: an alias's member. */
    public RecipientState under(Address member) {
        return new RecipientState(
                ordinal,
                new EnvelopeRecipient(
                        member, recipient.original(), recipient.notifyOn(), recipient.originalRecipient()),
                done,
                reason,
                begun,
                place,
                reached);
    }
}
