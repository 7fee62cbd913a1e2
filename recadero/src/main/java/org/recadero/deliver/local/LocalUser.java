package org.recadero.deliver.local;

import java.util.Objects;
import java.util.Optional;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase.User;

/**
 * A user who gets mail.
 *
 * @param name as he was addressed, his extension too
 * @param own his ids; uid 0 for root
 * @param home what is looked for first
 * @param runner with whose rights his commands run
 * @param way what happens to mail that no {@code .forward} takes
 */
record LocalUser(LocalName name, User account, Identity own, HomeFiles home, Runner runner, Way way) {
    /** Postfix: postconf(5), mailbox_transport: which parameter comes before which. */
    sealed interface Way {
        record Box(Mailbox mailbox) implements Way {}

        record ByCommand(String command) implements Way {}

        record ByTransport(String transport, String nextHop) implements Way {}

        /** The mailbox cannot be used. */
        record None(Refusal why) implements Way {}
    }

    LocalUser {
        Objects.requireNonNull(name);
        Objects.requireNonNull(account);
        Objects.requireNonNull(own);
        Objects.requireNonNull(home);
        Objects.requireNonNull(runner);
        Objects.requireNonNull(way);
    }

    /** The mailbox, where there is one and nothing else takes the mail. */
    Optional<Mailbox> mailbox() {
        return way instanceof Way.Box(Mailbox box) ? Optional.of(box) : Optional.empty();
    }
}
