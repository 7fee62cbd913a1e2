package org.recadero.deliver.local;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;

/** What shall be done with mail for a local part. */
sealed interface Decision {
    /** @param member of the alias that led here; reports name it, as Postfix's do */
    record ToUser(LocalUser user, Optional<Address> member) implements Decision {
        public ToUser {
            Objects.requireNonNull(user);
            Objects.requireNonNull(member);
        }
    }

    /**
     * An alias.
     *
     * @param endings at least one
     * @param sender of what goes out, where it is another one
     */
    record ToEndings(List<Ending> endings, Optional<Address> sender) implements Decision {
        public ToEndings {
            endings = List.copyOf(endings);
            Objects.requireNonNull(sender);
            if (endings.isEmpty()) {
                throw new IllegalArgumentException("an alias without members");
            }
        }
    }

    /**
     * Another transport delivers.
     *
     * @param nextHop empty: the one that mail to this agent has
     * @param member of the alias that led here
     */
    record ToTransport(String transport, String nextHop, Optional<Address> member) implements Decision {
        public ToTransport {
            Objects.requireNonNull(transport);
            Objects.requireNonNull(nextHop);
            Objects.requireNonNull(member);
        }
    }

    /** There is no such user. */
    record Unknown(String user) implements Decision {}

    /** Mail to the sender of double bounces: a notification that nobody could take. */
    record Discarded(String text) implements Decision {}

    record Refused(Refusal why) implements Decision {}
}
