package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.recadero.config.RecipientDelimiter;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.os.Identities;
import org.recadero.rewrite.DuplicateFilter;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.AliasTargets;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Follows aliases to their ends. Postfix: local(8), aliases(5).
 *
 * <p>Names that are aliases themselves are followed at once, each name once; so what remains are users, addresses elsewhere,
 * commands and files, and a loop is seen here. Bounded by {@link #MOST_MEMBERS} and {@link #DEEPEST}.
 */
final class Aliases {
    static final int MOST_MEMBERS = 10_000;
    static final int DEEPEST = 100;

    /** What a local part stands for. */
    sealed interface Expansion {
        /** No alias: the user himself. */
        record None() implements Expansion {}

        /**
         * @param members at least one
         * @param owner the alias's {@code owner-}: the sender of what goes out to its members
         */
        record Members(List<Member> members, Optional<Address> owner) implements Expansion {
            public Members {
                members = List.copyOf(members);
                Objects.requireNonNull(owner);
            }
        }

        record Refused(Refusal why) implements Expansion {}
    }

    /** One end of an expansion. */
    sealed interface Member {
        /**
         * @param isAlias an alias that names itself: this user, and his name is not to be looked up again
         * @param isLocal this agent delivers to it, and no alias has its name
         * @param isIncluded a file of addresses names it
         */
        record Mail(Address address, boolean isAlias, boolean isLocal, boolean isIncluded) implements Member {}

        /** A command, a file, or what fails alone. */
        record Other(Ending ending) implements Member {}
    }

    /**
     * What an alias's meaning depends on.
     *
     * @param origin for names without a domain
     * @param duplicateFilterLimit members that are remembered, so that each is there once; 0: all
     * @param isLocal whether an address is delivered by this agent
     */
    record Rules(
            MailDomain origin,
            int duplicateFilterLimit,
            RecipientDelimiter delimiter,
            Predicate<Address> isLocal,
            Permissions permissions) {}

    private final List<LookupTable> tables;
    private final Rules rules;
    private final Rights rights;
    private final Identities identities;

    Aliases(List<LookupTable> tables, Rules rules, Rights rights, Identities identities) {
        this.tables = List.copyOf(tables);
        this.rules = Objects.requireNonNull(rules);
        this.rights = Objects.requireNonNull(rights);
        this.identities = Objects.requireNonNull(identities);
    }

    Expansion expand(String localPart) {
        return new Walk().run(localPart);
    }

    /** What a table said, and which. */
    private record Answer(LookupTable table, LookupResult result) {}

    /** The first table that knows the key, or that fails. */
    private Optional<Answer> find(String key) {
        for (LookupTable table : tables) {
            LookupResult result = table.find(key);
            if (!(result instanceof LookupResult.NotFound)) {
                return Optional.of(new Answer(table, result));
            }
        }
        return Optional.empty();
    }

    /**
     * An alias that is being followed.
     *
     * @param user its name without extension
     * @param unmatched the extension that its key has not
     */
    private record Line(LookupTable table, String key, String user, Optional<String> unmatched) {}

    /** One walk through the aliases. */
    private final class Walk {
        private final List<Member> members = new ArrayList<>();
        private final DuplicateFilter known = new DuplicateFilter(rules.duplicateFilterLimit());
        private final List<String> path = new ArrayList<>();
        private final List<String> seen = new ArrayList<>();
        private Optional<Address> owner = Optional.empty();
        private Optional<Refusal> refusal = Optional.empty();
        private boolean including;

        private Expansion run(String localPart) {
            boolean isAlias = visit(localPart, Optional.empty());
            if (refusal.isPresent()) {
                return new Expansion.Refused(refusal.get());
            }
            return isAlias ? new Expansion.Members(List.copyOf(members), owner) : new Expansion.None();
        }

        /**
         * @param written the address that an alias gave; empty at the beginning
         * @return whether the name is an alias
         */
        private boolean visit(String localPart, Optional<Address> written) {
            LocalName name = LocalName.of(localPart, rules.delimiter());
            // Postfix: local(8): name+extension, then name
            List<String> keys = name.extension().isPresent()
                    ? List.of(LocalName.lowerCase(localPart), name.user())
                    : List.of(name.user());
            for (String key : keys) {
                Optional<Answer> answer = find(key);
                if (answer.isEmpty()) {
                    continue;
                }
                if (answer.get().result() instanceof LookupResult.Found(String value)) {
                    Optional<String> unmatched = key.equals(name.user()) ? name.extension() : Optional.empty();
                    follow(new Line(answer.get().table(), key, name.user(), unmatched), value, written);
                } else {
                    failed(key, answer.get());
                }
                return true;
            }
            written.ifPresent(a -> add(new Member.Mail(a, false, true, including)));
            return false;
        }

        private void failed(String key, Answer answer) {
            String why = answer.result() instanceof LookupResult.Failed(String reason) ? reason : "";
            refuse(new Refusal(
                    EnhancedStatusCode.SYSTEM_TROUBLE,
                    "alias database unavailable",
                    List.of("alias lookup of \"" + key + "\" failed: " + why)));
        }

        private void follow(Line line, String value, Optional<Address> written) {
            String key = line.key();
            if (path.contains(key)) {
                if (path.getLast().equals(key) && written.isPresent()) {
                    // an alias may name itself: then the user is meant
                    add(new Member.Mail(written.get(), true, true, including));
                } else {
                    String text = "alias database loop for " + path.getLast();
                    refuse(new Refusal(EnhancedStatusCode.of(5, 4, 6), text, List.of(text)));
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
            if (!owned(key, written)) {
                return;
            }
            seen.add(key);
            path.add(key);
            targets(line, Permissions.ALIAS, parsed(key, value), c -> with(line, c), 0);
            path.removeLast();
        }

        /**
         * Looks for the alias's owner; false where this alias is not to be followed here. Postfix: postconf(5),
         * owner_request_special.
         */
        private boolean owned(String key, Optional<Address> written) {
            if (!rules.delimiter().ownerRequestSpecial()) {
                return true;
            }
            Optional<Answer> answer = find("owner-" + key);
            if (answer.isEmpty()) {
                return true;
            }
            if (!(answer.get().result() instanceof LookupResult.Found(String value))) {
                failed("owner-" + key, answer.get());
                return false;
            }
            if (written.isPresent()) {
                // an alias within an alias: what goes to it has a sender of its own
                add(new Member.Mail(written.get(), false, false, including));
                return false;
            }
            owner = Optional.of(owner(key, value));
            return true;
        }

        /** Postfix: postconf(5), expand_owner_alias. DIFFERS: an owner that is no single address is not expanded. */
        private Address owner(String key, String value) {
            Address name = new Address(new LocalPart("owner-" + key), rules.origin());
            if (!rules.permissions().expandOwner()) {
                return name;
            }
            try {
                List<AliasTargets.Target> targets = AliasTargets.parse(value);
                return targets.size() == 1 && targets.getFirst() instanceof AliasTargets.Target.Mail(String address)
                        ? address(bare(address))
                        : name;
            } catch (IllegalArgumentException e) {
                return name;
            }
        }

        private List<AliasTargets.Target> parsed(String key, String value) {
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

        /** Gives somebody's rights to an action, or refuses. */
        private interface Lender {
            void lend(Consumer<Runner> action);
        }

        private void with(Line line, Consumer<Runner> action) {
            act(rights.ofAlias(line.table(), line.user()), action);
        }

        private void act(Rights.Answer answer, Consumer<Runner> action) {
            switch (answer) {
                case Rights.Answer.As(Runner runner) -> action.accept(runner);
                case Rights.Answer.Refused(Refusal why) -> refuse(why);
            }
        }

        private void targets(Line line, String where, List<AliasTargets.Target> targets, Lender rightsOf, int depth) {
            Optional<String> extension = rules.permissions().propagates(where) ? line.unmatched() : Optional.empty();
            for (AliasTargets.Target target : targets) {
                if (refusal.isPresent()) {
                    return;
                }
                switch (target) {
                    case AliasTargets.Target.Mail(String address) -> mail(line.key(), address, extension);
                    case AliasTargets.Target.Command(String command) ->
                        rightsOf.lend(r -> add(rules.permissions().command(where, command, r)));
                    case AliasTargets.Target.File(String file) ->
                        rightsOf.lend(r -> add(rules.permissions().file(where, file, r)));
                    case AliasTargets.Target.Include(String file) ->
                        rightsOf.lend(r -> include(line, file, r, depth + 1));
                }
            }
        }

        private void include(Line line, String file, Runner reader, int depth) {
            if (depth > TargetFile.DEEPEST) {
                refuse(Refusal.of(EnhancedStatusCode.of(5, 4, 6), ":include: nesting over " + TargetFile.DEEPEST));
                return;
            }
            switch (TargetFile.include(identities, reader, file)) {
                case TargetFile.Content.Refused(Refusal why) -> refuse(why);
                case TargetFile.Content.Lines(int fileOwner, String text) -> {
                    List<AliasTargets.Target> targets;
                    try {
                        targets = TargetFile.targets(text);
                    } catch (IllegalArgumentException e) {
                        refuse(Refusal.wait(file + " cannot be read: " + e.getMessage()));
                        return;
                    }
                    boolean outer = including;
                    including = true;
                    targets(
                            line,
                            Permissions.INCLUDE,
                            targets,
                            action -> act(rights.ofOwner(fileOwner, line.user()), action),
                            depth);
                    including = outer;
                }
            }
        }

        /** Postfix: aliases(5): a backslash stops nothing here, an alias may name itself. */
        private String bare(String text) {
            return text.startsWith("\\") ? text.substring(1) : text;
        }

        private Address address(String bare) {
            return bare.lastIndexOf('@') < 0 ? new Address(new LocalPart(bare), rules.origin()) : Address.of(bare);
        }

        private void mail(String key, String text, Optional<String> extension) {
            Address address;
            boolean local;
            try {
                Address written = address(bare(text));
                address = extension.map(e -> extended(written, e)).orElse(written);
                local = bare(text).lastIndexOf('@') < 0 || rules.isLocal().test(address);
            } catch (IllegalArgumentException e) {
                refuse(Refusal.wait("alias " + key + " names an address that cannot be used: " + e.getMessage()));
                return;
            }
            if (local) {
                visit(address.local().text(), Optional.of(address));
            } else {
                add(new Member.Mail(address, false, false, including));
            }
        }

        private Address extended(Address address, String extension) {
            String local = address.local().text() + rules.delimiter().first() + extension;
            return new Address(new LocalPart(local), address.domain());
        }

        private void add(Ending ending) {
            add(new Member.Other(ending));
        }

        private void add(Member member) {
            if (members.size() >= MOST_MEMBERS) {
                refuse(Refusal.wait("alias with more than " + MOST_MEMBERS + " members"));
                return;
            }
            if (known.isNew(keyOf(member))) {
                members.add(member);
            }
        }

        private String keyOf(Member member) {
            return switch (member) {
                case Member.Mail(Address address, boolean isAlias, boolean isLocal, boolean _) -> {
                    String name = LocalName.lowerCase(address.local().text());
                    // two domains of this machine are one user
                    yield isLocal ? name : name + "@" + address.domain().key();
                }
                case Member.Other(Ending ending) -> ending.toString();
            };
        }

        private void refuse(Refusal why) {
            if (refusal.isEmpty()) {
                refusal = Optional.of(why);
            }
        }
    }
}
