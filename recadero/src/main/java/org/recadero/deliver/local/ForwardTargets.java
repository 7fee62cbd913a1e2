package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.os.Identities;
import org.recadero.rewrite.DuplicateFilter;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.AliasTargets;

/**
 * What a user's {@code .forward} stands for; commands and files with his rights. His own name, with a backslash or without, is
 * his mailbox. Postfix: local(8), dotforward(3).
 */
final class ForwardTargets {
    private final Aliases.Rules rules;
    private final LocalUser user;
    private final Identities identities;
    private final List<Ending> endings = new ArrayList<>();
    private final DuplicateFilter known;
    private Optional<Refusal> refusal = Optional.empty();

    ForwardTargets(Aliases.Rules rules, LocalUser user, Identities identities) {
        this.rules = Objects.requireNonNull(rules);
        this.known = new DuplicateFilter(rules.duplicateFilterLimit());
        this.user = Objects.requireNonNull(user);
        this.identities = Objects.requireNonNull(identities);
    }

    /** At least one. Something in it that cannot be used makes the mail wait as a whole. */
    List<Ending> endings(ForwardFile.Found.Text file) {
        // Postfix: a .forward+ext that has the extension in its name has used it up
        boolean matched = user.name()
                .extension()
                .map(e -> file.path().endsWith(rules.delimiter().first() + e))
                .orElse(true);
        add(file.path(), file.text(), Permissions.FORWARD, matched, 0);
        if (refusal.isPresent()) {
            return List.of(new Ending.ToNobody(refusal.get()));
        }
        if (endings.isEmpty()) {
            // it names nobody: as if it were not there
            return List.of(new Ending.ToUser(user, true));
        }
        return List.copyOf(endings);
    }

    private void add(String path, String text, String where, boolean matched, int depth) {
        List<AliasTargets.Target> targets;
        try {
            targets = TargetFile.targets(text);
        } catch (IllegalArgumentException e) {
            refuse(Refusal.wait(path + " cannot be read: " + e.getMessage()));
            return;
        }
        for (AliasTargets.Target target : targets) {
            if (refusal.isPresent()) {
                return;
            }
            switch (target) {
                case AliasTargets.Target.Mail(String address) -> mail(path, address, where, matched);
                case AliasTargets.Target.Command(String command) ->
                    add(rules.permissions().command(where, command, user.runner()));
                case AliasTargets.Target.File(String file) ->
                    add(rules.permissions().file(where, file, user.runner()));
                case AliasTargets.Target.Include(String file) -> include(file, matched, depth + 1);
            }
        }
    }

    private void include(String file, boolean matched, int depth) {
        if (depth > TargetFile.DEEPEST) {
            refuse(Refusal.of(EnhancedStatusCode.of(5, 4, 6), ":include: nesting over " + TargetFile.DEEPEST));
            return;
        }
        switch (TargetFile.include(identities, user.runner(), home(file))) {
            case TargetFile.Content.Refused(Refusal why) -> refuse(why);
            case TargetFile.Content.Lines(int owner, String text) ->
                add(file, text, Permissions.INCLUDE, matched, depth);
        }
    }

    /** Postfix: local(8): {@code ~/x} is in the user's home. */
    private String home(String path) {
        return path.startsWith("~/") ? user.account().home() + path.substring(1) : path;
    }

    private void mail(String path, String text, String where, boolean matched) {
        if (text.startsWith("~/")) {
            add(rules.permissions().file(where, home(text), user.runner()));
            return;
        }
        boolean quoted = text.startsWith("\\");
        String bare = quoted ? text.substring(1) : text;
        try {
            Address written =
                    bare.indexOf('@') < 0 ? new Address(new LocalPart(bare), rules.origin()) : Address.of(bare);
            boolean local = bare.indexOf('@') < 0 || rules.isLocal().test(written);
            String name =
                    LocalName.of(written.local().text(), rules.delimiter()).user();
            if (local && name.equals(user.name().user())) {
                add(new Ending.ToUser(user, true));
                return;
            }
            Address address = !matched && rules.permissions().propagates(where)
                    ? new Address(
                            new LocalPart(written.local().text()
                                    + rules.delimiter().first()
                                    + user.name().extension().orElse("")),
                            written.domain())
                    : written;
            add(new Ending.ToAddress(address));
        } catch (IllegalArgumentException e) {
            refuse(Refusal.wait(path + " names an address that cannot be used: " + e.getMessage()));
        }
    }

    private void add(Ending ending) {
        if (endings.size() >= Aliases.MOST_MEMBERS) {
            refuse(Refusal.wait("a .forward with more than " + Aliases.MOST_MEMBERS + " members"));
            return;
        }
        String key = switch (ending) {
            case Ending.ToAddress(Address address, boolean _) ->
                LocalName.lowerCase(address.local().text()) + "@"
                        + address.domain().key();
            case Ending.ToUser self -> "";
            case Ending.ToCommand c -> c.toString();
            case Ending.ToFile f -> f.toString();
            case Ending.ToTransport t -> t.toString();
            case Ending.ToNobody n -> n.toString();
        };
        if (known.isNew(key)) {
            endings.add(ending);
        }
    }

    private void refuse(Refusal why) {
        if (refusal.isEmpty()) {
            refusal = Optional.of(why);
        }
    }
}
