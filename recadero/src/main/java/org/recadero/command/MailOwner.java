package org.recadero.command;

import java.util.Objects;
import java.util.Optional;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;

/**
 * To whom the queue's folders belong: {@code mail_owner}, with his own group.
 *
 * @param isSystem whether root runs this: in an instance of an ordinary user all is his
 */
record MailOwner(String name, int uid, int gid, boolean isSystem) {
    MailOwner {
        Objects.requireNonNull(name);
    }

    /**
     * Who {@code mail_owner} is; empty where the database does not know that name.
     *
     * @param self the caller, who may have no entry in the database: then the name stands for him
     */
    static Optional<MailOwner> of(String name, UserDatabase users, Identity self) throws UserDatabaseException {
        boolean root = self.uid() == 0;
        Optional<User> user = users.byName(name);
        if (user.isPresent()) {
            return user.map(u -> new MailOwner(name, u.uid(), u.gid(), root));
        }
        return !root && users.byUid(self.uid()).isEmpty()
                ? Optional.of(new MailOwner(name, self.uid(), self.gid(), false))
                : Optional.empty();
    }
}
