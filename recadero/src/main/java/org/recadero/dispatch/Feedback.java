package org.recadero.dispatch;

import java.util.List;
import java.util.Optional;
import org.recadero.status.Outcome;

/**
 * What a batch tells of its destination.
 *
 * @param reached whether an outcome says nothing against it as a whole
 * @param messages of which nothing was told before the batch's end
 * @param dead the outcome where nobody was there at all, whoever sends
 */
record Feedback(boolean reached, int messages, Optional<Outcome> dead) {
    static Feedback of(Agent agent, int messages, List<Outcome> outcomes) {
        boolean nobody = agent.batchedBy() != Agent.Destination.ANSWER
                && outcomes.stream().allMatch(Feedback::foundNobody);
        return new Feedback(
                outcomes.stream().anyMatch(Feedback::isReached),
                messages,
                nobody ? outcomes.stream().findFirst() : Optional.empty());
    }

    /** Postfix: SCHEDULER_README, negative feedback. */
    private static boolean isReached(Outcome outcome) {
        return Outcomes.reason(outcome).noneMatch(s -> s.code().subject() == 4);
    }

    /** No connection, no name (RFC 3463 §3.5): not what one message may have done to a server that was there. */
    private static boolean foundNobody(Outcome outcome) {
        return Outcomes.reason(outcome)
                .anyMatch(s -> s.code().subject() == 4 && s.relay().equals("none"));
    }
}
