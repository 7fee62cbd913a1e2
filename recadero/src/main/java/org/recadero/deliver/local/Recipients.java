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
import org.recadero.config.RecipientDelimiter;
import org.recadero.deliver.local.Aliases.Expansion;
import org.recadero.deliver.local.Aliases.Member;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;
import org.recadero.rewrite.DuplicateFilter;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Decides what mail for a local part becomes: aliases, then the user, his command, transport or mailbox and the ids that these
 * are used with. His {@code .forward} is looked at later, with his rights. Postfix: local(8). Immutable.
 */
final class Recipients {
    private static final int OTHERS_WRITE = 0002;
    private static final int GROUP_WRITES = 0020;
    private static final int OWNER_WRITES = 0200;

    private final Configuration configuration;
    private final LocalTables tables;
    private final LocalDelivery.Machine machine;
    private final MailDomain origin;
    private final RecipientDelimiter delimiter;
    private final Aliases.Rules rules;
    private final Rights rights;
    private final Aliases aliases;

    Recipients(
            Configuration configuration,
            LocalTables tables,
            LocalDelivery.Machine machine,
            Predicate<Address> isLocal) {
        this.configuration = configuration;
        this.tables = tables;
        this.machine = machine;
        this.delimiter = RecipientDelimiter.of(configuration);
        this.origin = new MailDomain(configuration.get(Parameters.MYORIGIN));
        this.rules = new Aliases.Rules(
                origin, DuplicateFilter.limit(configuration), delimiter, isLocal, Permissions.of(configuration));
        this.rights = new Rights(machine, configuration.get(Parameters.DEFAULT_PRIVS));
        this.aliases = new Aliases(tables.aliases(), rules, rights, machine.identities());
    }

    Decision decide(String localPart, MailDomain domain) {
        LocalName name = LocalName.of(localPart, delimiter);
        if (name.user().equals(LocalName.lowerCase(delimiter.doubleBounceSender()))) {
            return new Decision.Discarded("undeliverable postmaster notification discarded");
        }
        return switch (aliases.expand(localPart)) {
            case Expansion.None none -> user(name, domain);
            case Expansion.Refused(Refusal why) -> new Decision.Refused(why);
            case Expansion.Members(List<Member> members, Optional<Address> owner) -> members(members, owner, domain);
        };
    }

    // ---- aliases

    private Decision members(List<Member> members, Optional<Address> owner, MailDomain domain) {
        if (members.size() == 1
                && owner.isEmpty()
                && members.getFirst() instanceof Member.Mail mail
                && mail.isLocal()) {
            return onlyMember(mail, domain);
        }
        List<Ending> endings = new ArrayList<>();
        for (Member member : members) {
            switch (member) {
                case Member.Other(Ending ending) -> endings.add(ending);
                case Member.Mail mail
                when !mail.isAlias() -> endings.add(toAddress(mail, owner.isPresent() || mail.isIncluded(), domain));
                case Member.Mail mail -> {
                    switch (user(name(mail), domain)) {
                        case Decision.ToUser(LocalUser user, Optional<Address> _) ->
                            endings.add(new Ending.ToUser(user, false));
                        case Decision.Unknown(String user) -> {
                            return new Decision.Refused(
                                    Refusal.wait("alias " + user + " names itself, but there is no such user"));
                        }
                        case Decision.ToTransport(String transport, String nextHop, Optional<Address> _) ->
                            endings.add(new Ending.ToTransport(transport, nextHop));
                        case Decision.ToEndings more -> endings.addAll(more.endings());
                        case Decision.Refused refused -> {
                            return refused;
                        }
                        case Decision.Discarded discarded -> {
                            return discarded;
                        }
                    }
                }
            }
        }
        // DIFFERS: mail for an empty :include: file is gone from Postfix without a line in the log; here it waits for a
        // member
        return endings.isEmpty()
                ? new Decision.Refused(Refusal.wait("an alias stands for nothing"))
                : new Decision.ToEndings(endings, owner);
    }

    /** One user of this machine gets the mail at once, under the alias's name, as Postfix does. */
    private Decision onlyMember(Member.Mail member, MailDomain domain) {
        return switch (user(name(member), domain)) {
            case Decision.ToUser(LocalUser user, Optional<Address> _) ->
                new Decision.ToUser(user, Optional.of(member.address()));
            case Decision.Unknown unknown ->
                member.isAlias()
                        ? unknown
                        // so that the report names the member
                        : new Decision.ToEndings(
                                List.of(toAddress(member, member.isIncluded(), domain)), Optional.empty());
            case Decision.ToEndings e -> e;
            case Decision.ToTransport(String transport, String nextHop, Optional<Address> _) ->
                new Decision.ToTransport(transport, nextHop, Optional.of(member.address()));
            case Decision.Discarded d -> d;
            case Decision.Refused r -> r;
        };
    }

