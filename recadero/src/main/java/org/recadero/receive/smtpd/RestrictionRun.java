package org.recadero.receive.smtpd;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;
import org.recadero.route.Router;
import org.recadero.smtp.Reply;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.LookupResult;

/**
 * The restrictions for one command, one list after the other: the first refusal counts, a permission ends its own list only.
 * Used by one thread, once.
 *
 * <p>A trusted retriever: to a client of {@code mynetworks} nothing is refused because of its name, its HELO, its sender's domain
 * or the DNS. {@code DIFFERS}: Postfix does refuse, where such a restriction stands before permit_mynetworks, and fetchmail
 * deletes the mail. Postfix: smtpd_check(3).
 */
final class RestrictionRun {
    private static final String UNKNOWN = Peer.UNKNOWN;

    /** What one restriction says. */
    private enum Outcome {
        NOTHING,
        PERMIT,
        REFUSE
    }

    private final ServiceSettings settings;
    private final Resolver names;
    private final Directory directory;
    private final NetworkList.Match own;
    private final SessionState state;
    private final String command;
    private final Optional<String> recipient;
    private final List<Note> notes = new ArrayList<>();
    private final AccessActions actions;
    private Transaction.Disposal disposal = Transaction.Disposal.QUEUE;
    private Optional<Reply> refusal = Optional.empty();
    private Optional<Reply> deferIfPermit = Optional.empty();
    private Optional<Reply> deferIfReject = Optional.empty();
    private boolean warnOnly;
    private boolean unlistedAsked;
    private boolean unlistedSenderAsked;

    /** Whose list it is: what stands in front of {@code rejected}. */
    record Subject(String name, String what) {
        Subject {
            Objects.requireNonNull(name);
            Objects.requireNonNull(what);
        }

        String text(String reason) {
            return (name.isEmpty() ? "" : "<" + name + ">: ") + what + " rejected: " + reason;
        }
    }

    RestrictionRun(
            ServiceSettings settings,
            Resolver names,
            Directory directory,
            NetworkList.Match own,
            SessionState state,
            String command,
            Optional<String> recipient) {
        this.settings = settings;
        this.names = names;
        this.directory = directory;
        this.own = own;
        this.state = state;
        this.command = command;
        this.recipient = recipient;
        this.actions = new AccessActions(settings, directory);
    }

    /** What all lists together say. */
    Verdict verdict() {
        deferWherePermitted();
        return refusal.isPresent() ? new Verdict.Refused(refusal.get(), notes) : new Verdict.Accepted(disposal, notes);
    }

    /** Postfix: a temporary trouble that may have hidden a refusal makes it wait, unless there is a refusal already. */
    void deferWherePermitted() {
        if (refusal.isEmpty() && deferIfPermit.isPresent()) {
            note("reject", deferIfPermit.get().toString());
            refusal = deferIfPermit;
        }
        deferIfReject = Optional.empty();
    }

    private Subject clientSubject() {
        return new Subject(state.peer().nameAndAddress(), "Client host");
    }

    private Subject heloSubject() {
        return new Subject(state.helo().orElse(""), "Helo command");
    }

    private Subject senderSubject() {
        return new Subject(sender(), "Sender address");
    }

    private Subject recipientSubject() {
        return new Subject(recipient.orElse(""), "Recipient address");
    }

    private String sender() {
        return state.transaction().map(Transaction::sender).orElse("");
    }

    void client(List<Restriction> list) {
        general(list, clientSubject());
    }

    void helo(List<Restriction> list) {
        if (state.helo().isPresent()) {
            general(list, heloSubject());
        }
    }

    void sender(List<Restriction> list) {
        general(list, senderSubject());
    }

    void recipient(List<Restriction> list) {
        general(list, recipientSubject());
    }

    void general(List<Restriction> list, String name, String what) {
        general(list, new Subject(name, what));
    }

    private void general(List<Restriction> list, Subject subject) {
        if (refusal.isPresent()) {
            return;
        }
        for (Restriction restriction : list) {
            if (one(restriction, subject) != Outcome.NOTHING) {
                return;
            }
        }
    }

    /** Postfix: {@code smtpd_reject_unlisted_recipient}; once for each command. */
    void unlistedRecipient() {
        if (refusal.isEmpty() && settings.recipients().rejectUnlistedRecipient()) {
            rejectUnlistedRecipient();
        }
    }

    /** Postfix: {@code smtpd_reject_unlisted_sender}. */
    void unlistedSender() {
        if (refusal.isEmpty() && settings.recipients().rejectUnlistedSender()) {
            rejectUnlistedSender();
        }
    }

