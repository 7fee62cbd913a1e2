package org.recadero.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.log.MailLog;
import org.recadero.os.KnownUsers;
import org.recadero.table.Tables;

/** Virtual alias domains and people who have moved: trivial-rewrite(8), virtual(5), relocated(5). */
class RouterTest {
    private final Map<String, String> settings = new LinkedHashMap<>(Map.of(
            "myhostname", "cliente.example.net",
            "myorigin", "example.net",
            "mydestination", "localhost",
            "recipient_delimiter", "+",
            "default_transport", "smtp",
            "relay_domains", "relay.example",
            "inet_interfaces", "loopback-only"));

    private Router router() {
        Tables tables = new Tables(KnownUsers.of(), new MailLog((severity, tag, text) -> {}, "postfix"), "qmgr");
        try {
            Snapshot configuration = Configurations.of(Path.of("/etc/postfix"), settings);
            return new Router(configuration, tables::open, OwnAddresses.of(configuration));
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    private String route(String address) {
        return switch (router().resolve(Address.of(address))) {
            case Resolution.Routed routed -> routed.transport() + ":" + routed.nextHop();
            case Resolution.TryLater later -> "later: " + later.text();
        };
    }

    @Test
    void anAddressOfThisMachineIsLocal() {
        settings.put("proxy_interfaces", "192.0.2.7 2001:db8::7");
        assertThat(route("usuario@[127.0.0.1]")).isEqualTo("local:cliente.example.net");
        assertThat(route("usuario@[192.0.2.7]")).isEqualTo("local:cliente.example.net");
        assertThat(route("usuario@[IPv6:2001:DB8:0::7]")).isEqualTo("local:cliente.example.net");
        assertThat(route("usuario@[192.0.2.8]")).isEqualTo("smtp:[192.0.2.8]");
        settings.put("proxy_interfaces", "nat.example.net");
        assertThatThrownBy(this::router)
                .hasRootCauseMessage("proxy_interfaces: \"nat.example.net\" is no numeric address");
    }

    @Test
    void nobodyIsLeftInAVirtualAliasDomain() {
        settings.put("virtual_alias_domains", "v.example, localhost, relay.example");
        settings.put("transport_maps", "inline:{v.example=smtp:[x]}");
        assertThat(route("x@V.example")).isEqualTo("error:5.1.1 User unknown in virtual alias table");
        assertThat(route("x@localhost")).isEqualTo("local:cliente.example.net");
        assertThat(route("x@relay.example")).isEqualTo("error:5.1.1 User unknown in virtual alias table");
        assertThat(route("x@sub.v.example")).isEqualTo("smtp:sub.v.example");
        assertThat(router().addressClass(Address.of("x@v.example").domain()))
                .isEqualTo(Router.AddressClass.VIRTUAL_ALIAS);
        settings.put("show_user_unknown_table_name", "no");
        assertThat(route("x@v.example")).isEqualTo("error:5.1.1 User unknown");
        settings.put("virtual_alias_domains", "fail:x");
        assertThat(route("x@v.example")).startsWith("later: virtual_alias_domains");
        assertThat(router().addressClass(Address.of("x@v.example").domain()))
                .isEqualTo(Router.AddressClass.NOT_KNOWN_NOW);
    }

    @Test
    void theDomainsOfVirtualAliasMapsAreVirtualByDefault() {
        settings.put("virtual_alias_maps", "inline:{v.example=anything, x@v.example=usuario, a@w.example=usuario}");
        assertThat(route("nadie@v.example")).isEqualTo("error:5.1.1 User unknown in virtual alias table");
        assertThat(route("nadie@w.example")).isEqualTo("smtp:w.example");
    }

    @Test
    void noCommandGetsAnAddressThatIsAnOption() { // Postfix: trivial-rewrite(8), allow_min_user
        settings.put("transport_maps", "inline:{-x@c.example=lmtp:x}");
        settings.put("relocated_maps", "inline:{-x=gone}");
        for (String address : List.of("-x@localhost", "-x@c.example", "--@elsewhere.example")) {
            assertThat(route(address)).isEqualTo("error:5.1.3 bad address syntax");
        }
        settings.put("relocated_maps", "");
        settings.put("allow_min_user", "yes");
        assertThat(route("-x@localhost")).isEqualTo("local:cliente.example.net");
        assertThat(route("-x@c.example")).isEqualTo("lmtp:x");
    }

    @Test
    void whoHasMovedIsNotDeliveredToWhateverHisClass() {
        settings.put("transport_maps", "inline:{b@c.example=lmtp:x}");
        settings.put(
                "relocated_maps",
                "inline:{{usuario=New Street 1}, b@c.example=b@d.example, @e.example=gone, {usuario+x@localhost=x}}");
        assertThat(route("usuario@localhost")).isEqualTo("error:5.1.6 User has moved to New Street 1");
        assertThat(route("usuario+y@example.net")).isEqualTo("error:5.1.6 User has moved to New Street 1");
        assertThat(route("usuario+x@localhost")).isEqualTo("error:5.1.6 User has moved to x");
        assertThat(route("b+z@c.example")).isEqualTo("error:5.1.6 User has moved to b@d.example");
        assertThat(route("anybody@e.example")).isEqualTo("error:5.1.6 User has moved to gone");
        assertThat(route("usuario@c.example")).isEqualTo("smtp:c.example");
        settings.put("relocated_maps", "fail:x");
        assertThat(route("usuario@localhost")).startsWith("later: relocated_maps");
    }
}
