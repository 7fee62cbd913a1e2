package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** SAFETY 30: after 1 h, 1 day, then weekly. */
class WaitNoticesTest {
    @Test
    void tellsAfterAnHourADayAndThenWeekly() {
        assertThat(WaitNotices.due(0)).isEqualTo(Duration.ofHours(1));
        assertThat(WaitNotices.due(1)).isEqualTo(Duration.ofDays(1));
        assertThat(WaitNotices.due(2)).isEqualTo(Duration.ofDays(7));
        assertThat(WaitNotices.due(3)).isEqualTo(Duration.ofDays(14));
        assertThat(WaitNotices.due(4)).isEqualTo(Duration.ofDays(21));
    }
}
