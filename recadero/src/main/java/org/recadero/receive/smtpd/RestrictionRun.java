package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Optional;
import org.recadero.net.dns.Resolver;
import org.recadero.receive.cleanup.ReceiveOverride;
import org.recadero.receive.smtpd.Judgement.Outcome;
import org.recadero.receive.smtpd.Judgement.Subject;
import org.recadero.status.EnhancedStatusCode;

/**
 * The restrictions for one command, one list after the other: the first refusal counts, a permission ends its own list only.
 * Used by one thread, once.
 *
 * <p>A trusted retriever: to a client of {@code mynetworks} nothing is refused because of its name, its HELO, its sender's domain
 * or the DNS. {@code DIFFERS}: Postfix does refuse, where such a restriction stands before permit_mynetworks, and fetchmail
 * deletes the mail. Postfix: smtpd_check(3).
 */
final class RestrictionRun {
    /** Bound for restriction classes and access tables that name each other; in Postfix they crash the server. */
    static final int MOST_DEPTH = 100;

    /** Bound for the lists that one command can lead to. */
    static final int MOST_LISTS = 10_000;

    private final ServiceSettings settings;
    private final Directory directory;
    private final NetworkList.Match own;
    private final Judgement judgement;
    private final NameRestrictions namesOf;
    private final SenderOwners owners;
    private final AccessTables tables;
    private int depth;
    private int steps;
    private boolean unlistedAsked;
    private boolean unlistedSenderAsked;

    RestrictionRun(
            ServiceSettings settings,
            Resolver names,
            Directory directory,
            NetworkList.Match own,
            SessionState state,
            String command,
            Optional<String> recipient) {
        this.settings = settings;
        this.directory = directory;
        this.own = own;
        this.judgement =
                new Judgement(state, command, recipient, settings.rules().softBounce());
        this.namesOf = new NameRestrictions(judgement, settings, names, directory);
        this.owners = new SenderOwners(judgement, settings, directory);
        this.tables = new AccessTables(judgement, settings, directory, this::several);
    }

    Verdict verdict() {
        return judgement.verdict();
    }

    void deferWherePermitted() {
        judgement.deferWherePermitted();
    }

    void client(List<Restriction> list) {
        general(list, judgement.clientSubject());
    }

    void helo(List<Restriction> list) {
        if (judgement.state().helo().isPresent()) {
            general(list, judgement.heloSubject());
        }
    }

    void sender(List<Restriction> list) {
        general(list, judgement.senderSubject());
    }

    void recipient(List<Restriction> list) {
        general(list, judgement.recipientSubject());
    }

    void general(List<Restriction> list, String name, String what) {
        general(list, new Subject(Judgement.Kind.OTHER, name, what));
    }

    private void general(List<Restriction> list, Subject subject) {
        if (judgement.hasRefused()) {
            return;
        }
        var _ = several(list, subject);
    }

    /** One after the other, up to the first that says something. */
    private Outcome several(List<Restriction> list, Subject subject) {
        if (depth >= MOST_DEPTH || steps >= MOST_LISTS) {
            boolean first = steps < MOST_LISTS;
            steps = MOST_LISTS;
            return first
                    ? judgement.misconfigured(
                            "smtpd_restriction_classes: classes and access tables name each other without an end")
                    : Outcome.NOTHING;
        }
        steps++;
        depth++;
        Outcome outcome = Outcome.NOTHING;
        for (int i = 0; i < list.size() && outcome == Outcome.NOTHING; i++) {
            outcome = one(list.get(i), subject);
        }
        depth--;
        return outcome;
    }

    /** Postfix: {@code smtpd_reject_unlisted_recipient}; once for each command. */
    void unlistedRecipient() {
        if (!judgement.hasRefused() && settings.recipients().rejectUnlistedRecipient()) {
            rejectUnlistedRecipient();
        }
    }

    /** Postfix: {@code smtpd_reject_unlisted_sender}. */
    void unlistedSender() {
        if (!judgement.hasRefused() && settings.recipients().rejectUnlistedSender()) {
            rejectUnlistedSender();
        }
    }

