package org.recadero.deliver.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Verification;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Follows aliases and {@code .forward} files as a delivery does, and says where they end instead of delivering. Postfix: local(8)
 * with sendmail's {@code -bv}. Immutable.
 */
final class LocalVerifier {
    /** Bound for what one recipient may stand for. */
    static final int MOST_FOUND = 1_000;

    /** Bound for aliases of aliases. */
    static final int MOST_DEPTH = 100;

    private final Recipients recipients;
    private final MailDomain origin;
    private final Predicate<Address> isLocal;
    private final UnaryOperator<List<Ending>> follow;

    /**
     * @param origin the domain under which a {@code .forward} names its own user
     * @param follow replaces users by what their {@code .forward} says
     */
    LocalVerifier(
            Recipients recipients, MailDomain origin, Predicate<Address> isLocal, UnaryOperator<List<Ending>> follow) {
        this.origin = Objects.requireNonNull(origin);
        this.recipients = Objects.requireNonNull(recipients);
        this.isLocal = Objects.requireNonNull(isLocal);
        this.follow = Objects.requireNonNull(follow);
    }

    Verification verify(Delivery delivery) {
        Walk walk = new Walk(delivery);
        walk.address(delivery.recipient().recipient().address(), 0);
        return walk.found.isEmpty() && walk.then.isEmpty()
                ? Verification.of(status(Refusal.wait("this recipient stands for nobody")))
                : new Verification(walk.found, walk.then);
    }

    private static DeliveryStatus status(Refusal why) {
        return DeliveryStatus.of(Refusal.RELAY, why.code(), why.text(), Duration.ZERO);
    }

    /** One recipient and all that he stands for. */
    private final class Walk {
        private final Delivery delivery;
        private final List<DeliveryStatus> found = new ArrayList<>();
        private Optional<Outcome.HandedTo> then = Optional.empty();
        /** Whose list is being followed. */
        private Optional<Address> owner = Optional.empty();

        private final Set<String> seen = new HashSet<>();

        private Walk(Delivery delivery) {
            this.delivery = delivery;
        }

        private void address(Address address, int depth) {
            if (!seen.add(address.internal().toLowerCase(Locale.ROOT))) {
                return;
            }
            if (depth > MOST_DEPTH) {
                add(address, Refusal.of(EnhancedStatusCode.of(5, 4, 6), "possible alias loop"));
                return;
            }
            switch (recipients.decide(address.local().text(), address.domain())) {
                case Decision.ToUser(LocalUser user, Optional<Address> member) ->
                    endings(member.orElse(address), List.of(new Ending.ToUser(user, false)), depth);
                case Decision.ToEndings(List<Ending> endings, Optional<Address> sender) -> {
                    Optional<Address> outer = owner;
                    owner = sender.or(() -> outer);
                    endings(address, endings, depth);
                    owner = outer;
                }
                case Decision.ToTransport(String transport, String nextHop, Optional<Address> member) ->
                    to(member.orElse(address), transport, nextHop);
                case Decision.Refused(Refusal why) -> add(address, why);
                case Decision.Discarded(String text) -> add(address, text);
                case Decision.Unknown(String user) -> add(address, Refusal.unknown(user));
            }
        }

        private void endings(Address of, List<Ending> endings, int depth) {
            for (Ending ending : endings) {
                if (ending instanceof Ending.ToAddress(Address address, boolean unseen)
                        && !unseen
                        && isLocal.test(address)) {
                    address(address, depth + 1);
                } else if (ending instanceof Ending.ToUser(LocalUser user, boolean forwarded)) {
                    user(of, user);
                } else {
                    end(of, ending);
                }
            }
        }

        /** What his {@code .forward} names is new mail, whose ways are its own. */
        private void user(Address of, LocalUser user) {
            List<Ending> own = List.of(new Ending.ToUser(user, true));
            List<Ending> endings = follow.apply(List.of(new Ending.ToUser(user, false)));
            for (Ending ending : endings) {
                boolean himself = ending instanceof Ending.ToUser && !endings.equals(own);
                end(himself ? new Address(new LocalPart(user.name().user()), origin) : of, ending);
            }
        }

        private void end(Address of, Ending ending) {
            switch (ending) {
                case Ending.ToAddress(Address address, boolean _) -> add(address, "forwards to " + address.external());
                case Ending.ToUser(LocalUser user, boolean forwarded) -> box(of, user);
                case Ending.ToTransport(String transport, String nextHop) -> to(of, transport, nextHop);
                case Ending.ToCommand(String command, Runner runner) -> add(of, "delivers to command: " + command);
                case Ending.ToFile(String path, Runner runner) -> add(of, "delivers to file: " + path);
                case Ending.ToNobody(Refusal why, Optional<Address> member) -> add(member.orElse(of), why);
            }
        }

        private void box(Address of, LocalUser user) {
            switch (user.way()) {
                case LocalUser.Way.Box(Mailbox mailbox) ->
                    add(
                            of,
                            switch (mailbox.kind()) {
                                case MBOX -> "delivers to mailbox";
                                case MAILDIR -> "delivers to maildir";
                            });
                case LocalUser.Way.ByCommand(String command) -> add(of, "delivers to command: " + command);
                case LocalUser.Way.ByTransport(String transport, String nextHop) -> to(of, transport, nextHop);
                case LocalUser.Way.None(Refusal why) -> add(of, why);
            }
        }

        private void to(Address of, String transport, String nextHop) {
            then = then.or(() -> Optional.of(
                    new Outcome.HandedTo(transport, LocalDelivery.nextHop(delivery, nextHop), Optional.of(of))));
        }

        private void add(Address of, String text) {
            add(of, DeliveryStatus.of(Refusal.RELAY, EnhancedStatusCode.OK, text, Duration.ZERO));
        }

        private void add(Address of, Refusal why) {
            add(of, status(why));
        }

        private void add(Address of, DeliveryStatus status) {
            if (found.size() < MOST_FOUND) {
                Address own = delivery.recipient().recipient().address();
                DeliveryStatus owned = owner.map(status::ownedBy).orElse(status);
                found.add(of.equals(own) ? owned : owned.on(of));
            } else if (found.size() == MOST_FOUND) {
                found.add(status(Refusal.wait("this recipient stands for more than " + MOST_FOUND + " others")));
            }
        }
    }
}
