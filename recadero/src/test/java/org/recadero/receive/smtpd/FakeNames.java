package org.recadero.receive.smtpd;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;

/** localhost, example.org and nobody else; «later» is a domain that no server answers for. */
final class FakeNames implements Resolver {
    private static final Map<String, String> ADDRESSES =
            Map.of("localhost", "127.0.0.1", "mail.example.org", "192.0.2.25", "host.example.org", "192.0.2.26");

    @Override
    public Resolver dnsOnly() {
        return this;
    }

    @Override
    public Answer<InetAddress> addresses(String host) {
        if (host.endsWith("later.example")) {
            return new Answer.Failed<>("Host not found, try again");
        }
        String address = ADDRESSES.get(host);
        return address == null
                ? new Answer.NoSuchName<>()
                : new Answer.Found<>(List.of(InetAddress.ofLiteral(address)), false);
    }

    @Override
    public Answer<MailExchanger> exchangers(String domain) {
        if (domain.endsWith("later.example")) {
            return new Answer.Failed<>("Host not found, try again");
        }
        return switch (domain) {
            case "example.org" -> new Answer.Found<>(List.of(new MailExchanger(10, "mail.example.org")), false);
            case "nullmx.example" -> new Answer.Found<>(List.of(new MailExchanger(0, "")), false);
            case "host.example.org", "localhost" -> new Answer.NoData<>();
            default -> new Answer.NoSuchName<>();
        };
    }

    @Override
    public Answer<String> names(InetAddress address) {
        return switch (address.getHostAddress()) {
            case "127.0.0.1" -> new Answer.Found<>(List.of("localhost"), false);
            case "192.0.2.26" -> new Answer.Found<>(List.of("host.example.org"), false);
            case "192.0.2.27" -> new Answer.Found<>(List.of("liar.example.org"), false);
            default -> new Answer.NoSuchName<>();
        };
    }
}