    private Outcome one(Restriction restriction, Subject subject) {
        return switch (restriction) {
            case Restriction.Word word -> word(word, subject);
            case Restriction.Check check -> check(check);
            case Restriction.WarnIfReject(Restriction inner) -> {
                boolean before = warnOnly;
                warnOnly = true;
                Outcome outcome = one(inner, subject);
                warnOnly = before;
                yield outcome == Outcome.PERMIT ? Outcome.PERMIT : Outcome.NOTHING;
            }
        };
    }

    private Outcome word(Restriction.Word word, Subject subject) {
        ServiceSettings.Codes codes = settings.codes();
        return switch (word) {
            case PERMIT -> Outcome.PERMIT;
            case REJECT -> refuse(codes.reject(), "5.7.1", subject.text("Access denied"));
            case DEFER -> refuse(codes.defer(), "4.3.2", subject.text("Try again later"));
            case DEFER_IF_PERMIT -> deferIfPermit(reply(codes.defer(), "4.3.2", subject.text("Try again later")));
            case DEFER_IF_REJECT -> deferIfReject(reply(codes.defer(), "4.3.2", subject.text("Try again later")));
            case PERMIT_MYNETWORKS -> permitOwnNetworks(subject);
            case PERMIT_INET_INTERFACES ->
                permitIf(
                        settings.networks().ownAddresses().contains(state.peer().addressText()));
            case PERMIT_SASL_AUTHENTICATED -> permitIf(state.login().isPresent());
            case PERMIT_AUTH_DESTINATION -> authDestination(Outcome.PERMIT, Outcome.NOTHING);
            case REJECT_UNAUTH_DESTINATION -> authDestination(Outcome.NOTHING, Outcome.REFUSE);
            case DEFER_UNAUTH_DESTINATION -> deferUnauthDestination();
            case REJECT_UNLISTED_RECIPIENT -> rejectUnlistedRecipient();
            case REJECT_UNLISTED_SENDER -> rejectUnlistedSender();
            case REJECT_NON_FQDN_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : nonFqdnHelo();
            case REJECT_NON_FQDN_SENDER ->
                spared() || sender().isEmpty() ? Outcome.NOTHING : nonFqdn(sender(), senderSubject());
            case REJECT_NON_FQDN_RECIPIENT ->
                recipient.isEmpty() ? Outcome.NOTHING : nonFqdn(recipient.get(), recipientSubject());
            case REJECT_INVALID_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : invalidHelo();
            case REJECT_UNKNOWN_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : unknownHelo();
            case REJECT_UNKNOWN_SENDER_DOMAIN ->
                spared() || sender().isEmpty()
                        ? Outcome.NOTHING
                        : unknownDomain(sender(), senderSubject(), "1.8", "7.27");
            case REJECT_UNKNOWN_RECIPIENT_DOMAIN ->
                spared() || recipient.isEmpty()
                        ? Outcome.NOTHING
                        : unknownDomain(recipient.get(), recipientSubject(), "1.2", "1.10");
            case REJECT_UNKNOWN_CLIENT_HOSTNAME -> spared() ? Outcome.NOTHING : unknownClient();
            case REJECT_UNKNOWN_REVERSE_CLIENT_HOSTNAME -> spared() ? Outcome.NOTHING : unknownReverseClient();
            case REJECT_SENDER_LOGIN_MISMATCH -> first(loggedInMismatch(false), this::notLoggedIn);
            case REJECT_AUTHENTICATED_SENDER_LOGIN_MISMATCH -> loggedInMismatch(false);
            case REJECT_UNAUTHENTICATED_SENDER_LOGIN_MISMATCH -> notLoggedIn();
            case REJECT_KNOWN_SENDER_LOGIN_MISMATCH -> first(loggedInMismatch(true), this::notLoggedIn);
            case REJECT_MULTI_RECIPIENT_BOUNCE -> multiRecipientBounce(subject);
            case REJECT_PLAINTEXT_SESSION ->
                state.tls().isPresent()
                        ? Outcome.NOTHING
                        : refuse(codes.plaintext(), "5.7.1", "Session encryption is required");
            case REJECT_UNAUTH_PIPELINING -> Outcome.NOTHING;
        };
    }

    private interface Next {
        Outcome ask();
    }

    private static Outcome first(Outcome outcome, Next next) {
        return outcome == Outcome.NOTHING ? next.ask() : outcome;
    }

