package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

class FeedbackTest {
    private static final Outcome SENT = new Outcome.Sent(status("mx", "2.0.0"));
    private static final Outcome NOBODY = new Outcome.Deferred(status("none", "4.4.1"));
    private static final Outcome BROKEN_OFF = new Outcome.Deferred(status("mx", "4.4.2"));
    private static final Outcome GREYLISTED = new Outcome.Deferred(status("mx", "4.7.1"));

    private static DeliveryStatus status(String relay, String code) {
        return DeliveryStatus.of(relay, EnhancedStatusCode.parse(code).orElseThrow(), "x", Duration.ZERO);
    }

    private static Feedback of(Agent.Destination batchedBy, Outcome... outcomes) {
        Agent agent = new Agent("smtp", batch -> Collections.nCopies(batch.size(), SENT), batchedBy);
        return Feedback.of(agent, 1, List.of(outcomes));
    }

    @Test
    void oneOutcomeThatSaysNothingAgainstTheDestinationIsEnough() {
        assertThat(of(Agent.Destination.NEXT_HOP, NOBODY, SENT).reached()).isTrue();
        assertThat(of(Agent.Destination.NEXT_HOP, NOBODY, GREYLISTED).reached()).isTrue();
        assertThat(of(Agent.Destination.NEXT_HOP, NOBODY, BROKEN_OFF).reached()).isFalse();
    }

    @Test
    void deadIsWhereNobodyWasThereForAny() {
        assertThat(of(Agent.Destination.NEXT_HOP, NOBODY, NOBODY).dead()).contains(NOBODY);
        assertThat(of(Agent.Destination.NEXT_HOP, NOBODY, BROKEN_OFF).dead())
                .as("a connection that broke off was one")
                .isEmpty();
        assertThat(of(Agent.Destination.ANSWER, NOBODY).dead())
                .as("error(8) asks nobody")
                .isEmpty();
    }

    @Test
    void ofSeveralPlacesTheLastOneCounts() {
        DeliveryStatus sent = status("local", "2.0.0");
        assertThat(of(Agent.Destination.NEXT_HOP, new Outcome.Several(List.of(sent), NOBODY))
                        .dead())
                .isPresent();
    }
}
