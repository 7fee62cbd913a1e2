package org.recadero.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Verification;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Brings what waits in a lane to its agent: mail to deliver, questions to answer, and word of what is not even tried. Used by the
 * workers' threads, which hold no lock meanwhile.
 */
final class Courier {
    private static final String SUSPENDED = "delivery temporarily suspended: ";

    private final Queue queue;
    private final Routing routing;
    private final Outcomes outcomes;
    private final Notices notices;
    private final MailLog log;

    Courier(Queue queue, Routing routing, Outcomes outcomes, Notices notices, MailLog log) {
        this.queue = Objects.requireNonNull(queue);
        this.routing = Objects.requireNonNull(routing);
        this.outcomes = Objects.requireNonNull(outcomes);
        this.notices = Objects.requireNonNull(notices);
        this.log = Objects.requireNonNull(log);
    }

    /** SAFETY 13: not where it was deleted, held or requeued while it waited for its turn. */
    boolean mayGo(ActiveMessage message) {
        return queue.mayAttempt(message.message().id());
    }

    /** A recipient whose message may not go is through. */
    private boolean mayGo(Task task) {
        boolean may = mayGo(task.active);
        if (!may) {
            outcomes.through(task);
        }
        return may;
    }

    /**
     * Hands an agent what was taken out of a lane, and records what comes of it.
     *
     * @param lanes where the agent may have more of the same
     */
    Feedback deliver(Lanes lanes, Lane lane, List<Task> waiting) {
        Agent agent = lane.agent;
        List<Task> batch = new ArrayList<>(waiting.size());
        for (Task task : waiting) {
            if (mayGo(task)) {
                batch.add(task);
            }
        }
        List<Task> questions =
                batch.stream().filter(t -> t.active.isOnlyAQuestion()).toList();
        batch.removeAll(questions);
        verify(agent, questions);
        if (batch.isEmpty()) {
            return new Feedback(true, 0, Optional.empty());
        }
        Batch underWay = new Batch(lanes, lane, this, outcomes);
        List<Delivery> deliveries = underWay.add(batch);
        List<Outcome> ends;
        try {
            ends = agent.deliverer().deliver(deliveries, underWay);
            if (ends.size() != underWay.size()) {
                throw new IllegalStateException(ends.size() + " outcomes for " + underWay.size() + " recipients");
            }
        } catch (RuntimeException | StackOverflowError e) {
            // the mail waits, the others go on
            Outcome waits = Outcomes.deferred(EnhancedStatusCode.SYSTEM_TROUBLE, ourBug(agent, e));
            ends = Collections.nCopies(underWay.size(), waits);
        }
        int untold = underWay.openMessages();
        underWay.end(ends);
        return Feedback.of(agent, untold, ends);
    }

    /** Nobody was there for those before: this one is not tried. Postfix: qmgr(8), dead destinations. */
    void suspend(Task task, Agent agent, Outcome why) {
        if (!mayGo(task)) {
            return;
        }
        if (!task.active.isOnlyAQuestion()) {
            agent.deliverer().suspended(delivery(agent, task));
        }
        DeliveryStatus said = Outcomes.reason(why).findFirst().orElseThrow();
        DeliveryStatus status = DeliveryStatus.of("none", said.code(), SUSPENDED + said.text(), Duration.ZERO);
        outcomes.settle(
                task,
                agent.program(),
                why instanceof Outcome.Waiting ? new Outcome.Waiting(status) : new Outcome.Deferred(status),
                System.nanoTime());
    }

    /** Those whose senders only ask. Postfix: sendmail(1), {@code -bv}. */
    private void verify(Agent agent, List<Task> batch) {
        if (batch.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        List<Verification> answers;
        List<Delivery> deliveries =
                batch.stream().map(task -> delivery(agent, task)).toList();
        try {
            answers = agent.deliverer().verify(deliveries);
            if (answers.size() != batch.size()) {
                throw new IllegalStateException(answers.size() + " answers for " + batch.size() + " recipients");
            }
        } catch (RuntimeException | StackOverflowError e) {
            answers = Verification.ofEach(deliveries, "none", ourBug(agent, e));
        }
        for (int i = 0; i < batch.size(); i++) {
            Task task = batch.get(i);
            Verification answer = answers.get(i);
            answer.found().forEach(status -> outcomes.asked(task, agent.program(), status, began));
            answer.then().ifPresentOrElse(to -> outcomes.handOn(task, to), () -> outcomes.through(task));
        }
    }

    /** The text for the recipients concerned. */
    private String ourBug(Agent agent, Throwable e) {
        String text = "delivery failed: " + e + at(e);
        log.error(agent.program(), text);
        notices.software(agent.program() + ": " + text);
        return "internal error: " + e.getClass().getSimpleName();
    }

    /** Where a bug is, for the log. */
    static String at(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return trace.length == 0 ? "" : " at " + trace[0];
    }

    Delivery delivery(Agent agent, Task task) {
        QueuedMessage message = task.active.message();
        int ordinal = task.recipient.ordinal();
        return new Delivery(
                message,
                task.recipient,
                routing.accountOf(agent, task),
                task.nextHop,
                () -> queue.openContent(message.id()),
                place -> queue.begun(message.id(), ordinal, place));
    }
}
