package org.recadero.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.route.Resolution;

/**
 * Where somebody of this machine reads his mail on this machine: notices about mail that waits must not wait with it (SAFETY 30). Safe for
 * all threads.
 */
final class LocalMailboxes implements WaitNotices.Mailboxes {
    private static final String LOCAL = "local";
    /** Domains that are tried. */
    private static final int MOST_DOMAINS = 10;

    private final Supplier<Running> running;
    private final UserDatabase users;
    private final IntPredicate hasMail;

    /** @param hasMail whether mail of this uid is in the queue */
    LocalMailboxes(Supplier<Running> running, UserDatabase users, IntPredicate hasMail) {
        this.running = Objects.requireNonNull(running);
        this.users = Objects.requireNonNull(users);
        this.hasMail = Objects.requireNonNull(hasMail);
    }

    @Override
    public boolean hasMail(int uid) {
        return hasMail.test(uid);
    }

    @Override
    public Optional<String> of(int uid) {
        try {
            return users.byUid(uid).flatMap(user -> here(user.name()));
        } catch (UserDatabaseException e) {
            // the postmaster hears of it then
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> postmaster() {
        Snapshot configuration = running.get().configuration();
        if (!configuration.get(Parameters.NOTIFY_CLASSES).contains("resource")) {
            return Optional.empty();
        }
        String named = configuration.get(Parameters.ERROR_NOTICE_RECIPIENT);
        return named.contains("@") ? Optional.of(named).filter(this::isHere).or(() -> here("postmaster")) : here(named);
    }

    private Optional<String> here(String localPart) {
        Snapshot configuration = running.get().configuration();
        List<String> domains = new ArrayList<>();
        domains.add(configuration.get(Parameters.MYORIGIN));
        domains.add(configuration.get(Parameters.MYHOSTNAME));
        domains.addAll(configuration.get(Parameters.MYDESTINATION));
        return domains.stream()
                .limit(MOST_DOMAINS)
                .map(domain -> localPart + "@" + domain)
                .filter(this::isHere)
                .findFirst();
    }

    private boolean isHere(String address) {
        try {
            return running.get().plan().router().resolve(Address.of(address))
                            instanceof Resolution.Routed(String transport, String nextHop, var reasons)
                    && transport.equals(LOCAL);
        } catch (IllegalArgumentException e) {
            // a table of mydestination, no domain
            return false;
        }
    }
}
