package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.receive.cleanup.NewMessage.Orders;
import org.recadero.receive.smtpd.Judgement.Outcome;
import org.recadero.receive.smtpd.Judgement.Subject;
import org.recadero.smtp.Reply;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/** Asks access tables and does what their entries order. Used by one thread, once. Postfix: access(5). */
final class AccessTables {
    /** Applies restrictions that an entry names. */
    @FunctionalInterface
    interface Named {
        Outcome apply(List<Restriction> restrictions, Subject subject);
    }

    private final Judgement judgement;
    private final ServiceSettings settings;
    private final AccessActions actions;
    private final Named named;

    AccessTables(Judgement judgement, ServiceSettings settings, Directory directory, Named named) {
        this.judgement = Objects.requireNonNull(judgement);
        this.settings = Objects.requireNonNull(settings);
        this.actions = new AccessActions(settings, directory);
        this.named = Objects.requireNonNull(named);
    }

    private SessionState state() {
        return judgement.state();
    }

    Outcome ask(Restriction.Check check) {
        Subject subject = switch (check.subject()) {
            case CLIENT -> judgement.clientSubject();
            case REVERSE_CLIENT ->
                new Subject(
                        Judgement.Kind.OTHER,
                        state().peer().reverseName().orElse(Peer.UNKNOWN) + "["
                                + state().peer().addressText() + "]",
                        "Unverified Client host");
            case HELO -> judgement.heloSubject();
            case SENDER -> judgement.senderSubject();
            case RECIPIENT -> judgement.recipientSubject();
        };
        List<String> keys = switch (check.subject()) {
            case CLIENT ->
                actions.hostKeys(state().peer().name(), state().peer().addressText());
            case REVERSE_CLIENT ->
                actions.hostKeys(
                        state().peer().reverseName().orElse(Peer.UNKNOWN),
                        state().peer().addressText());
            case HELO ->
                state().helo()
                        .map(h -> actions.domainKeys(h.toLowerCase(Locale.ROOT)))
                        .orElse(List.of());
            case SENDER -> actions.addressKeys(judgement.sender());
            case RECIPIENT -> judgement.recipient().map(actions::addressKeys).orElse(List.of());
        };
        for (String key : keys) {
            boolean whole =
                    key.equals(keys.getFirst()) || key.equals(state().peer().addressText());
            switch (whole ? check.table().find(key) : check.table().findPart(key)) {
                case LookupResult.Found(String value) -> {
                    return obey(actions.action(value), subject, check.table(), key);
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String reason) -> {
                    return judgement.lookupFailed(subject.name(), reason);
                }
            }
        }
        return Outcome.NOTHING;
    }

    private Outcome obey(AccessActions.Action action, Subject subject, LookupTable table, String key) {
        return switch (action) {
            case AccessActions.Action.Permit permit -> Outcome.PERMIT;
            case AccessActions.Action.Nothing nothing -> Outcome.NOTHING;
            case AccessActions.Action.Refuse(int code, Optional<EnhancedStatusCode> own, String text) ->
                judgement.refuse(reply(code, own, subject, text.isEmpty() ? "Access denied" : text));
            case AccessActions.Action.DeferIfPermit(Optional<EnhancedStatusCode> own, String text) ->
                judgement.deferIfPermit(reply(settings.codes().accessDefer(), own, subject, orDefault(text)));
            case AccessActions.Action.DeferIfReject(Optional<EnhancedStatusCode> own, String text) ->
                judgement.deferIfReject(reply(settings.codes().accessDefer(), own, subject, orDefault(text)));
            case AccessActions.Action.Order(Orders orders, String word, String said) ->
                order(orders, word, said, subject, table);
            case AccessActions.Action.Log(String kind, String text) -> {
                judgement.note(kind, text);
                yield Outcome.NOTHING;
            }
            case AccessActions.Action.Words(List<Restriction> restrictions) -> named.apply(restrictions, subject);
            case AccessActions.Action.Broken(String needs) -> {
                judgement.warn("access table " + table.name() + " entry \"" + key + "\" requires " + needs);
                yield Outcome.NOTHING;
            }
            case AccessActions.Action.Unsupported(String value) ->
                judgement.misconfigured("access table " + table.name() + " entry \"" + key + "\": \"" + value
                        + "\" is unknown or not supported");
        };
    }

    /** The enhanced code follows the reply code's class, and what is refused. */
    private Reply reply(int code, Optional<EnhancedStatusCode> own, Subject subject, String text) {
        int statusClass = code / 100;
        EnhancedStatusCode status =
                own.map(c -> c.inClass(statusClass)).orElse(EnhancedStatusCode.of(statusClass, 7, 1));
        EnhancedStatusCode fitting = subject.fitting(status);
        if (!fitting.equals(status)) {
            judgement.info("mapping DSN status " + status + " into " + subject.what() + " status " + fitting);
        }
        return new Reply(code, Optional.of(fitting), List.of(subject.text(text)));
    }

    private static String orDefault(String text) {
        return text.isEmpty() ? "Service unavailable" : text;
    }

    /** None of these ends the list. */
    private Outcome order(Orders orders, String word, String said, Subject subject, LookupTable table) {
        if (judgement.command().equals("VRFY")) {
            return Outcome.NOTHING;
        }
        if (state().transaction().isEmpty()) {
            judgement.warn("access table " + table.name() + ": with smtpd_delay_reject=no, action " + word
                    + " is always skipped in " + subject.what() + " restrictions");
            return Outcome.NOTHING;
        }
        if (!orders.prepend().isEmpty() && judgement.command().equals(Access.END_OF_MESSAGE)) {
            judgement.warn("access table " + table.name() + ": action " + word
                    + " must be used before smtpd_end_of_data_restrictions");
            return Outcome.NOTHING;
        }
        if (orders.prepend().isEmpty()) {
            judgement.note(word.toLowerCase(Locale.ROOT), subject.marked(subject.what() + " " + said));
        }
        judgement.order(orders);
        return Outcome.NOTHING;
    }
}
