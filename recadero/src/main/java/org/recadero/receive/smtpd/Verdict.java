package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.receive.cleanup.NewMessage.Orders;
import org.recadero.smtp.Reply;

/** What the policy says to a command. */
sealed interface Verdict {
    /** Lines for the log. */
    List<Note> notes();

    /**
     * The command is carried out.
     *
     * @param orders what access tables ordered for the message
     */
    record Accepted(Orders orders, List<Note> notes) implements Verdict {
        public Accepted {
            Objects.requireNonNull(orders);
            notes = List.copyOf(notes);
        }
    }

    /**
     * The command is answered with this reply; the policy has put the line into the notes.
     *
     * @param trouble what it means for the postmaster; empty: nothing
     */
    record Refused(Reply reply, List<Note> notes, Optional<SessionTrouble> trouble) implements Verdict {
        public Refused {
            Objects.requireNonNull(reply);
            Objects.requireNonNull(trouble);
            notes = List.copyOf(notes);
        }
    }

    /** The command is carried out, and nothing is to be said. */
    static Verdict accepted() {
        return new Accepted(Orders.NONE, List.of());
    }
}
