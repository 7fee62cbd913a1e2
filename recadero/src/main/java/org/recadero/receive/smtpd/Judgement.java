package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.receive.cleanup.NewMessage.Orders;
import org.recadero.smtp.Reply;
import org.recadero.status.EnhancedStatusCode;

/**
 * What the restrictions for one command have said so far: refusals, those that wait for others, orders for the message, lines for
 * the log. Used by one thread, once. Postfix: smtpd_check(3).
 */
final class Judgement {
    /** What one restriction says. */
    enum Outcome {
        NOTHING,
        PERMIT,
        REFUSE
    }

    /** What is judged; it decides which enhanced codes fit. */
    enum Kind {
        SENDER,
        RECIPIENT,
        OTHER
    }

    /** Whose list it is: what stands in front of {@code rejected}. */
    record Subject(Kind kind, String name, String what) {
        Subject {
            Objects.requireNonNull(kind);
            Objects.requireNonNull(name);
            Objects.requireNonNull(what);
        }

        String text(String reason) {
            return marked(what + " rejected: " + reason);
        }

        /** {@code <name>: text}. */
        String marked(String text) {
            return (name.isEmpty() ? "" : "<" + name + ">: ") + text;
        }

        /** RFC 3463 §3.2: an entry's code for an address where it can only be that of the other one. Postfix: smtpd_dsn_fix(3). */
        EnhancedStatusCode fitting(EnhancedStatusCode code) {
            if (code.subject() != 1) {
                return code;
            }
            return switch (kind) {
                case SENDER ->
                    switch (code.detail()) {
                        case 1, 3, 4, 6, 7 -> address(code, 7);
                        case 2, 8 -> address(code, 8);
                        default -> address(code, 0);
                    };
                case RECIPIENT ->
                    switch (code.detail()) {
                        case 7 -> address(code, 3);
                        case 8 -> address(code, 2);
                        default -> code.detail() > 8 ? address(code, 0) : code;
                    };
                case OTHER -> EnhancedStatusCode.of(code.statusClass(), 0, 0);
            };
        }

        private static EnhancedStatusCode address(EnhancedStatusCode code, int detail) {
            return EnhancedStatusCode.of(code.statusClass(), 1, detail);
        }
    }

    private final boolean soft;
    private final SessionState state;
    private final String command;
    private final Optional<String> recipient;
    private final List<Note> notes = new ArrayList<>();
    private Orders orders = Orders.NONE;
    private Optional<Reply> refusal = Optional.empty();
    private Optional<Reply> deferIfPermit = Optional.empty();
    private Optional<Reply> deferIfReject = Optional.empty();
    private Optional<SessionTrouble> trouble = Optional.of(SessionTrouble.POLICY);
    private boolean warnOnly;

    /** @param soft whether no refusal is for ever ({@code soft_bounce}) */
    Judgement(SessionState state, String command, Optional<String> recipient, boolean soft) {
        this.soft = soft;
        this.state = Objects.requireNonNull(state);
        this.command = Objects.requireNonNull(command);
        this.recipient = Objects.requireNonNull(recipient);
    }

    SessionState state() {
        return state;
    }

    String command() {
        return command;
    }

    /** Internal form; empty where the command names none. */
    Optional<String> recipient() {
        return recipient;
    }

    boolean hasRefused() {
        return refusal.isPresent();
    }

    /** Internal form; empty: the null sender, or none yet. */
    String sender() {
        return state.transaction().map(Transaction::sender).orElse("");
    }

    Subject clientSubject() {
        return new Subject(Kind.OTHER, state.peer().nameAndAddress(), "Client host");
    }

    Subject heloSubject() {
        return new Subject(Kind.OTHER, state.helo().orElse(""), "Helo command");
    }

    Subject senderSubject() {
        return new Subject(Kind.SENDER, sender(), "Sender address");
    }

