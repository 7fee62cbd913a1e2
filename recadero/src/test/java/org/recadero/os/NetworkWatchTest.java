package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** That it sees a new address is tested end to end, where there is a network to take away. */
class NetworkWatchTest {
    @Test
    void waitsForNewsAndEndsWhenItIsClosed() throws Exception {
        NetworkWatch watch = NetworkWatch.open();
        assertThat(watch.await(Duration.ofMillis(1))).isFalse();
        watch.close();
        assertThatThrownBy(() -> watch.await(Duration.ofSeconds(5))).isInstanceOf(ClosedChannelException.class);
    }
}
