package org.recadero.deliver.local;

import java.util.Objects;
import java.util.Optional;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase.User;

/**
 * With whose rights a command runs or a file is written.
 *
 * @param identity uid 0 is none: what root would run runs as {@code default_privs} (CONTRACTS)
 * @param login LOGNAME and USER of a command: the user, or the alias
 * @param user whose HOME and SHELL a command gets; an alias's has none
 */
record Runner(Identity identity, String login, Optional<User> user) {
    Runner {
        Objects.requireNonNull(identity);
        Objects.requireNonNull(login);
        Objects.requireNonNull(user);
        if (identity.uid() == 0) {
            throw new IllegalArgumentException("root runs nothing");
        }
    }

    /** With another alias's name. */
    Runner as(String otherLogin) {
        return new Runner(identity, otherLogin, user);
    }
}