    Subject recipientSubject() {
        return new Subject(Kind.RECIPIENT, recipient.orElse(""), "Recipient address");
    }

    /** What all lists together say. */
    Verdict verdict() {
        deferWherePermitted();
        return refusal.isPresent()
                ? new Verdict.Refused(refusal.get(), notes, trouble)
                : new Verdict.Accepted(orders, notes);
    }

    /** Postfix: a temporary trouble that may have hidden a refusal makes it wait, unless there is a refusal already. */
    void deferWherePermitted() {
        if (refusal.isEmpty() && deferIfPermit.isPresent()) {
            note("reject", deferIfPermit.get().toString());
            refusal = deferIfPermit;
        }
        deferIfReject = Optional.empty();
    }

    /** Only the log hears of what would be refused while this runs. */
    Outcome warningOnly(Restrictions restrictions) {
        boolean before = warnOnly;
        warnOnly = true;
        Outcome outcome = restrictions.ask();
        warnOnly = before;
        return hasRefused() || outcome == Outcome.PERMIT ? outcome : Outcome.NOTHING;
    }

    /** More of them. */
    @FunctionalInterface
    interface Restrictions {
        Outcome ask();
    }

    /** Postfix: an unknown user is no trouble that a postmaster hears of. */
    Outcome refuseUnknown(int code, String enhanced, String text) {
        Outcome outcome = refuse(code, enhanced, text);
        if (outcome == Outcome.REFUSE) {
            trouble = Optional.empty();
        }
        return outcome;
    }

    void order(Orders more) {
        orders = orders.and(more);
    }

    void warn(String text) {
        notes.add(Note.warning(text));
    }

    void info(String text) {
        notes.add(Note.info(text));
    }

    static Reply reply(int code, String enhanced, String text) {
        EnhancedStatusCode status = EnhancedStatusCode.parse(enhanced).orElse(EnhancedStatusCode.SYSTEM_TROUBLE);
        int statusClass = code / 100;
        // Postfix: the class of the enhanced code follows the reply code
        EnhancedStatusCode fitting = statusClass == 4 || statusClass == 5 ? status.inClass(statusClass) : status;
        return new Reply(code, Optional.of(fitting), List.of(text));
    }

    Outcome refuse(int code, String enhanced, String text) {
        return refuse(reply(code, enhanced, text));
    }

    Outcome refuse(Reply reply) {
        if (warnOnly) {
            note("reject_warning", reply.toString());
            return Outcome.NOTHING;
        }
        Reply spoken = reply.code() >= 500 && deferIfReject.isPresent() ? deferIfReject.get() : reply;
        Reply kept = soft ? spoken.softened() : spoken;
        note("reject", kept.toString());
        refusal = Optional.of(kept);
        return Outcome.REFUSE;
    }

    Outcome deferIfPermit(Reply reply) {
        if (warnOnly) {
            note("reject_warning", reply.toString());
        } else if (deferIfPermit.isEmpty()) {
            deferIfPermit = Optional.of(reply);
        }
        return Outcome.NOTHING;
    }

    Outcome deferIfReject(Reply reply) {
        if (deferIfReject.isEmpty()) {
            deferIfReject = Optional.of(reply);
        }
        return Outcome.NOTHING;
    }

    void note(String kind, String text) {
        notes.add(Note.info("NOQUEUE: " + kind + ": " + Access.line(state, command, text, recipient)));
    }

    /** Postfix: what the administrator got wrong makes mail wait; {@code DIFFERS}: behind warn_if_reject too. */
    Outcome misconfigured(String reason) {
        warn(reason);
        warnOnly = false;
        trouble = Optional.of(SessionTrouble.SOFTWARE);
        return refuse(reply(451, "4.3.5", "Server configuration error"));
    }

    Outcome lookupFailed(String name, String reason) {
        notes.add(Note.warning(reason));
        return refuse(reply(451, "4.3.0", "<" + name + ">: Temporary lookup failure"));
    }
}
