package org.recadero.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.Parameters;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * What becomes of a recipient, in the log and in the queue. Used by whichever thread learns of it, with no lock held. Notices and
 * forwarded mail are durable before the recipient that caused them is recorded as done (SAFETY 10).
 */
final class Outcomes {
    private final Queue queue;
    private final Notices notices;
    private final MailLog log;
    private final Consumer<Task> onward;
    private final Consumer<ActiveMessage> through;

    /**
     * @param onward takes a recipient whom a transport handed on to another one
     * @param through hears of each recipient with whom this attempt is over
     */
    Outcomes(Queue queue, Notices notices, MailLog log, Consumer<Task> onward, Consumer<ActiveMessage> through) {
        this.queue = Objects.requireNonNull(queue);
        this.notices = Objects.requireNonNull(notices);
        this.log = Objects.requireNonNull(log);
        this.onward = Objects.requireNonNull(onward);
        this.through = Objects.requireNonNull(through);
    }

    /** This attempt is over for a recipient. */
    void through(Task task) {
        through.accept(task.active);
    }

    /** Another transport is to have the recipient. */
    void handOn(Task task, Outcome.HandedTo to) {
        onward.accept(task.handedTo(to));
    }

    private void pass(Task task, Outcome.HandedTo to) {
        log.passing(
                task.active.message().id(),
                to.member().orElse(task.recipient.recipient().address()),
                to.transport());
        handOn(task, to);
    }

    /** His turn is so far away that he waits for it in the queue, not here. */
    void putOff(Task task, Duration until) {
        QueueId id = task.active.message().id();
        try {
            queue.deferred(
                    id,
                    task.recipient.ordinal(),
                    "waits for its turn: there are pauses between deliveries to " + task.nextHop);
        } catch (IOException e) {
            log.error("qmgr", id + ": cannot record an outcome: " + e.getMessage());
        }
        task.active.putOff(until);
        through(task);
    }

    /** Records an outcome. What an agent was not even asked for has one too. */
    void settle(Task task, String program, Outcome outcome, long beganNanos) {
        ActiveMessage entry = task.active;
        if (entry.isOnlyAQuestion()) {
            // what never came to an agent: no transport, a destination that is away
            reason(outcome).forEach(status -> asked(task, program, status, beganNanos));
            through(task);
            return;
        }
        try {
            switch (outcome) {
                case Outcome.Sent(DeliveryStatus status) -> {
                    report(task, program, status, beganNanos, "sent");
                    if (done(task) && wantsToHear(task, status.handover())) {
                        entry.sent(success(task, status));
                    }
                }
                case Outcome.Deferred(DeliveryStatus status) -> defer(task, program, status, beganNanos);
                case Outcome.Waiting(DeliveryStatus status) -> await(task, program, status, beganNanos);
                case Outcome.Bounced(DeliveryStatus status) -> bounce(task, program, status, beganNanos);
                case Outcome.HandedTo to -> {
                    pass(task, to);
                    return;
                }
                case Outcome.Expanded expanded -> {
                    if (expand(task, program, expanded, beganNanos)) {
                        return;
                    }
                }
                case Outcome.Several several -> {
                    places(task, program, several, beganNanos);
                    if (!(several.last() instanceof Outcome.Sent(DeliveryStatus status))) {
                        settle(task, program, several.last(), beganNanos);
                        return;
                    }
                    report(task, program, status, beganNanos, "sent");
                    expandedAll(task, FailedRecipient.expanded(task.recipient, program));
                }
            }
        } catch (IOException e) {
            log.error("qmgr", entry.message().id() + ": cannot record an outcome: " + e.getMessage());
        }
        through(task);
    }

    /** Records all but the last. What has the mail is noted first: whatever goes wrong then, it does not get it again. */
    private void places(Task task, String program, Outcome.Several several, long beganNanos) throws IOException {
        if (!several.isSent() && !several.reached().isEmpty()) {
            queue.reached(task.active.message().id(), task.recipient.ordinal(), several.reached());
        }
        for (DeliveryStatus status : several.places()) {
            switch (status.code().statusClass()) {
                case 2 -> report(task, program, status, beganNanos, "sent");
                case 4 -> defer(task, program, status, beganNanos);
                default -> bounce(task, program, status, beganNanos);
            }
        }
    }

    /** Records an answer to a question. */
    void asked(Task task, String program, DeliveryStatus status, long beganNanos) {
        FailedRecipient.Action action = FailedRecipient.Action.ifAsked(status);
        report(task, program, status, beganNanos, action.word());
        task.active.traced(new FailedRecipient(task.recipient, status, Optional.of(action)));
    }

    private void defer(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        task.active.somebodyWasAsked();
        await(task, program, status, beganNanos);
    }

    /** Nobody could be asked: in all else as deferred. */
    private void await(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        leave(task, program, status, beganNanos, "deferred");
    }

    /** @param word for the log: {@code deferred} */
    private void leave(Task task, String program, DeliveryStatus status, long beganNanos, String word)
            throws IOException {
        report(task, program, status, beganNanos, word);
        task.active.defer(new FailedRecipient(task.recipient, status));
        queue.deferred(task.active.message().id(), task.recipient.ordinal(), status.text());
    }

