package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.deliver.local.Aliases.Expansion;
import org.recadero.deliver.local.Aliases.Member;
import org.recadero.envelope.Address;
import org.recadero.envelope.MailDomain;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Decides what mail for a local part becomes: aliases, then what a later version will honour (and makes mail wait until then),
 * then the user's mailbox and the ids it is written with. Postfix: local(8). Immutable.
 */
final class Recipients {
    private static final int OTHERS_WRITE = 0002;
    private static final int GROUP_WRITES = 0020;
    private static final int OWNER_WRITES = 0200;

    private final Configuration configuration;
    private final LocalTables tables;
    private final LocalDelivery.Machine machine;
    private final Aliases aliases;
    private final String delimiters;
    private final String doubleBounce;

    Recipients(
            Configuration configuration,
            LocalTables tables,
            LocalDelivery.Machine machine,
            Predicate<Address> isLocal) {
        this.configuration = configuration;
        this.tables = tables;
        this.machine = machine;
        this.delimiters = configuration.get(Parameters.RECIPIENT_DELIMITER);
        this.doubleBounce = configuration.get(Parameters.DOUBLE_BOUNCE_SENDER);
        MailDomain origin = new MailDomain(configuration.get(Parameters.MYORIGIN));
        this.aliases = new Aliases(tables.aliases(), origin, delimiters, doubleBounce, isLocal);
    }

    Decision decide(String localPart) {
        LocalName name = LocalName.of(localPart, delimiters, doubleBounce);
        if (name.user().equals(LocalName.lowerCase(doubleBounce))) {
            return new Decision.Discarded("undeliverable postmaster notification discarded");
        }
        return switch (aliases.expand(localPart)) {
            case Expansion.None none -> user(name);
            case Expansion.Refused(Refusal why) -> new Decision.Refused(why);
            case Expansion.Members(List<Member> members) -> members(members);
        };
    }

    // ---- aliases

    private Decision members(List<Member> members) {
        if (members.size() == 1) {
            return onlyMember(members.getFirst());
        }
        List<Mailbox> here = new ArrayList<>();
        List<Address> others = new ArrayList<>();
        for (Member member : members) {
            if (!member.isAlias()) {
                others.add(member.address());
                continue;
            }
            switch (user(name(member))) {
                case Decision.ToMailbox(Mailbox mailbox, Optional<Address> _) -> here.add(mailbox);
                case Decision.Refused refused -> {
                    return refused;
                }
                case Decision.Unknown(String user) -> {
                    return new Decision.Refused(
                            Refusal.wait("alias " + user + " names itself, but there is no such user"));
                }
                case Decision.Discarded d -> {
                    return d;
                }
                case Decision.ToMembers m -> {
                    return m;
                }
            }
        }
        return here.isEmpty() && others.isEmpty()
                ? new Decision.Refused(Refusal.wait("an alias stands for nothing"))
                : new Decision.ToMembers(here, others);
    }

    /** One user of this machine gets the mail at once, under the alias's name, as Postfix does. */
    private Decision onlyMember(Member member) {
        if (!member.isLocal()) {
            return new Decision.ToMembers(List.of(), List.of(member.address()));
        }
        return switch (user(name(member))) {
            case Decision.ToMailbox(Mailbox mailbox, Optional<Address> _) ->
                new Decision.ToMailbox(mailbox, Optional.of(member.address()));
            case Decision.Unknown unknown ->
                member.isAlias()
                        ? unknown
                        // so that the report names the member
                        : new Decision.ToMembers(List.of(), List.of(member.address()));
            case Decision.ToMembers m -> m;
            case Decision.Discarded d -> d;
            case Decision.Refused r -> r;
        };
    }

    private LocalName name(Member member) {
        return LocalName.of(member.address().local().text(), delimiters, doubleBounce);
    }

    // ---- users

