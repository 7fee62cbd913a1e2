package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** SAFETY 30: network events are debounced. The time is the test's own. */
class NetworkChangesTest {
    private final List<Duration> probes = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private Duration now = Duration.ZERO;

    /** Events at these times; the run ends at the first look after the end. */
    private void run(Duration end, List<Duration> times) throws IOException {
        Deque<Duration> left = new ArrayDeque<>(times);
        NetworkChanges.Events events = limit -> {
            if (left.isEmpty() || left.peek().compareTo(now.plus(limit)) > 0) {
                now = now.plus(limit);
                return false;
            }
            now = left.peek().compareTo(now) > 0 ? left.peek() : now;
            while (!left.isEmpty() && left.peek().compareTo(now) <= 0) {
                left.poll();
            }
            return true;
        };
        NetworkChanges.Pause pause = time -> {
            pauses.add(time);
            now = now.plus(time);
        };
        new NetworkChanges(events, pause, new Random(1)).run(() -> now.compareTo(end) < 0, () -> probes.add(now));
    }

    private static List<Duration> every(Duration step, int times) {
        List<Duration> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.add(step.multipliedBy(i));
        }
        return all;
    }

    @Test
    void aBurstOfEventsIsOneChange() throws IOException {
        run(Duration.ofHours(1), every(Duration.ofMillis(10), 300));
        assertThat(probes).hasSize(1);
        assertThat(probes.getFirst()).isBetween(NetworkChanges.SETTLES, Duration.ofSeconds(12));
    }

    @Test
    void eventsThatGoOnPutItOffUntilItIsQuiet() throws IOException {
        run(Duration.ofHours(1), every(Duration.ofSeconds(3), 6));
        assertThat(probes).hasSize(1);
        assertThat(probes.getFirst()).isGreaterThan(Duration.ofSeconds(15));
    }

    @Test
    void aNetworkThatNeverSettlesIsUsedAllTheSame() throws IOException {
        run(Duration.ofMinutes(10), every(Duration.ofSeconds(1), 600));
        assertThat(probes.getFirst()).isLessThan(Duration.ofSeconds(75));
        assertThat(probes).hasSizeBetween(5, 12);
    }

    @Test
    void twoChangesAreTwo() throws IOException {
        run(Duration.ofHours(1), List.of(Duration.ZERO, Duration.ofMinutes(20)));
        assertThat(probes).hasSize(2);
    }

    @Test
    void thePauseVaries() throws IOException {
        run(Duration.ofHours(10), every(Duration.ofMinutes(5), 100));
        assertThat(pauses)
                .hasSize(100)
                .allSatisfy(p -> assertThat(p)
                        .isBetween(NetworkChanges.SETTLES, NetworkChanges.SETTLES.plus(NetworkChanges.JITTER)));
        assertThat(pauses.stream().distinct()).hasSizeGreaterThan(50);
    }
}