    /**
     * New mail for a member; who does not exist fails here, so that the sender gets one notice of all members that fail. Postfix:
     * local(8), but not of a list with an owner or of a file.
     */
    private Ending toAddress(Member.Mail member, boolean unseen, MailDomain domain) {
        return !unseen
                        && member.isLocal()
                        && user(name(member), domain) instanceof Decision.Unknown(String user)
                        && !mustExist(user)
                ? new Ending.ToNobody(Refusal.unknown(user), Optional.of(member.address()))
                : new Ending.ToAddress(member.address(), unseen);
    }

    /** Postfix: local(8): names of which a missing alias is the administrator's mistake. */
    static boolean mustExist(String user) {
        return user.equals("postmaster") || user.equals("mailer-daemon");
    }

    private LocalName name(Member.Mail member) {
        return LocalName.of(member.address().local().text(), delimiter);
    }

    // ---- users

    private Decision user(LocalName name, MailDomain domain) {
        // no account has a name with a slash, and none may reach outside the spool
        Optional<User> user = Optional.empty();
        if (name.user().indexOf('/') < 0 && !name.user().startsWith(".")) {
            try {
                user = machine.users().byName(name.user());
            } catch (UserDatabaseException e) {
                return new Decision.Refused(new Refusal(
                        EnhancedStatusCode.SYSTEM_TROUBLE,
                        "user lookup error",
                        List.of("error looking up user \"" + name.user() + "\": " + e.getMessage())));
            }
        }
        return user.isPresent() ? known(name, user.get()) : unknown(name, domain);
    }

    /** Postfix: postconf(5): mailbox_transport also for users that the system does not know, then the fallbacks. */
    private Decision unknown(LocalName name, MailDomain domain) {
        Setting transport = setting(
                name.user(),
                "mailbox_transport_maps",
                tables.mailboxTransports(),
                configuration.get(Parameters.MAILBOX_TRANSPORT));
        if (transport instanceof Setting.None) {
            transport = setting(
                    name.user(),
                    "fallback_transport_maps",
                    tables.fallbackTransports(),
                    configuration.get(Parameters.FALLBACK_TRANSPORT));
        }
        return switch (transport) {
            case Setting.Value(String value) -> transport(value);
            case Setting.Failed(Refusal why) -> new Decision.Refused(why);
            case Setting.None none -> luser(name, domain);
        };
    }

    private static Decision.ToTransport transport(String value) {
        int colon = value.indexOf(':');
        return colon < 0
                ? new Decision.ToTransport(value.strip(), "", Optional.empty())
                : new Decision.ToTransport(
                        value.substring(0, colon).strip(),
                        value.substring(colon + 1).strip(),
                        Optional.empty());
    }

    /** Postfix: postconf(5), luser_relay. */
    private Decision luser(LocalName name, MailDomain domain) {
        String relay = configuration.get(Parameters.LUSER_RELAY);
        if (relay.isBlank()) {
            return new Decision.Unknown(name.user());
        }
        String local =
                name.user() + name.extension().map(e -> delimiter.first() + e).orElse("");
        Map<String, String> names = new HashMap<>();
        names.put("user", name.user());
        names.put("local", local);
        names.put("domain", domain.name());
        names.put("recipient", local + "@" + domain.name());
        names.put("extension", name.extension().orElse(""));
        names.put("recipient_delimiter", delimiter.first());
        String text = ForwardPath.expand(relay, names);
        try {
            Address address =
                    text.indexOf('@') < 0 ? new Address(new LocalPart(text), origin) : Address.of(text.strip());
            // one address: a list or a command is none
            if (text.strip().chars().anyMatch(c -> c == ',' || c == ' ' || c == '|')) {
                return new Decision.Refused(
                        Refusal.of(EnhancedStatusCode.of(5, 1, 3), "bad recipient address syntax: " + text));
            }
            return new Decision.ToEndings(List.of(new Ending.ToAddress(address)), Optional.empty());
        } catch (IllegalArgumentException e) {
            return new Decision.Refused(
                    Refusal.of(EnhancedStatusCode.of(5, 1, 3), "bad recipient address syntax: " + text));
        }
    }

    /** What a parameter or its table says about a user. */
    private sealed interface Setting {
        record None() implements Setting {}

        record Value(String value) implements Setting {}

        record Failed(Refusal why) implements Setting {}
    }

