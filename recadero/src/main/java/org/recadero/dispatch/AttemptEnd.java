package org.recadero.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.bounce.FailedRecipient;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;

/**
 * The end of an attempt, when all recipients of a claimed message are through: who is told, whether the message has expired, when it
 * is due again. Used by the thread that brought the last recipient, with no lock held.
 */
final class AttemptEnd {
    private final Queue queue;
    private final Notices notices;
    private final MailLog log;
    private final Lifetimes lifetimes = new Lifetimes();

    AttemptEnd(Queue queue, Notices notices, MailLog log) {
        this.queue = Objects.requireNonNull(queue);
        this.notices = Objects.requireNonNull(notices);
        this.log = Objects.requireNonNull(log);
    }

    /** Tells whom it must, and ends the claim. */
    void of(ActiveMessage entry) {
        try {
            finish(entry);
        } catch (IOException | RuntimeException e) {
            log.error("qmgr", entry.message().id() + ": cannot end the attempt: " + e);
            giveBack(entry);
        }
    }

    private void finish(ActiveMessage entry) throws IOException {
        QueuedMessage message = entry.message();
        Duration total = message.age().plus(entry.sinceClaim(System.nanoTime()));
        Optional<Duration> putOff = entry.putOff();
        // what was not tried neither ages nor expires
        Duration age = putOff.isPresent() ? total : lifetime(entry, total);
        boolean waiting = putOff.isPresent() || !entry.deferred().isEmpty();
        if (!entry.bounced().isEmpty()) {
            waiting |= !tell(message, entry.bounced());
        }
        if (!entry.traced().isEmpty()) {
            waiting |= !tellWhatWasAsked(message, entry);
        } else if (!entry.sent().isEmpty()) {
            tellOfDelivery(message, entry.sent());
        }
        if (!entry.deferred().isEmpty()) {
            if (isExpired(entry, age)) {
                log.expired(message.id(), message.envelope().sender(), message.forcedExpiry());
                waiting = !tell(message, entry.expired());
            } else {
                // whoever wants to hear of a delay wants it off line too
                warn(message, entry, total);
            }
        }
        boolean ours = queue.mayAttempt(message.id());
        boolean gone = putOff.isPresent()
                ? queue.putOff(message.id(), putOff.get())
                : queue.release(message.id(), backOff(age, entry.plan().configuration()));
        if (gone) {
            lifetimes.forget(message.id());
            log.removed(message.id());
        } else if (putOff.isPresent()) {
            log.info(
                    "qmgr",
                    message.id() + ": its turn comes later, put off for "
                            + putOff.get().toSeconds() + " s");
        } else if (!waiting && ours) {
            log.warning("qmgr", Optional.of(message.id()), "stays in the queue: an outcome could not be recorded");
        }
    }

    /** The attempt did not end as it should: the message is nobody's any more and is due again later. */
    private void giveBack(ActiveMessage entry) {
        try {
            queue.release(entry.message().id(), entry.plan().configuration().get(Parameters.MINIMAL_BACKOFF_TIME));
        } catch (IOException | RuntimeException e) {
            log.error("qmgr", entry.message().id() + ": stays claimed until the next start: " + e);
        }
    }

    /** True when the sender was told and the recipients are done. */
    private boolean tell(QueuedMessage message, List<FailedRecipient> recipients) throws IOException {
        try {
            notices.failure(message, recipients, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning("bounce", Optional.of(message.id()), "cannot tell the sender yet: " + e.getMessage());
            for (FailedRecipient failed : recipients) {
                queue.deferred(
                        message.id(),
                        failed.recipient().ordinal(),
                        "bounce or trace service failure: " + failed.status().text());
            }
            return false;
        }
        for (FailedRecipient failed : recipients) {
            queue.done(message.id(), failed.recipient().ordinal());
        }
        return true;
    }

    /** True where nothing is left to do for it: a question that could not be answered is asked again later. */
    private boolean tellWhatWasAsked(QueuedMessage message, ActiveMessage entry) throws IOException {
        List<FailedRecipient> traced = entry.traced();
        try {
            notices.trace(message, traced, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning(
                    "bounce",
                    Optional.of(message.id()),
                    "cannot send the report that was asked for: " + e.getMessage());
            return !entry.isOnlyAQuestion();
        }
        if (entry.isOnlyAQuestion()) {
            for (RecipientState recipient : message.recipients()) {
                queue.done(message.id(), recipient.ordinal());
            }
        }
        return true;
    }

    /** Nobody misses mail where this fails: it was delivered, and that is recorded. */
    private void tellOfDelivery(QueuedMessage message, List<FailedRecipient> recipients) {
        try {
            notices.success(message, recipients, () -> queue.openContent(message.id()));
        } catch (IOException e) {
            log.warning("bounce", Optional.of(message.id()), "cannot tell of the delivery: " + e.getMessage());
        }
    }

    /** The part of its age that counts. DIFFERS: for Postfix all of it counts, also while this machine is off line. */
    private Duration lifetime(ActiveMessage entry, Duration age) throws IOException {
        if (entry.plan().configuration().get(Parameters.RECADERO_WAITING_USES_LIFETIME)) {
            return age;
        }
        if (entry.foundNoWay()) {
            queue.waited(entry.message().id());
        }
        return lifetimes.age(entry.message(), age, entry.foundNoWay());
    }

    /** SAFETY 30: nothing expires while nobody can be asked. */
    private static boolean isExpired(ActiveMessage entry, Duration age) {
        QueuedMessage message = entry.message();
        Configuration configuration = entry.plan().configuration();
        boolean mayWait = entry.foundNoWay() && !configuration.get(Parameters.RECADERO_WAITING_USES_LIFETIME);
        if (mayWait && !message.forcedExpiry()) {
            return false;
        }
        Duration lifetime = switch (message.envelope().sender()) {
            case ReversePath.Null n -> configuration.get(Parameters.BOUNCE_QUEUE_LIFETIME);
            case ReversePath.Sender s -> configuration.get(Parameters.MAXIMAL_QUEUE_LIFETIME);
        };
        return message.forcedExpiry() || age.compareTo(lifetime) >= 0;
    }

    private void warn(QueuedMessage message, ActiveMessage entry, Duration age) throws IOException {
        Duration after = entry.plan().configuration().get(Parameters.DELAY_WARNING_TIME);
        if (after.isZero() || message.warned() || age.compareTo(after) < 0) {
            return;
        }
        List<FailedRecipient> told = entry.deferred().stream()
                .filter(f -> f.recipient().recipient().wantsDelay())
                .toList();
        if (!told.isEmpty()) {
            notices.delay(message, told, () -> queue.openContent(message.id()));
        }
        queue.warned(message.id());
    }

    /** Postfix: qmgr(8): as long as it has waited already, between minimal_backoff_time and maximal_backoff_time. */
    static Duration backOff(Duration age, Configuration configuration) {
        Duration least = configuration.get(Parameters.MINIMAL_BACKOFF_TIME);
        Duration most = configuration.get(Parameters.MAXIMAL_BACKOFF_TIME);
        if (age.compareTo(least) < 0) {
            return least;
        }
        return age.compareTo(most) > 0 ? most : age;
    }
}