    private Outcome one(Restriction restriction, Subject subject) {
        return switch (restriction) {
            case Restriction.Word word -> word(word, subject);
            case Restriction.Check check -> tables.ask(check);
            case Restriction.Group(String name) ->
                several(settings.lists().classes().getOrDefault(name, List.of()), subject);
            case Restriction.WarnIfReject(Restriction inner) -> judgement.warningOnly(() -> one(inner, subject));
        };
    }

    private Outcome word(Restriction.Word word, Subject subject) {
        ServiceSettings.Codes codes = settings.codes();
        return switch (word) {
            case PERMIT -> Outcome.PERMIT;
            case REJECT -> judgement.refuse(codes.reject(), "5.7.1", subject.text("Access denied"));
            case DEFER -> judgement.refuse(codes.defer(), "4.3.2", subject.text("Try again later"));
            case DEFER_IF_PERMIT ->
                judgement.deferIfPermit(Judgement.reply(codes.defer(), "4.3.2", subject.text("Try again later")));
            case DEFER_IF_REJECT ->
                judgement.deferIfReject(Judgement.reply(codes.defer(), "4.3.2", subject.text("Try again later")));
            case PERMIT_MYNETWORKS -> permitOwnNetworks(subject);
            case PERMIT_INET_INTERFACES ->
                permitIf(settings.networks()
                        .ownAddresses()
                        .contains(judgement.state().peer().addressText()));
            case PERMIT_SASL_AUTHENTICATED -> permitIf(judgement.state().login().isPresent());
            case PERMIT_AUTH_DESTINATION -> authDestination(Outcome.PERMIT, Outcome.NOTHING);
            case REJECT_UNAUTH_DESTINATION -> authDestination(Outcome.NOTHING, Outcome.REFUSE);
            case DEFER_UNAUTH_DESTINATION -> deferUnauthDestination();
            case REJECT_UNLISTED_RECIPIENT -> rejectUnlistedRecipient();
            case REJECT_UNLISTED_SENDER -> rejectUnlistedSender();
            case REJECT_NON_FQDN_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : namesOf.nonFqdnHelo();
            case REJECT_NON_FQDN_SENDER ->
                spared() || judgement.sender().isEmpty()
                        ? Outcome.NOTHING
                        : namesOf.nonFqdn(judgement.sender(), judgement.senderSubject());
            case REJECT_NON_FQDN_RECIPIENT ->
                judgement.recipient().isEmpty()
                        ? Outcome.NOTHING
                        : namesOf.nonFqdn(judgement.recipient().get(), judgement.recipientSubject());
            case REJECT_INVALID_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : namesOf.invalidHelo();
            case REJECT_UNKNOWN_HELO_HOSTNAME -> spared() ? Outcome.NOTHING : namesOf.unknownHelo();
            case REJECT_UNKNOWN_SENDER_DOMAIN ->
                spared() || judgement.sender().isEmpty()
                        ? Outcome.NOTHING
                        : namesOf.unknownDomain(judgement.sender(), judgement.senderSubject(), "1.8", "7.27");
            case REJECT_UNKNOWN_RECIPIENT_DOMAIN ->
                spared() || judgement.recipient().isEmpty()
                        ? Outcome.NOTHING
                        : namesOf.unknownDomain(
                                judgement.recipient().get(), judgement.recipientSubject(), "1.2", "1.10");
            case REJECT_UNKNOWN_CLIENT_HOSTNAME -> spared() ? Outcome.NOTHING : namesOf.unknownClient();
            case REJECT_UNKNOWN_REVERSE_CLIENT_HOSTNAME -> spared() ? Outcome.NOTHING : namesOf.unknownReverseClient();
            case REJECT_SENDER_LOGIN_MISMATCH -> first(owners.loggedInMismatch(false), owners::notLoggedIn);
            case REJECT_AUTHENTICATED_SENDER_LOGIN_MISMATCH -> owners.loggedInMismatch(false);
            case REJECT_UNAUTHENTICATED_SENDER_LOGIN_MISMATCH -> owners.notLoggedIn();
            case REJECT_KNOWN_SENDER_LOGIN_MISMATCH -> first(owners.loggedInMismatch(true), owners::notLoggedIn);
            case REJECT_MULTI_RECIPIENT_BOUNCE -> multiRecipientBounce(subject);
            case REJECT_PLAINTEXT_SESSION ->
                judgement.state().tls().isPresent()
                        ? Outcome.NOTHING
                        : judgement.refuse(codes.plaintext(), "5.7.1", "Session encryption is required");
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
            case NOT_KNOWN_NOW ->
                judgement.deferIfReject(Judgement.reply(451, "4.3.0", subject.text("Temporary lookup failure")));
        };
    }

