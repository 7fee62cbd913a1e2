package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.dispatch.Agent;

/** Postfix: postconf(5), local_destination_concurrency_limit, local_destination_recipient_limit. */
class LocalLimitsTest {
    private static final String CONCURRENCY = "local_destination_concurrency_limit";
    private static final String RECIPIENTS = "local_destination_recipient_limit";

    @TempDir
    Path folder;

    private Snapshot with(Map<String, String> settings) throws ConfigurationException {
        return Configurations.of(folder, settings);
    }

    @Test
    void aMailboxGetsOneBatchAtATimeByDefault() throws ConfigurationException {
        assertThat(LocalLimits.of(with(Map.of()))).isEqualTo(new LocalLimits(Agent.Destination.LOCAL_PART, 1, 50));
        assertThat(LocalLimits.doubt(with(Map.of()))).isEmpty();
    }

    @Test
    void theConcurrencyIsThatOfEachMailbox() throws ConfigurationException {
        Snapshot two = with(Map.of(CONCURRENCY, "2", RECIPIENTS, "1"));
        assertThat(LocalLimits.of(two)).isEqualTo(new LocalLimits(Agent.Destination.LOCAL_PART, 2, 50));
        assertThat(LocalLimits.doubt(two)).isEmpty();
    }

    @Test
    void safety6NoMoreThanTwoForAUserAndWhoAskedForMoreIsTold() throws ConfigurationException {
        for (String asked : new String[] {"20", "0"}) {
            Snapshot more = with(Map.of(CONCURRENCY, asked));
            assertThat(LocalLimits.of(more)).isEqualTo(new LocalLimits(Agent.Destination.LOCAL_PART, 2, 50));
            assertThat(LocalLimits.doubt(more).orElseThrow())
                    .endsWith(CONCURRENCY + " = " + asked + ": at most 2 deliveries to a user at the same time");
        }
    }

    @Test
    void withMoreRecipientsItIsThatOfTheDomain() throws ConfigurationException {
        Snapshot ten = with(Map.of(CONCURRENCY, "20", RECIPIENTS, "10"));
        assertThat(LocalLimits.of(ten)).isEqualTo(new LocalLimits(Agent.Destination.LOCAL_DOMAIN, 20, 10));
        assertThat(LocalLimits.doubt(ten)).isEmpty();
        assertThat(LocalLimits.of(with(Map.of(RECIPIENTS, "0"))))
                .isEqualTo(new LocalLimits(Agent.Destination.LOCAL_DOMAIN, 1, 1_000));
    }
}
