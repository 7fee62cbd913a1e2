package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.AliasTargets;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Follows aliases to their ends. Postfix: local(8), aliases(5).
 *
 * <p>Names that are aliases themselves are followed at once, each name once; so what remains are users and addresses
 * elsewhere, and a loop is seen here. Bounded by {@link #MOST_MEMBERS} and {@link #DEEPEST}.
 */
final class Aliases {
    static final int MOST_MEMBERS = 10_000;
    static final int DEEPEST = 100;

    /** What a local part stands for. */
    sealed interface Expansion {
        /** No alias: the user himself. */
        record None() implements Expansion {}

        /** @param members at least one */
        record Members(List<Member> members) implements Expansion {
            public Members {
                members = List.copyOf(members);
            }
        }

        record Refused(Refusal why) implements Expansion {}
    }

    /**
     * One end of an expansion.
     *
     * @param isAlias an alias that names itself: this user, and his name is not to be looked up again
     * @param isLocal this agent delivers to it
     */
    record Member(Address address, boolean isAlias, boolean isLocal) {}

    private final List<LookupTable> tables;
    private final MailDomain origin;
    private final String delimiters;
    private final String doubleBounce;
    private final Predicate<Address> isLocal;

    /**
     * @param origin for names without a domain
     * @param isLocal whether an address is delivered by this agent
     */
    Aliases(
            List<LookupTable> tables,
            MailDomain origin,
            String delimiters,
            String doubleBounce,
            Predicate<Address> isLocal) {
        this.tables = List.copyOf(tables);
        this.origin = origin;
        this.delimiters = delimiters;
        this.doubleBounce = doubleBounce;
        this.isLocal = isLocal;
    }

    Expansion expand(String localPart) {
        return new Walk().run(localPart);
    }

    /** The first table that knows the key, or that fails. */
    private LookupResult find(String key) {
        for (LookupTable table : tables) {
            switch (table.find(key)) {
                case LookupResult.Found found -> {
                    return found;
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed failed -> {
                    return failed;
                }
            }
        }
        return new LookupResult.NotFound();
    }

    /** One walk through the aliases. */
    private final class Walk {
        private final Map<String, Member> members = new LinkedHashMap<>();
        private final List<String> path = new ArrayList<>();
        private final List<String> seen = new ArrayList<>();
        private Optional<Refusal> refusal = Optional.empty();

        private Expansion run(String localPart) {
            boolean isAlias = visit(localPart, Optional.empty());
            if (refusal.isPresent()) {
                return new Expansion.Refused(refusal.get());
            }
            return isAlias ? new Expansion.Members(List.copyOf(members.values())) : new Expansion.None();
        }

        /**
         * @param written the address that an alias gave; empty at the beginning
         * @return whether the name is an alias
         */
        private boolean visit(String localPart, Optional<Address> written) {
            LocalName name = LocalName.of(localPart, delimiters, doubleBounce);
            // Postfix: local(8): name+extension, then name
            List<String> keys = name.extension().isPresent()
                    ? List.of(LocalName.lowerCase(localPart), name.user())
                    : List.of(name.user());
            for (String key : keys) {
                switch (find(key)) {
                    case LookupResult.NotFound none -> {
                        continue;
                    }
                    case LookupResult.Failed failed ->
                        refuse(new Refusal(
                                EnhancedStatusCode.SYSTEM_TROUBLE,
                                "alias database unavailable",
                                List.of("alias lookup of \"" + key + "\" failed: " + failed.reason())));
                    case LookupResult.Found found -> follow(key, found.value(), written);
                }
                return true;
            }
            written.ifPresent(a -> add(new Member(a, false, true)));
            return false;
        }

        private void follow(String key, String value, Optional<Address> written) {
            if (path.contains(key)) {
                if (path.getLast().equals(key) && written.isPresent()) {
                    // an alias may name itself: then the user is meant
                    add(new Member(written.get(), true, true));
                } else {
                    refuse(new Refusal(
                            EnhancedStatusCode.of(5, 4, 6),
                            "alias database loop for " + path.getLast(),
                            List.of("alias database loop for " + path.getLast())));
                }
                return;
            }
            if (seen.contains(key)) {
                return;
            }
            if (path.size() >= DEEPEST) {
                refuse(Refusal.of(EnhancedStatusCode.of(5, 4, 6), "alias nesting over " + DEEPEST + " for " + key));
                return;
            }
            if (!(find("owner-" + key) instanceof LookupResult.NotFound)) {
                refuse(Refusal.wait("alias " + key + ": an owner-" + key + " alias is not supported yet"));
                return;
            }
            seen.add(key);
            path.add(key);
            List<AliasTargets.Target> targets = targets(key, value);
            for (AliasTargets.Target target : targets) {
                if (refusal.isPresent()) {
                    break;
                }
                switch (target) {
                    case AliasTargets.Target.Mail mail -> mail(key, mail.address());
                    case AliasTargets.Target.Command command ->
                        refuse(Refusal.wait("alias " + key + ": delivery to a command is not supported yet"));
                    case AliasTargets.Target.File file ->
                        refuse(Refusal.wait("alias " + key + ": delivery to a file is not supported yet"));
                    case AliasTargets.Target.Include include ->
                        refuse(Refusal.wait("alias " + key + ": :include: is not supported yet"));
                }
            }
            path.removeLast();
        }

        private List<AliasTargets.Target> targets(String key, String value) {
            try {
                List<AliasTargets.Target> targets = AliasTargets.parse(value);
                if (targets.isEmpty()) {
                    refuse(Refusal.wait("alias " + key + " stands for nothing"));
                }
                return targets;
            } catch (IllegalArgumentException e) {
                refuse(Refusal.wait("alias " + key + " cannot be read: " + e.getMessage()));
                return List.of();
            }
        }

        private void mail(String key, String text) {
            // Postfix: aliases(5): a backslash stops nothing here, an alias may name itself
            String bare = text.startsWith("\\") ? text.substring(1) : text;
            Address address;
            boolean local;
            try {
                int at = bare.lastIndexOf('@');
                address = at < 0 ? new Address(new LocalPart(bare), origin) : Address.of(bare);
                local = at < 0 || isLocal.test(address);
            } catch (IllegalArgumentException e) {
                refuse(Refusal.wait("alias " + key + " names an address that cannot be used: " + e.getMessage()));
                return;
            }
            if (local) {
                visit(address.local().text(), Optional.of(address));
            } else {
                add(new Member(address, false, false));
            }
        }

        private void add(Member member) {
            if (members.size() >= MOST_MEMBERS) {
                refuse(Refusal.wait("alias with more than " + MOST_MEMBERS + " members"));
                return;
            }
            Address address = member.address();
            String name = LocalName.lowerCase(address.local().text());
            // two domains of this machine are one user
            members.putIfAbsent(
                    member.isLocal() ? name : name + "@" + address.domain().key(), member);
        }

        private void refuse(Refusal why) {
            if (refusal.isEmpty()) {
                refusal = Optional.of(why);
            }
        }
    }
}
