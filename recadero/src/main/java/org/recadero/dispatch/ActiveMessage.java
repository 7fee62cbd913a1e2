package org.recadero.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.recadero.bounce.FailedRecipient;
import org.recadero.envelope.Envelope;
import org.recadero.queue.QueuedMessage;
import org.recadero.route.AccountRule;

/** A claimed message while its recipients are with the agents. Its own lock guards what changes. */
final class ActiveMessage {
    private final QueuedMessage message;
    private final Plan plan;
    private final long claimedNanos;
    private int open;
    private boolean asked;
    private @Nullable Duration putOff;
    private AccountRule.@Nullable Answer account;
    private final List<FailedRecipient> bounced = new ArrayList<>();
    private final List<FailedRecipient> deferred = new ArrayList<>();
    private final Set<Integer> failing = new HashSet<>();
    private final Set<Integer> waiting = new HashSet<>();
    private final List<FailedRecipient> sent = new ArrayList<>();
    private final List<FailedRecipient> traced = new ArrayList<>();

    ActiveMessage(QueuedMessage message, Plan plan, int open, long claimedNanos) {
        this.message = Objects.requireNonNull(message);
        this.plan = Objects.requireNonNull(plan);
        this.open = open;
        this.claimedNanos = claimedNanos;
    }

    QueuedMessage message() {
        return message;
    }

    Plan plan() {
        return plan;
    }

    /** From arrival until the claim: the first of the log's four delays. */
    Duration beforeClaim() {
        return message.age();
    }

    /** Whether nothing of it may be delivered. */
    boolean isOnlyAQuestion() {
        return message.envelope().isOnlyAQuestion();
    }

    /** Whether the sender wants to hear of this attempt, whatever comes of it. */
    boolean isTraced() {
        return message.attempts() == 0 && message.envelope().trace().equals(Optional.of(Envelope.Trace.FIRST_ATTEMPT));
    }

    Duration sinceClaim(long nowNanos) {
        return Duration.ofNanos(Math.max(0, nowNanos - claimedNanos));
    }

    /**
     * Whose account it goes through; decided once.
     *
     * @param rule is asked the first time
     */
    synchronized AccountRule.Answer account(Supplier<AccountRule.Answer> rule) {
        AccountRule.Answer known = account;
        if (known == null) {
            known = rule.get();
            account = known;
        }
        return known;
    }

    synchronized void bounce(FailedRecipient recipient) {
        bounced.add(recipient);
        failing.add(recipient.recipient().ordinal());
    }

    /** A recipient waits though somebody was asked. */
    synchronized void somebodyWasAsked() {
        asked = true;
    }

    /** Whether each recipient that is left waits since nobody could be asked. */
    synchronized boolean foundNoWay() {
        return !deferred.isEmpty() && !asked;
    }

    synchronized void defer(FailedRecipient recipient) {
        deferred.add(recipient);
        waiting.add(recipient.recipient().ordinal());
    }

    /** A recipient was not tried: his turn comes so much later. */
    synchronized void putOff(Duration until) {
        Duration before = putOff;
        putOff = before == null || until.compareTo(before) < 0 ? until : before;
    }

    /** When the first turn comes, where none of the recipients that are left was tried. */
    synchronized Optional<Duration> putOff() {
        return deferred.isEmpty() ? Optional.ofNullable(putOff) : Optional.empty();
    }

    /** One recipient is through; true for the last one. */
    synchronized boolean oneThrough() {
        open--;
        return open == 0;
    }

    /** A recipient whose sender wants to hear of the delivery. */
    synchronized void sent(FailedRecipient recipient) {
        sent.add(recipient);
    }

    /** What the sender asked to be told of. */
    synchronized void traced(FailedRecipient recipient) {
        traced.add(recipient);
    }

    synchronized List<FailedRecipient> traced() {
        return inOrder(traced);
    }

    /** Whether a part of a recipient failed or waits: it is not done yet, whatever becomes of its other parts. */
    synchronized boolean isOpen(int ordinal) {
        return failing.contains(ordinal) || waiting.contains(ordinal);
    }

    /** What failed of recipients of which nothing waits: who is told of the others is done with them. */
    synchronized List<FailedRecipient> bounced() {
        return inOrder(bounced.stream()
                .filter(f -> !waiting.contains(f.recipient().ordinal()))
                .toList());
    }

    /** What waits, and what failed of the same recipients: all that is told of when nothing waits any longer. */
    synchronized List<FailedRecipient> expired() {
        return inOrder(Stream.concat(
                        bounced.stream()
                                .filter(f -> waiting.contains(f.recipient().ordinal())),
                        deferred.stream())
                .toList());
    }

    synchronized List<FailedRecipient> deferred() {
        return inOrder(deferred);
    }

    synchronized List<FailedRecipient> sent() {
        return inOrder(sent);
    }

    /** As the envelope has them, not as the agents ended. */
    private static List<FailedRecipient> inOrder(List<FailedRecipient> recipients) {
        if (recipients.size() < 2) {
            return List.copyOf(recipients);
        }
        return recipients.stream()
                .sorted(Comparator.comparingInt(r -> r.recipient().ordinal()))
                .toList();
    }
}
