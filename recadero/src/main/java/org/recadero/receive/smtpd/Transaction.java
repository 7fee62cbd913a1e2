package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.NewMessage.Orders;
import org.recadero.smtp.MailOptions;

/**
 * A mail transaction between MAIL and its end (RFC 5321 §3.3). Immutable.
 *
 * @param sender internal form; empty: the null sender
 * @param recipients those that were accepted
 * @param overshoot recipients that were refused because there were too many
 * @param chunksBegun whether BDAT has begun (RFC 3030)
 * @param orders what access tables ordered for the message
 */
record Transaction(
        String sender, MailOptions options, Recipients recipients, int overshoot, boolean chunksBegun, Orders orders) {
    Transaction {
        Objects.requireNonNull(sender);
        Objects.requireNonNull(options);
        Objects.requireNonNull(recipients);
        Objects.requireNonNull(orders);
    }

    static Transaction of(String sender, MailOptions options) {
        return new Transaction(sender, options, Recipients.none(), 0, false, Orders.NONE);
    }

    Transaction with(NewMessage.Recipient recipient) {
        return new Transaction(sender, options, recipients.and(recipient), overshoot, chunksBegun, orders);
    }

    Transaction withOvershoot() {
        return new Transaction(sender, options, recipients, overshoot + 1, chunksBegun, orders);
    }

    Transaction withChunks() {
        return new Transaction(sender, options, recipients, overshoot, true, orders);
    }

    Transaction with(Orders more) {
        return new Transaction(sender, options, recipients, overshoot, chunksBegun, orders.and(more));
    }

    /**
     * A list that grows without being copied each time: views of one array list, each with its own length. For one thread.
     */
    static final class Recipients {
        private final List<NewMessage.Recipient> shared;
        private final int size;

        private Recipients(List<NewMessage.Recipient> shared, int size) {
            this.shared = shared;
            this.size = size;
        }

        static Recipients none() {
            return new Recipients(new ArrayList<>(), 0);
        }

        Recipients and(NewMessage.Recipient recipient) {
            List<NewMessage.Recipient> list = shared.size() == size ? shared : new ArrayList<>(all());
            list.add(recipient);
            return new Recipients(list, size + 1);
        }

        int size() {
            return size;
        }

        boolean isEmpty() {
            return size == 0;
        }

        List<NewMessage.Recipient> all() {
            return Collections.unmodifiableList(shared.subList(0, size));
        }
    }
}
