package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;

class AttemptEndTest {
    @Test
    void waitsAsLongAsItHasWaitedBetweenTwoBounds(@TempDir Path folder) throws Exception { // Postfix: qmgr(8)
        Snapshot configuration =
                Configurations.of(folder, Map.of("minimal_backoff_time", "300s", "maximal_backoff_time", "4000s"));
        assertThat(AttemptEnd.backOff(Duration.ofSeconds(1), configuration)).hasSeconds(300);
        assertThat(AttemptEnd.backOff(Duration.ofSeconds(1_234), configuration)).hasSeconds(1_234);
        assertThat(AttemptEnd.backOff(Duration.ofDays(3), configuration)).hasSeconds(4_000);
    }
}