    private void bounce(Task task, String program, DeliveryStatus status, long beganNanos) throws IOException {
        if (task.active.plan().configuration().get(Parameters.SOFT_BOUNCE)) {
            // Postfix: postconf(5), soft_bounce: what would bounce waits
            task.active.somebodyWasAsked();
            leave(task, program, status.inClass(4), beganNanos, "SOFTBOUNCE");
            return;
        }
        report(task, program, status, beganNanos, "bounced");
        task.active.bounce(new FailedRecipient(task.recipient, status));
    }

    /** True where the recipient went on to another transport and is not through yet. */
    private boolean expand(Task task, String program, Outcome.Expanded expanded, long beganNanos) throws IOException {
        QueuedMessage message = task.active.message();
        String text;
        try {
            text = notices.expand(message, task.recipient, expanded, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            defer(
                    task,
                    program,
                    DeliveryStatus.of(
                            program,
                            EnhancedStatusCode.SYSTEM_TROUBLE,
                            "unable to forward message: " + e.getMessage(),
                            Duration.ZERO),
                    beganNanos);
            if (expanded.then().orElse(null) instanceof Outcome.HandedTo to) {
                pass(task, to);
                return true;
            }
            return false;
        }
        int ordinal = task.recipient.ordinal();
        if (expanded.then().isPresent() || task.active.isOpen(ordinal)) {
            queue.reached(message.id(), ordinal, Set.of(Outcome.Expanded.part(message.random())));
        }
        report(
                task,
                program,
                DeliveryStatus.of(program, EnhancedStatusCode.OK, text, Duration.ZERO),
                beganNanos,
                "sent",
                FailedRecipient.Action.RELAYED);
        FailedRecipient success = expanded.sender().isPresent()
                ? FailedRecipient.listed(task.recipient, program)
                : FailedRecipient.expanded(task.recipient, program);
        switch (expanded.then().orElse(expanded)) {
            case Outcome.HandedTo to -> {
                pass(task, to);
                return true;
            }
            case Outcome.Sent s -> expandedAll(task, success);
            case Outcome.Bounced b -> expandedAll(task, success);
            case Outcome.Deferred(DeliveryStatus status) -> defer(task, program, status, beganNanos);
            case Outcome.Waiting(DeliveryStatus status) -> await(task, program, status, beganNanos);
            case Outcome.Expanded e -> expandedAll(task, success);
            case Outcome.Several s -> expandedAll(task, success);
        }
        return false;
    }

    /** What a sender hears of a recipient who has it: of an alias, that it was expanded. */
    private static FailedRecipient success(Task task, DeliveryStatus status) {
        if (!task.recipient.reached().isEmpty() && status.owner().isPresent()) {
            return FailedRecipient.listed(task.recipient, status.relay());
        }
        return status.recipient().isPresent() || !task.recipient.reached().isEmpty()
                ? FailedRecipient.expanded(task.recipient, status.relay())
                : new FailedRecipient(task.recipient, status);
    }

    private void expandedAll(Task task, FailedRecipient success) throws IOException {
        if (done(task) && wantsToHear(task, DeliveryStatus.Handover.PLAIN)) {
            task.active.sent(success);
        }
    }

    /** False where another part of the recipient failed or waits: he is done when its sender has been told, or when that has it. */
    private boolean done(Task task) throws IOException {
        int ordinal = task.recipient.ordinal();
        if (task.active.isOpen(ordinal)) {
            if (task.part.isPresent()) {
                queue.reached(task.active.message().id(), ordinal, Set.of(task.part.get()));
            }
            return false;
        }
        queue.done(task.active.message().id(), ordinal);
        return true;
    }

    /** Postfix: {@code confirm_delay_cleared}: who was warned hears too that it got through. */
    private static boolean wantsToHear(Task task, DeliveryStatus.Handover handover) {
        EnvelopeRecipient recipient = task.recipient.recipient();
        boolean cleared = task.active.message().warned()
                && task.active.plan().configuration().get(Parameters.CONFIRM_DELAY_CLEARED)
                && recipient.wantsDelay();
        return cleared || (recipient.wantsSuccess() && handover != DeliveryStatus.Handover.WITH_REQUEST);
    }

    /** Of an outcome that leaves a recipient waiting. */
    static Stream<DeliveryStatus> reason(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Deferred(DeliveryStatus status) -> Stream.of(status);
            case Outcome.Waiting(DeliveryStatus status) -> Stream.of(status);
            case Outcome.Sent s -> Stream.empty();
            case Outcome.Bounced b -> Stream.empty();
            case Outcome.HandedTo h -> Stream.empty();
            case Outcome.Expanded e -> Stream.empty();
            case Outcome.Several several -> reason(several.last());
        };
    }

    static Outcome deferred(EnhancedStatusCode code, String text) {
        return new Outcome.Deferred(DeliveryStatus.of("none", code, text, Duration.ZERO));
    }

    private void report(Task task, String program, DeliveryStatus status, long beganNanos, String word) {
        report(task, program, status, beganNanos, word, FailedRecipient.Action.ofAttempt(status));
    }

    /** @param action what a report for who asked for one says */
    private void report(
            Task task,
            String program,
            DeliveryStatus status,
            long beganNanos,
            String word,
            FailedRecipient.Action action) {
        ActiveMessage entry = task.active;
        log.delivery(
                program,
                entry.message().id(),
                task.recipient.recipient(),
                status,
                entry.beforeClaim(),
                entry.sinceClaim(beganNanos),
                word);
        if (entry.isTraced()) {
            entry.traced(new FailedRecipient(task.recipient, status, Optional.of(action)));
        }
    }
}
