package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.recadero.config.Configurations;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;
import org.recadero.route.NextHop;

class HostsTest {
    private static final InetAddress NAT = InetAddress.ofLiteral("192.0.2.7");

    /** One domain, whose one exchanger is behind a router. */
    private record Dns(InetAddress address) implements Resolver {
        @Override
        public Answer<InetAddress> addresses(String host) {
            return new Answer.Found<>(List.of(address), false);
        }

        @Override
        public Answer<MailExchanger> exchangers(String domain) {
            return new Answer.Found<>(List.of(new MailExchanger(10, "router.example.net")), false);
        }

        @Override
        public Resolver dnsOnly() {
            return new Dns(InetAddress.ofLiteral("192.0.2.9"));
        }

        @Override
        public Answer<String> names(InetAddress of) {
            return new Answer.NoSuchName<>();
        }
    }

    private static Hosts.Found find(String name, String value) throws Exception {
        var configuration = Configurations.of(
                Path.of("/etc/postfix"),
                Map.of("myhostname", "cliente.example.net", "inet_protocols", "ipv4", name, value));
        return new Hosts(Protocol.SMTP, configuration, new Dns(NAT), Set::of, new Random(1))
                .find(new NextHop.MailExchangersOf("example.net", 25), true);
    }

    private static Hosts.Candidate first(Hosts.Found found) {
        return ((Hosts.Found.Some) found).candidates().getFirst();
    }

    @Test
    void anExchangerBehindAProxyOfThisMachineIsThisMachine() throws Exception {
        assertThat(find("proxy_interfaces", "")).isInstanceOf(Hosts.Found.Some.class);
        assertThat(find("proxy_interfaces", "192.0.2.7"))
                .isInstanceOfSatisfying(
                        Hosts.Found.Nobody.class,
                        nobody -> assertThat(nobody.failure().toString()).contains("loops back to myself"));
    }

    @Test
    void withoutDnsADomainIsItsOwnExchanger() throws Exception {
        assertThat(first(find("disable_dns_lookups", "no")).host()).isEqualTo("router.example.net");
        assertThat(first(find("disable_dns_lookups", "yes")).host()).isEqualTo("example.net");
        assertThat(first(find("smtp_dns_support_level", "disabled")).host()).isEqualTo("example.net");
        assertThat(first(find("smtp_dns_support_level", "enabled")).host()).isEqualTo("router.example.net");
        assertThatThrownBy(() -> find("smtp_dns_support_level", "some"))
                .hasMessage("bad value for smtp_dns_support_level: \"some\"");
    }

    @Test
    void theHostsFileCountsUnlessOnlyTheDnsShall() throws Exception {
        assertThat(first(find("smtp_host_lookup", "native, dns")).peer().address())
                .isEqualTo("192.0.2.7");
        assertThat(first(find("smtp_host_lookup", "dns")).peer().address()).isEqualTo("192.0.2.9");
        assertThatThrownBy(() -> find("smtp_host_lookup", "nis"))
                .hasMessageContaining("it takes \"dns\" and \"native\"");
    }
}