    // ---- destinations

    private Outcome authDestination(Outcome ifOurs, Outcome otherwise) {
        if (judgement.recipient().isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (isOurs(judgement.recipient().get())) {
            case YES -> ifOurs;
            case NOT_KNOWN_NOW ->
                judgement.lookupFailed(
                        judgement.recipient().get(),
                        "cannot look up the domain of " + judgement.recipient().get());
            case NO ->
                otherwise == Outcome.REFUSE
                        ? judgement.refuse(
                                settings.codes().relay(),
                                "5.7.1",
                                "<" + judgement.recipient().get() + ">: Relay access denied")
                        : otherwise;
        };
    }

    private Outcome deferUnauthDestination() {
        if (judgement.recipient().isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (isOurs(judgement.recipient().get())) {
            case YES -> Outcome.NOTHING;
            case NOT_KNOWN_NOW ->
                judgement.lookupFailed(
                        judgement.recipient().get(),
                        "cannot look up the domain of " + judgement.recipient().get());
            case NO -> {
                int code = settings.codes().relay();
                int temporary = code >= 500 ? code - 100 : code;
                yield judgement.refuse(
                        temporary, "4.7.1", "<" + judgement.recipient().get() + ">: Relay access denied");
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
        if (judgement.recipient().isEmpty()
                || unlistedAsked
                || settings.overrides().contains(ReceiveOverride.NO_UNKNOWN_RECIPIENT_CHECKS)) {
            return Outcome.NOTHING;
        }
        unlistedAsked = true;
        return unlisted(judgement.recipient().get(), judgement.recipientSubject(), "5.1.1");
    }

    private Outcome rejectUnlistedSender() {
        if (judgement.sender().isEmpty() || unlistedSenderAsked) {
            return Outcome.NOTHING;
        }
        unlistedSenderAsked = true;
        return unlisted(judgement.sender(), judgement.senderSubject(), "5.1.0");
    }

    private Outcome unlisted(String address, Subject subject, String enhanced) {
        if (!(directory.meaning(address) instanceof Directory.Meaning.Known known)) {
            return judgement.refuseUnknown(settings.codes().unknownLocal(), enhanced, subject.text("User unknown"));
        }
        return switch (directory.listing(known)) {
            case Directory.Listing.Listed listed -> Outcome.NOTHING;
            case Directory.Listing.NotKnownNow(String reason) -> judgement.lookupFailed(address, reason);
            case Directory.Listing.Unlisted(int code, Optional<EnhancedStatusCode> status, String text) ->
                judgement.refuseUnknown(
                        code,
                        status.map(subject::fitting)
                                .map(EnhancedStatusCode::toString)
                                .orElse(enhanced),
                        subject.text(text));
        };
    }

    private Outcome multiRecipientBounce(Subject subject) {
        boolean several = judgement
                .state()
                .transaction()
                .filter(t -> t.sender().isEmpty() && t.recipients().size() > 1)
                .isPresent();
        return several
                ? judgement.refuse(
                        settings.codes().multiRecipientBounce(), "5.5.3", subject.text("Multi-recipient bounce"))
                : Outcome.NOTHING;
    }
}
