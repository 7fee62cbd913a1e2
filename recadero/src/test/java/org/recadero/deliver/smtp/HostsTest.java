package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

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
    private static final class Dns implements Resolver {
        @Override
        public Answer<InetAddress> addresses(String host) {
            return new Answer.Found<>(List.of(NAT), false);
        }

        @Override
        public Answer<MailExchanger> exchangers(String domain) {
            return new Answer.Found<>(List.of(new MailExchanger(10, "router.example.net")), false);
        }

        @Override
        public Answer<String> names(InetAddress address) {
            return new Answer.NoSuchName<>();
        }
    }

    private static Hosts.Found find(String proxies) throws Exception {
        var configuration = Configurations.of(
                Path.of("/etc/postfix"),
                Map.of("myhostname", "cliente.example.net", "inet_protocols", "ipv4", "proxy_interfaces", proxies));
        return new Hosts(Protocol.SMTP, configuration, new Dns(), Set::of, new Random(1))
                .find(new NextHop.MailExchangersOf("example.net", 25), true);
    }

    @Test
    void anExchangerBehindAProxyOfThisMachineIsThisMachine() throws Exception {
        assertThat(find("")).isInstanceOf(Hosts.Found.Some.class);
        assertThat(find("192.0.2.7"))
                .isInstanceOfSatisfying(
                        Hosts.Found.Nobody.class,
                        nobody -> assertThat(nobody.failure().toString()).contains("loops back to myself"));
    }
}