    private static Outcome permitIf(boolean permitted) {
        return permitted ? Outcome.PERMIT : Outcome.NOTHING;
    }

    private boolean spared() {
        return own == NetworkList.Match.YES;
    }

    private Outcome permitOwnNetworks(Subject subject) {
        return switch (own) {
            case YES -> Outcome.PERMIT;
            case NO -> Outcome.NOTHING;
            // not known whether it is one of ours: whatever would refuse it now would refuse it for want of a table
            case NOT_KNOWN_NOW -> deferIfReject(reply(451, "4.3.0", subject.text("Temporary lookup failure")));
        };
    }

    // ---- the ends: refuse, warn, wait

    private static Reply reply(int code, String enhanced, String text) {
        EnhancedStatusCode status = EnhancedStatusCode.parse(enhanced).orElse(EnhancedStatusCode.SYSTEM_TROUBLE);
        int statusClass = code / 100;
        // Postfix: the class of the enhanced code follows the reply code
        EnhancedStatusCode fitting = statusClass == 4 || statusClass == 5 ? status.inClass(statusClass) : status;
        return new Reply(code, Optional.of(fitting), List.of(text));
    }

    private Outcome refuse(int code, String enhanced, String text) {
        return refuse(reply(code, enhanced, text));
    }

    private Outcome refuse(Reply reply) {
        if (warnOnly) {
            note("reject_warning", reply.toString());
            return Outcome.NOTHING;
        }
        Reply spoken = reply.code() >= 500 && deferIfReject.isPresent() ? deferIfReject.get() : reply;
        note("reject", spoken.toString());
        refusal = Optional.of(spoken);
        return Outcome.REFUSE;
    }

    private Outcome deferIfPermit(Reply reply) {
        if (warnOnly) {
            note("reject_warning", reply.toString());
        } else if (deferIfPermit.isEmpty()) {
            deferIfPermit = Optional.of(reply);
        }
        return Outcome.NOTHING;
    }

    private Outcome deferIfReject(Reply reply) {
        if (deferIfReject.isEmpty()) {
            deferIfReject = Optional.of(reply);
        }
        return Outcome.NOTHING;
    }

    private void note(String kind, String text) {
        notes.add(Note.info("NOQUEUE: " + kind + ": " + Access.line(state, command, text, recipient)));
    }

    private Outcome lookupFailed(String name, String reason) {
        notes.add(Note.warning(reason));
        return refuse(reply(451, "4.3.0", "<" + name + ">: Temporary lookup failure"));
    }

    // ---- destinations

