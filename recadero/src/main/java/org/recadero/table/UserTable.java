package org.recadero.table;

import java.util.Locale;
import java.util.Optional;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;

/**
 * {@code unix:passwd.byname} and {@code unix:group.byname}: the system's users and groups.
 *
 * <p>Postfix: DATABASE_README. {@code DIFFERS}: of the full name field only the name is given, and of a group no members; who
 * exists is all that is asked.
 */
record UserTable(String name, UserDatabase users, boolean groups) implements LookupTable {
    @Override
    public LookupResult find(String key) {
        String folded = key.toLowerCase(Locale.ROOT);
        if (folded.isEmpty() || folded.indexOf('\0') >= 0) {
            return new LookupResult.NotFound();
        }
        try {
            Optional<String> line = groups
                    ? users.groupByName(folded).map(gid -> folded + ":x:" + Integer.toUnsignedString(gid) + ":")
                    : users.byName(folded).map(UserTable::line);
            return line.<LookupResult>map(LookupResult.Found::new).orElse(new LookupResult.NotFound());
        } catch (UserDatabaseException e) {
            return new LookupResult.Failed(name + ": " + e.getMessage());
        }
    }

    private static String line(UserDatabase.User user) {
        return user.name() + ":x:" + Integer.toUnsignedString(user.uid()) + ":" + Integer.toUnsignedString(user.gid())
                + ":" + user.fullName() + ":" + user.home() + ":" + user.shell();
    }
}
