package org.recadero.deliver.local;

import java.util.Objects;
import java.util.Optional;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;
import org.recadero.table.LookupTable;

/**
 * With whose rights aliases' commands and files are used: the owner of the file that names them, {@code default_privs} where
 * that is root. Postfix: local(8), DELIVERY RIGHTS.
 */
final class Rights {
    /** What came of the question. */
    sealed interface Answer {
        record As(Runner runner) implements Answer {}

        record Refused(Refusal why) implements Answer {}
    }

    private final LocalDelivery.Machine machine;
    private final String defaultUser;

    /** @param defaultUser {@code default_privs} */
    Rights(LocalDelivery.Machine machine, String defaultUser) {
        this.machine = Objects.requireNonNull(machine);
        this.defaultUser = Objects.requireNonNull(defaultUser);
    }

    /** Of an alias in this table. */
    Answer ofAlias(LookupTable table, String alias) {
        return ofOwner(owner(table.name()), alias);
    }

    /**
     * Of a file that somebody owns.
     *
     * @param login what a command's LOGNAME says
     */
    Answer ofOwner(int uid, String login) {
        try {
            if (uid != 0 && !isOwn(uid)) {
                Optional<User> owner = machine.users().byUid(uid);
                if (owner.isPresent()) {
                    return as(owner.get(), login, owner);
                }
            }
            return ofNobody(login, Optional.empty());
        } catch (UserDatabaseException e) {
            return lookupError(e);
        }
    }

    /** {@code default_privs}; {@code user} is root, whose HOME and SHELL his commands still get. */
    Answer ofNobody(String login, Optional<User> user) {
        try {
            if (!machine.identities().canSwitch()) {
                // this instance is one user's own, its aliases too
                Identity self = machine.identities().self();
                return self.uid() == 0
                        ? new Answer.Refused(Refusal.wait("root runs no commands"))
                        : new Answer.As(new Runner(self, login, machine.users().byUid(self.uid())));
            }
            Optional<User> nobody = machine.users().byName(defaultUser);
            return nobody.isPresent()
                    ? as(nobody.get(), login, user)
                    : new Answer.Refused(Refusal.wait("default_privs: unknown user " + defaultUser));
        } catch (UserDatabaseException e) {
            return lookupError(e);
        }
    }

    private Answer as(User owner, String login, Optional<User> user) throws UserDatabaseException {
        Identity self = machine.identities().self();
        if (owner.uid() == 0 || owner.uid() == self.uid() || owner.gid() == self.gid()) {
            // SAFETY 5
            return new Answer.Refused(
                    Refusal.wait(owner.name() + " is root or the mail system's own account and runs no commands"));
        }
        return new Answer.As(new Runner(machine.users().identity(owner), login, user));
    }

    private boolean isOwn(int uid) {
        return machine.identities().canSwitch()
                && uid == machine.identities().self().uid();
    }

    private static Answer lookupError(UserDatabaseException e) {
        return new Answer.Refused(Refusal.wait("user lookup error: " + e.getMessage()));
    }

    /** Who owns a table's index, else its text; root where it has no file. */
    private int owner(String table) {
        int colon = table.indexOf(':');
        String type = table.substring(0, Math.max(0, colon));
        String path = table.substring(colon + 1);
        if (!path.startsWith("/")) {
            return 0;
        }
        String index = switch (type) {
            case "lmdb" -> path + ".lmdb";
            case "cdb" -> path + ".cdb";
            default -> path + ".db";
        };
        return owns(index).or(() -> owns(path)).orElse(0);
    }

    private Optional<Integer> owns(String path) {
        try {
            return Optional.of(
                    machine.files().statusAt(FileSystem.AT_FDCWD, path).uid());
        } catch (ErrnoException e) {
            return Optional.empty();
        }
    }
}
