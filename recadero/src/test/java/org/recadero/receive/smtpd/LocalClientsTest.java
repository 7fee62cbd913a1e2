package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;
import org.recadero.receive.cleanup.NewMessage.HeaderNames;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/** {@code local_header_rewrite_clients}. */
class LocalClientsTest {
    private static final LocalClients.Client STRANGER = new LocalClients.Client("192.0.2.1", false, false, false);

    /** {@code known:192.0.2.9}, {@code broken:x}. */
    private record Table(String name) implements LookupTable {
        @Override
        public LookupResult find(String key) {
            if (name.startsWith("broken:")) {
                return new LookupResult.Failed(name);
            }
            return name.endsWith(":" + key) ? new LookupResult.Found("") : new LookupResult.NotFound();
        }
    }

    private static HeaderNames names(LocalClients.Client client, String... words) {
        try {
            return new LocalClients(List.of(words), Table::new).of(client);
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void eachWordMatchesItsClients() {
        assertThat(names(STRANGER, "permit_inet_interfaces", "PERMIT_mynetworks", "permit_sasl_authenticated"))
                .isEqualTo(HeaderNames.REMOTE);
        assertThat(names(new LocalClients.Client("127.0.0.1", true, false, false), "permit_inet_interfaces"))
                .isEqualTo(HeaderNames.LOCAL);
        assertThat(names(new LocalClients.Client("192.0.2.1", false, true, false), "permit_mynetworks"))
                .isEqualTo(HeaderNames.LOCAL);
        assertThat(names(new LocalClients.Client("192.0.2.1", false, false, true), "permit_sasl_authenticated"))
                .isEqualTo(HeaderNames.LOCAL);
        assertThat(names(new LocalClients.Client("192.0.2.1", true, true, true)))
                .isEqualTo(HeaderNames.REMOTE);
        assertThat(names(STRANGER, "permit_tls_clientcerts", "permit_tls_all_clientcerts"))
                .isEqualTo(HeaderNames.REMOTE);
    }

    @Test
    void tablesKnowAddresses() {
        assertThat(names(STRANGER, "check_address_map", "known:192.0.2.1")).isEqualTo(HeaderNames.LOCAL);
        assertThat(names(STRANGER, "known:192.0.2.9", "known:192.0.2.1")).isEqualTo(HeaderNames.LOCAL);
        assertThat(names(STRANGER, "known:192.0.2.9")).isEqualTo(HeaderNames.REMOTE);
        assertThat(names(STRANGER, "broken:x", "known:192.0.2.1")).isEqualTo(HeaderNames.NOT_KNOWN_NOW);
    }

    @Test
    void aWordThatMeansNothingIsAnError() {
        assertThatThrownBy(() -> new LocalClients(List.of("patata"), Table::new))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("parameter local_header_rewrite_clients: invalid request: patata");
    }
}