    private Outcome authDestination(Outcome ifOurs, Outcome otherwise) {
        if (recipient.isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (isOurs(recipient.get())) {
            case YES -> ifOurs;
            case NOT_KNOWN_NOW -> lookupFailed(recipient.get(), "cannot look up the domain of " + recipient.get());
            case NO ->
                otherwise == Outcome.REFUSE
                        ? refuse(settings.codes().relay(), "5.7.1", "<" + recipient.get() + ">: Relay access denied")
                        : otherwise;
        };
    }

    private Outcome deferUnauthDestination() {
        if (recipient.isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (isOurs(recipient.get())) {
            case YES -> Outcome.NOTHING;
            case NOT_KNOWN_NOW -> lookupFailed(recipient.get(), "cannot look up the domain of " + recipient.get());
            case NO -> {
                int code = settings.codes().relay();
                int temporary = code >= 500 ? code - 100 : code;
                yield refuse(temporary, "4.7.1", "<" + recipient.get() + ">: Relay access denied");
            }
        };
    }

    /** Whether mail for an address ends here or is relayed for its domain; an address within an address is neither. */
    private NetworkList.Match isOurs(String address) {
        return switch (directory.meaning(address)) {
            case Directory.Meaning.Broken broken -> NetworkList.Match.NO;
            case Directory.Meaning.Known known ->
                switch (known.addressClass()) {
                    case LOCAL, VIRTUAL_ALIAS -> NetworkList.Match.YES;
                    case RELAY ->
                        known.routed() && !settings.recipients().allowUntrustedRouting()
                                ? NetworkList.Match.NO
                                : NetworkList.Match.YES;
                    case DEFAULT -> NetworkList.Match.NO;
                    case NOT_KNOWN_NOW -> NetworkList.Match.NOT_KNOWN_NOW;
                };
        };
    }

    private Outcome rejectUnlistedRecipient() {
        if (recipient.isEmpty() || unlistedAsked) {
            return Outcome.NOTHING;
        }
        unlistedAsked = true;
        return unlisted(recipient.get(), recipientSubject(), "5.1.1");
    }

    private Outcome rejectUnlistedSender() {
        if (sender().isEmpty() || unlistedSenderAsked) {
            return Outcome.NOTHING;
        }
        unlistedSenderAsked = true;
        return unlisted(sender(), senderSubject(), "5.1.0");
    }

    private Outcome unlisted(String address, Subject subject, String enhanced) {
        if (!(directory.meaning(address) instanceof Directory.Meaning.Known known)) {
            return refuse(settings.codes().unknownLocal(), enhanced, subject.text("User unknown"));
        }
        return switch (directory.listing(known)) {
            case Directory.Listing.Listed listed -> Outcome.NOTHING;
            case Directory.Listing.NotKnownNow(String reason) -> lookupFailed(address, reason);
            case Directory.Listing.Unlisted(int code, Optional<EnhancedStatusCode> status, String text) ->
                refuse(
                        code,
                        status.map(own -> subject.equals(senderSubject()) ? ofSender(own) : own)
                                .map(EnhancedStatusCode::toString)
                                .orElse(enhanced),
                        subject.text(text));
        };
    }

    /** A code about a recipient's address, where the address is the sender's. RFC 3463 §3.2. Postfix: smtpd_dsn_fix(3). */
    private static EnhancedStatusCode ofSender(EnhancedStatusCode code) {
        if (code.subject() != 1) {
            return code;
        }
        int detail = switch (code.detail()) {
            case 2, 8 -> 8;
            case 1, 3, 4, 6, 7 -> 7;
            default -> 0;
        };
        return EnhancedStatusCode.of(code.statusClass(), 1, detail);
    }

    // ---- names

    private Outcome nonFqdnHelo() {
        String helo = state.helo().orElse("");
        if (helo.isEmpty() || helo.startsWith("[")) {
            return Outcome.NOTHING;
        }
        return HostNames.isFullyQualified(helo)
                ? Outcome.NOTHING
                : refuse(settings.codes().nonFqdn(), "5.5.2", heloSubject().text("need fully-qualified hostname"));
    }

    private Outcome nonFqdn(String address, Subject subject) {
        int at = address.lastIndexOf('@');
        String domain = address.substring(at + 1);
        boolean full = at >= 0 && (domain.startsWith("[") || HostNames.isFullyQualified(domain));
        return full || address.equalsIgnoreCase("postmaster")
                ? Outcome.NOTHING
                : refuse(settings.codes().nonFqdn(), "5.5.2", subject.text("need fully-qualified address"));
    }

    private Outcome invalidHelo() {
        String helo = state.helo().orElse("");
        if (helo.isEmpty()) {
            return Outcome.NOTHING;
        }
        if (helo.startsWith("[")) {
            return HostNames.isLiteral(helo)
                    ? Outcome.NOTHING
                    : refuse(
                            settings.codes().invalidHelo(),
                            "5.5.2",
                            heloSubject().text("invalid ip address"));
        }
        return HostNames.isName(helo) || HostNames.isAddress(helo)
                ? Outcome.NOTHING
                : refuse(settings.codes().invalidHelo(), "5.5.2", heloSubject().text("Invalid name"));
    }

    private Outcome unknownHelo() {
        String helo = state.helo().orElse("");
        if (helo.isEmpty() || helo.startsWith("[")) {
            return Outcome.NOTHING;
        }
        Reply unknown =
                reply(settings.codes().unknownHelo(), "4.7.1", heloSubject().text("Host not found"));
        return refuseUnknown(mailHost(helo), unknown);
    }

    private Outcome unknownDomain(String address, Subject subject, String detail, String nullDetail) {
        if (!(directory.meaning(address) instanceof Directory.Meaning.Known known)
                || known.addressClass() == Router.AddressClass.LOCAL
                || known.addressClass() == Router.AddressClass.VIRTUAL_ALIAS
                || known.address().domain().name().startsWith("[")) {
            return Outcome.NOTHING;
        }
        String domain = known.address().domain().name();
        Known answer = mailHost(domain);
        if (answer == Known.TAKES_NO_MAIL) {
            return refuse(
                    recipient.isPresent() && subject.equals(recipientSubject()) ? 556 : 550,
                    "5." + nullDetail,
                    subject.text("Domain " + domain + " does not accept mail (nullMX)"));
        }
        int code = settings.codes().unknownAddress();
        return refuseUnknown(answer, reply(code, "4." + detail, subject.text("Domain not found")));
    }

    private Outcome refuseUnknown(Known answer, Reply unknown) {
        return switch (answer) {
            case YES, TAKES_NO_MAIL -> Outcome.NOTHING;
            case NO -> refuse(unknown);
            // Postfix: reject_tempfail_action = defer_if_permit
            case NOT_NOW ->
                deferIfPermit(
                        unknown.code() < 500
                                ? unknown
                                : reply(450, "4.7.1", unknown.lines().getFirst()));
        };
    }

    private enum Known {
        YES,
        NO,
        TAKES_NO_MAIL,
        NOT_NOW
    }

    /** Whether a domain has a mail exchanger or an address (RFC 5321 §5.1). */
    private Known mailHost(String domain) {
        if (!HostNames.isName(domain)) {
            return Known.NO;
        }
        return switch (names.exchangers(domain)) {
            case Answer.Found<MailExchanger> found ->
                found.values().size() == 1 && found.values().getFirst().isNull() ? Known.TAKES_NO_MAIL : Known.YES;
            case Answer.NoSuchName<MailExchanger> none -> hasAddress(domain);
            case Answer.NoData<MailExchanger> none -> hasAddress(domain);
            case Answer.Failed<MailExchanger> failed -> Known.NOT_NOW;
        };
    }

    private Known hasAddress(String name) {
        return switch (names.addresses(name)) {
            case Answer.Found<InetAddress> found -> Known.YES;
            case Answer.NoSuchName<InetAddress> none -> Known.NO;
            case Answer.NoData<InetAddress> none -> Known.NO;
            case Answer.Failed<InetAddress> failed -> Known.NOT_NOW;
        };
    }

    private Outcome unknownClient() {
        Peer peer = state.peer();
        String text = "Client host rejected: cannot find your hostname, [" + peer.addressText() + "]";
        Reply unknown = reply(settings.codes().unknownClient(), "4.7.25", text);
        return switch (peer.nameMissing()) {
            case NO -> Outcome.NOTHING;
            case YES -> refuse(unknown);
            case FOR_NOW -> refuse(reply(450, "4.7.25", text));
        };
    }

    private Outcome unknownReverseClient() {
        Peer peer = state.peer();
        if (peer.reverseName().isPresent()) {
            return Outcome.NOTHING;
        }
        String text = "Client host rejected: cannot find your reverse hostname, [" + peer.addressText() + "]";
        int code = peer.nameMissing() == Peer.NameMissing.FOR_NOW
                ? 450
                : settings.codes().unknownClient();
        return refuse(reply(code, "4.7.25", text));
    }

    // ---- who owns a sender

    private Outcome loggedInMismatch(boolean onlyKnownSenders) {
        if (state.login().isEmpty() || sender().isEmpty()) {
            return Outcome.NOTHING;
        }
        String login = state.login().get().name();
        return switch (owners(sender())) {
            case LookupResult.Failed(String reason) -> lookupFailed(sender(), reason);
            case LookupResult.NotFound none -> onlyKnownSenders ? Outcome.NOTHING : notOwned(login);
            case LookupResult.Found(String owners) ->
                Set.of(owners.split("[,\\s]+", -1)).contains(login) ? Outcome.NOTHING : notOwned(login);
        };
    }

    private Outcome notOwned(String login) {
        return refuse(553, "5.7.1", senderSubject().text("not owned by user " + login));
    }

    private Outcome notLoggedIn() {
        if (state.login().isPresent() || sender().isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (owners(sender())) {
            case LookupResult.Failed(String reason) -> lookupFailed(sender(), reason);
            case LookupResult.NotFound none -> Outcome.NOTHING;
            case LookupResult.Found found ->
                refuse(553, "5.7.1", senderSubject().text("not logged in"));
        };
    }

    private LookupResult owners(String sender) {
        if (directory.meaning(sender) instanceof Directory.Meaning.Known known) {
            Address address = known.address();
            List<String> keys = directory.keys(address);
            for (String key : keys) {
                LookupResult result = key.equals(keys.getFirst())
                        ? settings.senderLogins().find(key)
                        : settings.senderLogins().findPart(key);
                if (!(result instanceof LookupResult.NotFound)) {
                    return result;
                }
            }
        }
        return new LookupResult.NotFound();
    }

    private Outcome multiRecipientBounce(Subject subject) {
        boolean several = state.transaction()
                .filter(t -> t.sender().isEmpty() && t.recipients().size() > 1)
                .isPresent();
        return several
                ? refuse(settings.codes().multiRecipientBounce(), "5.5.3", subject.text("Multi-recipient bounce"))
                : Outcome.NOTHING;
    }

    // ---- access tables

    private Outcome check(Restriction.Check check) {
        Subject subject = switch (check.subject()) {
            case CLIENT -> clientSubject();
            case REVERSE_CLIENT ->
                new Subject(
                        state.peer().reverseName().orElse(UNKNOWN) + "["
                                + state.peer().addressText() + "]",
                        "Unverified Client host");
            case HELO -> heloSubject();
            case SENDER -> senderSubject();
            case RECIPIENT -> recipientSubject();
        };
        List<String> keys = switch (check.subject()) {
            case CLIENT -> actions.hostKeys(state.peer().name(), state.peer().addressText());
            case REVERSE_CLIENT ->
                actions.hostKeys(
                        state.peer().reverseName().orElse(UNKNOWN), state.peer().addressText());
            case HELO ->
                state.helo()
                        .map(h -> actions.domainKeys(h.toLowerCase(Locale.ROOT)))
                        .orElse(List.of());
            case SENDER -> actions.addressKeys(sender());
            case RECIPIENT -> recipient.map(actions::addressKeys).orElse(List.of());
        };
        for (String key : keys) {
            boolean whole =
                    key.equals(keys.getFirst()) || key.equals(state.peer().addressText());
            switch (whole ? check.table().find(key) : check.table().findPart(key)) {
                case LookupResult.Found(String value) -> {
                    return obey(actions.action(value), subject, check);
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String reason) -> {
                    return lookupFailed(subject.name(), reason);
                }
            }
        }
        return Outcome.NOTHING;
    }

    private Outcome obey(AccessActions.Action action, Subject subject, Restriction.Check check) {
        ServiceSettings.Codes codes = settings.codes();
        return switch (action) {
            case AccessActions.Action.Permit permit -> Outcome.PERMIT;
            case AccessActions.Action.Nothing nothing -> Outcome.NOTHING;
            case AccessActions.Action.Refuse(Optional<Reply> own, boolean defer, String text) -> {
                String reason = text.isEmpty() ? "Access denied" : text;
                yield own.isPresent()
                        ? refuse(new Reply(own.get().code(), own.get().enhanced(), List.of(subject.text(reason))))
                        : refuse(
                                defer ? codes.accessDefer() : codes.accessReject(),
                                defer ? "4.7.1" : "5.7.1",
                                subject.text(reason));
            }
            case AccessActions.Action.DeferIfPermit(String text) ->
                deferIfPermit(reply(codes.accessDefer(), "4.7.1", subject.text(orDefault(text))));
            case AccessActions.Action.DeferIfReject(String text) ->
                deferIfReject(reply(codes.accessDefer(), "4.7.1", subject.text(orDefault(text))));
            case AccessActions.Action.Hold(String text) -> ordered(Transaction.Disposal.HOLD, "hold", subject, text);
            case AccessActions.Action.Discard(String text) ->
                ordered(Transaction.Disposal.DISCARD, "discard", subject, text);
            case AccessActions.Action.Log(String kind, String text) -> {
                note(kind, text);
                yield Outcome.NOTHING;
            }
            case AccessActions.Action.Words(List<Restriction> restrictions) -> {
                Outcome outcome = Outcome.NOTHING;
                for (int i = 0; i < restrictions.size() && outcome == Outcome.NOTHING; i++) {
                    outcome = one(restrictions.get(i), subject);
                }
                yield outcome;
            }
            case AccessActions.Action.Unsupported(String value) -> {
                notes.add(Note.warning(
                        "access table " + check.table().name() + ": \"" + value + "\" is unknown or not supported"));
                yield refuse(451, "4.3.5", subject.text("Server configuration error"));
            }
        };
    }

    private static String orDefault(String text) {
        return text.isEmpty() ? "Service unavailable" : text;
    }

    private static String marked(Subject subject, String text) {
        return "<" + subject.name() + ">: " + subject.what() + (text.isEmpty() ? "" : " " + text);
    }

    private Outcome ordered(Transaction.Disposal ordered, String kind, Subject subject, String text) {
        String said = text.isEmpty() ? "triggers " + kind.toUpperCase(Locale.ROOT) + " action" : text;
        note(kind, marked(subject, said));
        if (ordered.compareTo(disposal) > 0) {
            disposal = ordered;
        }
        // Postfix: DISCARD and HOLD do not end the list
        return Outcome.NOTHING;
    }
}
