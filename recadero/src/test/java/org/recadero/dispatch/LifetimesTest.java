package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.QueuedMessage;

/** SAFETY 30: time in which nobody could be asked does not use up a message's lifetime. */
class LifetimesTest {
    private final Lifetimes lifetimes = new Lifetimes();

    private static QueuedMessage message(boolean waited) {
        return new QueuedMessage(
                QueueId.of(7),
                new SubmissionId(1, 1),
                new SubmissionId(1, 2),
                Instant.EPOCH,
                Duration.ZERO,
                1,
                Envelope.of(ReversePath.none(), List.of(EnvelopeRecipient.of(Address.of("x@example.org")))),
                List.of(),
                QueuedMessage.State.ACTIVE,
                Instant.EPOCH,
                0,
                false,
                false,
                waited);
    }

    private Duration at(int hours, boolean foundNoWay) {
        return lifetimes.age(message(false), Duration.ofHours(hours), foundNoWay);
    }

    @Test
    void aWeekOffLineLeavesAllOfTheLifetime() {
        for (int hour = 0; hour <= 168; hour++) {
            assertThat(at(hour, true)).isZero();
        }
        assertThat(at(170, false)).as("on line again, greylisted").isEqualTo(Duration.ofHours(2));
        assertThat(at(180, false)).isEqualTo(Duration.ofHours(12));
        assertThat(at(190, true)).isEqualTo(Duration.ofHours(12));
        assertThat(at(200, false)).isEqualTo(Duration.ofHours(22));
    }

    @Test
    void whatNeverWaitedAgesAsItDoes() {
        assertThat(at(50, false)).isEqualTo(Duration.ofHours(50));
    }

    /** The sum is not kept on disk, that it waited is: rather too long than too short. */
    @Test
    void afterAStartAllOfItsAgeCountsAsWaited() {
        assertThat(lifetimes.age(message(true), Duration.ofHours(100), false)).isZero();
        assertThat(lifetimes.age(message(true), Duration.ofHours(103), false)).isEqualTo(Duration.ofHours(3));
        lifetimes.forget(QueueId.of(7));
        assertThat(lifetimes.age(message(false), Duration.ofHours(4), false)).isEqualTo(Duration.ofHours(4));
    }
}
