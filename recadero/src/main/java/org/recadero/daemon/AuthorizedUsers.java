package org.recadero.daemon;

import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.route.DomainList;
import org.recadero.route.Router;

/**
 * Who may submit, look and flush, by login name. The number is the kernel's; the name is only what the lists are written in
 * (SAFETY 20). Immutable.
 *
 * <p>Postfix: {@code authorized_submit_users}, {@code authorized_mailq_users}, {@code authorized_flush_users}; root and the mail
 * owner may always look and flush.
 */
record AuthorizedUsers(DomainList submit, DomainList mailq, DomainList flush) {
    /** Where the user database has no name for a uid. */
    private static final String UNKNOWN = "unknown";

    static AuthorizedUsers of(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        return new AuthorizedUsers(
                DomainList.of(Parameters.AUTHORIZED_SUBMIT_USERS, configuration, open),
                DomainList.of(Parameters.AUTHORIZED_MAILQ_USERS, configuration, open),
                DomainList.of(Parameters.AUTHORIZED_FLUSH_USERS, configuration, open));
    }

    /** A list that fails lets nobody in. */
    static boolean has(DomainList list, String login) {
        return list.match(login) instanceof DomainList.Match.Yes;
    }

    /** The login of a uid. */
    static String login(UserDatabase users, int uid) {
        try {
            return users.byUid(uid).map(UserDatabase.User::name).orElse(UNKNOWN);
        } catch (UserDatabaseException e) {
            return UNKNOWN;
        }
    }
}
