package org.recadero.os;

import java.util.Optional;

/**
 * A user database that knows one user more: the one this process runs as, where his uid has no entry of its own (a container's user
 * given as a number). What the database says wins: a name or a uid that it knows is answered by it alone.
 */
public final class OwnUser implements UserDatabase {
    private final UserDatabase others;
    private final User user;
    private final Identity identity;

    private OwnUser(UserDatabase others, User user, Identity identity) {
        this.others = others;
        this.user = user;
        this.identity = identity;
    }

    /**
     * The database as it is where it knows the caller's uid, or where the caller is root.
     *
     * @param name what the caller is called, unless the database gives that name to another user
     * @param home his home; empty: none
     */
    public static UserDatabase addedTo(UserDatabase others, String name, Identity self, String home)
            throws UserDatabaseException {
        if (self.uid() == 0
                || others.byUid(self.uid()).isPresent()
                || others.byName(name).isPresent()) {
            return others;
        }
        return new OwnUser(others, new User(name, self.uid(), self.gid(), "", home, ""), self);
    }

    @Override
    public Optional<User> byName(String name) throws UserDatabaseException {
        Optional<User> known = others.byName(name);
        return known.isEmpty() && name.equals(user.name()) ? Optional.of(user) : known;
    }

    @Override
    public Optional<User> byUid(int uid) throws UserDatabaseException {
        Optional<User> known = others.byUid(uid);
        return known.isEmpty() && uid == user.uid() ? Optional.of(user) : known;
    }

    @Override
    public Optional<Integer> groupByName(String name) throws UserDatabaseException {
        return others.groupByName(name);
    }

    @Override
    public Identity identity(User someone) throws UserDatabaseException {
        return someone.equals(user) ? identity : others.identity(someone);
    }
}
