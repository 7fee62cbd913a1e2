package org.recadero.deliver.local;

import java.time.Duration;
import java.util.List;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;

/**
 * What the configuration says about writing mailboxes.
 *
 * @param dotLock {@code mailbox_delivery_lock} has dotlock
 * @param fcntlLock it has fcntl
 * @param flockLock it has flock
 * @param lockAttempts {@code deliver_lock_attempts}
 * @param lockDelay {@code deliver_lock_delay}
 * @param staleAfter {@code stale_lock_time}
 * @param sizeLimit {@code mailbox_size_limit}, bytes; 0: none
 * @param strictOwnership {@code strict_mailbox_ownership}
 */
record MailboxOptions(
        boolean dotLock,
        boolean fcntlLock,
        boolean flockLock,
        int lockAttempts,
        Duration lockDelay,
        Duration staleAfter,
        long sizeLimit,
        boolean strictOwnership,
        String host) {
    static MailboxOptions of(Configuration configuration) {
        List<String> locks = configuration.get(Parameters.MAILBOX_DELIVERY_LOCK);
        return new MailboxOptions(
                locks.contains("dotlock"),
                locks.contains("fcntl"),
                locks.contains("flock"),
                configuration.get(Parameters.DELIVER_LOCK_ATTEMPTS),
                configuration.get(Parameters.DELIVER_LOCK_DELAY),
                configuration.get(Parameters.STALE_LOCK_TIME),
                configuration.get(Parameters.MAILBOX_SIZE_LIMIT),
                configuration.get(Parameters.STRICT_MAILBOX_OWNERSHIP),
                configuration.get(Parameters.MYHOSTNAME));
    }

    /** For a file that an alias or a {@code .forward} names: who owns it is for its permissions to say. */
    MailboxOptions forFile(boolean withDotLock) {
        return new MailboxOptions(
                dotLock && withDotLock,
                fcntlLock,
                flockLock,
                lockAttempts,
                lockDelay,
                staleAfter,
                sizeLimit,
                false,
                host);
    }

    /** Whether an entry that ends at {@code end} is beyond the limit. */
    boolean exceeded(long end) {
        return sizeLimit > 0 && end > sizeLimit;
    }
}