    private Decision user(LocalName name) {
        Optional<Refusal> transport = otherTransport(name.user());
        if (transport.isPresent()) {
            return new Decision.Refused(transport.get());
        }
        if (name.user().indexOf('/') >= 0 || name.user().startsWith(".")) {
            // no account has such a name, and none may reach outside the spool
            return unknown(name);
        }
        Optional<User> user;
        try {
            user = machine.users().byName(name.user());
        } catch (UserDatabaseException e) {
            return new Decision.Refused(new Refusal(
                    EnhancedStatusCode.SYSTEM_TROUBLE,
                    "user lookup error",
                    List.of("error looking up user \"" + name.user() + "\": " + e.getMessage())));
        }
        if (user.isEmpty()) {
            return unknown(name);
        }
        Optional<Refusal> command = command(name.user());
        return command.isPresent() ? new Decision.Refused(command.get()) : mailbox(name, user.get());
    }

    private Decision unknown(LocalName name) {
        return configured("fallback_transport", configuration.get(Parameters.FALLBACK_TRANSPORT))
                .or(() -> configured("luser_relay", configuration.get(Parameters.LUSER_RELAY)))
                .<Decision>map(Decision.Refused::new)
                .orElseGet(() -> new Decision.Unknown(name.user()));
    }

    private Optional<Refusal> otherTransport(String user) {
        return mapped("mailbox_transport_maps", tables.mailboxTransports(), user)
                .or(() -> configured("mailbox_transport", configuration.get(Parameters.MAILBOX_TRANSPORT)));
    }

    private Optional<Refusal> command(String user) {
        return mapped("mailbox_command_maps", tables.mailboxCommands(), user)
                .or(() -> configured("mailbox_command", configuration.get(Parameters.MAILBOX_COMMAND)));
    }

    /** What cannot be honoured yet makes mail wait (CONTRACTS). */
    private static Optional<Refusal> configured(String parameter, String value) {
        return value.isBlank() ? Optional.empty() : Optional.of(notYet(parameter));
    }

    private static Refusal notYet(String parameter) {
        return Refusal.wait(parameter + " is not supported yet");
    }