    private static Setting setting(String user, String parameter, List<LookupTable> maps, String value) {
        for (LookupTable table : maps) {
            switch (table.find(user)) {
                case LookupResult.Found found -> {
                    return new Setting.Value(found.value());
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed failed -> {
                    return new Setting.Failed(new Refusal(
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            "table lookup failure",
                            List.of(parameter + ": " + failed.reason())));
                }
            }
        }
        return value.isBlank() ? new Setting.None() : new Setting.Value(value);
    }

    /** A user of this machine and what happens to his mail. */
    private Decision known(LocalName name, User user) {
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
        Runner runner;
        if (own.uid() == 0) {
            // CONTRACTS: commands for root run as default_privs
            switch (rights.ofNobody(name.user(), Optional.of(user))) {
                case Rights.Answer.As(Runner nobody) -> runner = nobody;
                case Rights.Answer.Refused(Refusal why) -> {
                    return new Decision.Refused(why);
                }
            }
        } else {
            runner = new Runner(own, name.user(), Optional.of(user));
        }
        HomeFiles files = new HomeFiles(
                configuration.get(Parameters.REQUIRE_HOME_DIRECTORY) ? Optional.of(user.home()) : Optional.empty(),
                ForwardPath.expand(configuration.get(Parameters.FORWARD_PATH), names(name, user)));
        return new Decision.ToUser(
                new LocalUser(name, user, own, files, runner, way(name, user, own, files)), Optional.empty());
    }

    private LocalUser.Way way(LocalName name, User user, Identity own, HomeFiles files) {
        Setting transport = setting(
                name.user(),
                "mailbox_transport_maps",
                tables.mailboxTransports(),
                configuration.get(Parameters.MAILBOX_TRANSPORT));
        switch (transport) {
            case Setting.Value(String value) -> {
                Decision.ToTransport to = transport(value);
                return new LocalUser.Way.ByTransport(to.transport(), to.nextHop());
            }
            case Setting.Failed(Refusal why) -> {
                return new LocalUser.Way.None(why);
            }
            case Setting.None none -> {}
        }
        Setting command = setting(
                name.user(),
                "mailbox_command_maps",
                tables.mailboxCommands(),
                configuration.get(Parameters.MAILBOX_COMMAND));
        return switch (command) {
            case Setting.Value(String value) -> new LocalUser.Way.ByCommand(value);
            case Setting.Failed(Refusal why) -> new LocalUser.Way.None(why);
            case Setting.None none -> mailbox(name, user, own, files);
        };
    }

    /** What a {@code .forward} stands for. */
    List<Ending> forward(LocalUser user, ForwardFile.Found.Text file) {
        return new ForwardTargets(rules, user, machine.identities()).endings(file);
    }

    // ---- the mailbox

    private LocalUser.Way mailbox(LocalName name, User user, Identity own, HomeFiles files) {
        String home = configuration.get(Parameters.HOME_MAILBOX);
        return home.isBlank() ? inSpool(name, user, own, files) : inHome(name, user, own, home, files);
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

    /** For {@code forward_path}. */
    private Map<String, String> names(LocalName name, User user) {
        Map<String, String> names = new HashMap<>();
        names.put("home", user.home());
        names.put("user", name.user());
        names.put(
                "local",
                name.user() + name.extension().map(e -> delimiter.first() + e).orElse(""));
        names.put("shell", user.shell());
        names.put("extension", name.extension().orElse(""));
        names.put("recipient_delimiter", delimiter.first());
        // Postfix: postconf(5), forward_expansion_filter
        String allowed = configuration.get(Parameters.FORWARD_EXPANSION_FILTER);
        names.replaceAll((key, value) -> CommandEnvironment.filtered(value, allowed));
        return names;
    }

    private LocalUser.Way inHome(LocalName name, User user, Identity own, String home, HomeFiles files) {
        // Postfix: local(8), home_mailbox: relative to the home; a / at the end makes it a Maildir
        boolean maildir = home.endsWith("/");
        String path = user.home() + "/" + (maildir ? home.replaceAll("/+$", "") : home);
        int slash = path.lastIndexOf('/');
        String folder = slash == 0 ? "/" : path.substring(0, slash);
        String last = path.substring(slash + 1);
        if (!path.startsWith("/") || last.isEmpty() || last.equals(".") || last.equals("..")) {
            return new LocalUser.Way.None(Refusal.wait("home_mailbox names no mailbox for " + name.user()));
        }
        return new LocalUser.Way.Box(new Mailbox(
                name.user(),
                own,
                user.uid(),
                folder,
                last,
                maildir ? Mailbox.Kind.MAILDIR : Mailbox.Kind.MBOX,
                false,
                files));
    }

    private LocalUser.Way inSpool(LocalName name, User user, Identity own, HomeFiles files) {
        String spool = configuration.get(Parameters.MAIL_SPOOL_DIRECTORY);
        if (spool.endsWith("/") && spool.length() > 1) {
            String folder = spool.replaceAll("/+$", "");
            return new LocalUser.Way.Box(
                    new Mailbox(name.user(), own, user.uid(), folder, name.user(), Mailbox.Kind.MAILDIR, true, files));
        }
        FileStatus folder;
        try {
            folder = look(spool);
        } catch (ErrnoException e) {
            // DIFFERS: Postfix returns mail where the spool is not there; that is the machine's fault, so mail waits
            return new LocalUser.Way.None(
                    Refusal.wait("cannot access mail spool " + spool + ": " + SystemErrors.text(e)));
        }
        Optional<Identity> writer = writer(user, own, folder);
        if (writer.isEmpty()) {
            return new LocalUser.Way.None(Refusal.of(Refusal.MAILBOX_BUSY, "spool not writable by group: " + spool));
        }
        return new LocalUser.Way.Box(
                new Mailbox(name.user(), writer.get(), user.uid(), spool, name.user(), Mailbox.Kind.MBOX, true, files));
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
