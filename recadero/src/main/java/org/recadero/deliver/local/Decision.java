package org.recadero.deliver.local;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;

/** What shall be done with mail for a local part. */
sealed interface Decision {
    /** @param member of the alias that led here; reports name it, as Postfix's do */
    record ToMailbox(Mailbox mailbox, Optional<Address> member) implements Decision {
        public ToMailbox {
            Objects.requireNonNull(mailbox);
            Objects.requireNonNull(member);
        }

        static ToMailbox of(Mailbox mailbox) {
            return new ToMailbox(mailbox, Optional.empty());
        }
    }

    /**
     * An alias.
     *
     * @param here mailboxes of members that name the alias itself: filled at once, since as new mail they would be followed
     *     again
     * @param others go out as new mail
     */
    record ToMembers(List<Mailbox> here, List<Address> others) implements Decision {
        public ToMembers {
            here = List.copyOf(here);
            others = List.copyOf(others);
            if (here.isEmpty() && others.isEmpty()) {
                throw new IllegalArgumentException("an alias without members");
            }
        }
    }

    /** There is no such user. */
    record Unknown(String user) implements Decision {}

    /** Mail to the sender of double bounces: a notification that nobody could take. */
    record Discarded(String text) implements Decision {}

    record Refused(Refusal why) implements Decision {}
}