    private static Optional<Refusal> mapped(String parameter, List<LookupTable> maps, String user) {
        for (LookupTable table : maps) {
            switch (table.find(user)) {
                case LookupResult.Found found -> {
                    return Optional.of(notYet(parameter));
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed failed -> {
                    return Optional.of(new Refusal(
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            parameter + " lookup error",
                            List.of(parameter + ": " + failed.reason())));
                }
            }
        }
        return Optional.empty();
    }

    // ---- the mailbox

    private Decision mailbox(LocalName name, User user) {
        Identity own;
        Identity self = machine.identities().self();
        if (!machine.identities().canSwitch()) {
            if (user.uid() != self.uid()) {
                return new Decision.Refused(Refusal.wait("this instance may only deliver to " + nameOf(self)));
            }
            own = self;
        } else if (user.uid() != 0 && (user.uid() == self.uid() || user.gid() == self.gid())) {
            // SAFETY 5: the daemon's own ids are never taken for a user's
            return new Decision.Refused(Refusal.wait(
                    name.user() + " is the mail system's own account; give its mail to a person by an alias"));
        } else {
            try {
                own = machine.users().identity(user);
            } catch (UserDatabaseException e) {
                return new Decision.Refused(Refusal.wait("user lookup error"));
            }
        }
        List<String> forward = ForwardPath.expand(configuration.get(Parameters.FORWARD_PATH), names(name, user));
        String home = configuration.get(Parameters.HOME_MAILBOX);
        return home.isBlank() ? inSpool(name, user, own, forward) : inHome(name, user, own, home, forward);
    }

    private String nameOf(Identity self) {
        try {
            return machine.users()
                    .byUid(self.uid())
                    .map(User::name)
                    .orElseGet(() -> "uid " + Integer.toUnsignedString(self.uid()));
        } catch (UserDatabaseException e) {
            return "uid " + Integer.toUnsignedString(self.uid());
        }
    }

    private Map<String, String> names(LocalName name, User user) {
        Map<String, String> names = new HashMap<>();
        names.put("home", user.home());
        names.put("user", name.user());
        names.put(
                "local",
                name.user()
                        + name.extension()
                                .map(e -> delimiters.substring(0, 1) + e)
                                .orElse(""));
        names.put("shell", user.shell());
        names.put("extension", name.extension().orElse(""));
        names.put("recipient_delimiter", delimiters.isEmpty() ? "" : delimiters.substring(0, 1));
        return names;
    }

    private Decision inHome(LocalName name, User user, Identity own, String home, List<String> forward) {
        // Postfix: local(8), home_mailbox: relative to the home; a / at the end makes it a Maildir
        boolean maildir = home.endsWith("/");
        String path = user.home() + "/" + (maildir ? home.replaceAll("/+$", "") : home);
        int slash = path.lastIndexOf('/');
        String folder = slash == 0 ? "/" : path.substring(0, slash);
        String last = path.substring(slash + 1);
        if (!path.startsWith("/") || last.isEmpty() || last.equals(".") || last.equals("..")) {
            return new Decision.Refused(Refusal.wait("home_mailbox names no mailbox for " + name.user()));
        }
        return Decision.ToMailbox.of(new Mailbox(
                name.user(),
                own,
                user.uid(),
                folder,
                last,
                maildir ? Mailbox.Kind.MAILDIR : Mailbox.Kind.MBOX,
                false,
                forward));
    }

    private Decision inSpool(LocalName name, User user, Identity own, List<String> forward) {
        String spool = configuration.get(Parameters.MAIL_SPOOL_DIRECTORY);
        if (spool.endsWith("/") && spool.length() > 1) {
            String folder = spool.replaceAll("/+$", "");
            return Decision.ToMailbox.of(new Mailbox(
                    name.user(), own, user.uid(), folder, name.user(), Mailbox.Kind.MAILDIR, true, forward));
        }
        FileStatus folder;
        try {
            folder = look(spool);
        } catch (ErrnoException e) {
            // DIFFERS: Postfix returns mail where the spool is not there; that is the machine's fault, so mail waits
            return new Decision.Refused(
                    Refusal.wait("cannot access mail spool " + spool + ": " + SystemErrors.text(e)));
        }
        Optional<Identity> writer = writer(user, own, folder);
        if (writer.isEmpty()) {
            return new Decision.Refused(Refusal.of(Refusal.MAILBOX_BUSY, "spool not writable by group: " + spool));
        }
        return Decision.ToMailbox.of(new Mailbox(
                name.user(), writer.get(), user.uid(), spool, name.user(), Mailbox.Kind.MBOX, true, forward));
    }

    private FileStatus look(String spool) throws ErrnoException {
        int descriptor = machine.files().openFolder(spool);
        try {
            return machine.files().status(descriptor);
        } finally {
            machine.files().close(descriptor);
        }
    }

    /** CONTRACTS: world-writable: the user's ids; group-writable: the user's uid and the folder's gid; else nobody's. */
    private Optional<Identity> writer(User user, Identity own, FileStatus folder) {
        int mode = folder.permissions();
        boolean ownFolder = folder.uid() == user.uid() && (mode & OWNER_WRITES) != 0;
        if (!machine.identities().canSwitch()) {
            boolean inGroup = folder.gid() == own.gid() || own.groups().contains(folder.gid());
            boolean writable = (mode & OTHERS_WRITE) != 0 || ((mode & GROUP_WRITES) != 0 && inGroup) || ownFolder;
            return writable ? Optional.of(own) : Optional.empty();
        }
        if ((mode & OTHERS_WRITE) != 0 && user.uid() != 0) {
            return Optional.of(own);
        }
        if ((mode & GROUP_WRITES) != 0 || ownFolder) {
            // the user's own group beside the spool's: his home is searched for a .forward with the same ids
            Set<Integer> groups = new LinkedHashSet<>(own.groups());
            groups.add(own.gid());
            groups.remove(folder.gid());
            return Optional.of(new Identity(own.uid(), folder.gid(), List.copyOf(groups)));
        }
        return user.uid() == 0 && (mode & OTHERS_WRITE) != 0 ? Optional.of(own) : Optional.empty();
    }
}
