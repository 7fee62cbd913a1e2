package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.ReversePath;

/** Whose turn it is when; that workers keep the pauses: {@link DispatcherTest}. */
class PacingTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private long nanos;
    private Agent.Pauses pauses = new Agent.Pauses(MINUTE, Duration.ZERO);
    private final Pacing pacing = new Pacing(new ReentrantLock(), transport -> pauses, () -> nanos);

    private Lane lane(String destination) {
        Agent agent = new Agent("smtp", batch -> List.of(), Agent.Destination.NEXT_HOP);
        return new Lane(new Lane.Key("smtp", destination), agent, t -> ReversePath.of("pepe@example.net"), false);
    }

    private void passes(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void whoFindsNobodyHasHisTurnAtOnce() {
        assertThat(pacing.untilTurn(lane("example.org"), 0, 0)).isZero();
    }

    @Test
    void eachOneBeforeHimIsAPause() {
        assertThat(pacing.untilTurn(lane("example.org"), 3, 9)).isEqualTo(MINUTE.multipliedBy(3));
        pauses = new Agent.Pauses(MINUTE, MINUTE);
        assertThat(pacing.untilTurn(lane("example.org"), 3, 9)).isEqualTo(MINUTE.multipliedBy(9));
    }

    @Test
    void theRestOfAPauseCounts() {
        Lane lane = lane("example.org");
        lane.endedNanos = nanos;
        passes(Duration.ofSeconds(20));
        assertThat(pacing.untilTurn(lane, 0, 0)).isEqualTo(Duration.ofSeconds(40));
        assertThat(pacing.untilTurn(lane, 1, 0)).isEqualTo(Duration.ofSeconds(100));
        passes(MINUTE);
        assertThat(pacing.untilTurn(lane, 0, 0)).isZero();
    }

    @Test
    void theyComeBackOneByOne() {
        Lane lane = lane("example.org");
        assertThat(pacing.promise(lane, MINUTE, HOUR)).isEqualTo(MINUTE);
        assertThat(pacing.promise(lane, MINUTE, HOUR)).isEqualTo(MINUTE.multipliedBy(2));
        passes(Duration.ofSeconds(30));
        assertThat(pacing.promise(lane, MINUTE, HOUR)).isEqualTo(Duration.ofSeconds(150));
        assertThat(pacing.promise(lane("example.com"), MINUTE, HOUR)).isEqualTo(MINUTE);
        passes(HOUR);
        assertThat(pacing.promise(lane, MINUTE, HOUR)).as("what is long past").isEqualTo(MINUTE);
    }

    @Test
    void ofATransportThatPausesTheyComeBackOneByOneWhateverTheDestination() {
        pauses = new Agent.Pauses(Duration.ZERO, MINUTE);
        assertThat(pacing.promise(lane("example.org"), MINUTE, HOUR)).isEqualTo(MINUTE);
        assertThat(pacing.promise(lane("example.com"), MINUTE, HOUR)).isEqualTo(MINUTE.multipliedBy(2));
    }

    @Test
    void nobodyIsPutOffForLongerThanTheLongest() {
        Lane lane = lane("example.org");
        assertThat(pacing.promise(lane, HOUR.multipliedBy(3), HOUR)).isEqualTo(HOUR);
        assertThat(pacing.promise(lane, MINUTE, HOUR)).as("then it begins anew").isEqualTo(MINUTE);
    }
}
