package org.recadero.deliver.smtp;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.Literals;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;
import org.recadero.route.NextHop;
import org.recadero.route.OwnAddresses;
import org.recadero.status.EnhancedStatusCode;

/**
 * The addresses of a next hop, in the order to try (RFC 5321 §5.1). Immutable. Postfix: smtp(8), smtp_addr.
 *
 * <p>A host that a relayhost names and that does not exist makes mail wait (DIFFERS: Postfix returns it, unless it is relayhost
 * itself): a mistake in a configuration, or a network that is away, is no reason to lose mail.
 */
final class Hosts {
    /** Bound for all addresses of all exchangers. */
    private static final int MOST_ADDRESSES = 100;

    private static final int MOST_EXCHANGERS = 50;

    private static final String NO_SUCH_NAME = "Host not found";
    private static final String NO_DATA = "Host found but no data record of requested type";

    /** @param nameIsProved whether the name is the next hop's own, or DNSSEC vouches for it (SAFETY 26) */
    record Candidate(String host, Endpoint endpoint, boolean nameIsProved) {
        Peer peer() {
            return switch (endpoint) {
                case Endpoint.Inet(InetAddress address, int port) -> Peer.of(host, address, port);
                case Endpoint.Unix unix -> new Peer(host, unix.written(), 0);
            };
        }
    }

    /** What is connected to. */
    sealed interface Endpoint {
        record Inet(InetAddress address, int port) implements Endpoint {}

        /** @param path absolute; {@code written} may be relative to queue_directory */
        record Unix(String written, String path) implements Endpoint {}
    }

    sealed interface Found {
        /** At least one. */
        record Some(List<Candidate> candidates) implements Found {}

        record Nobody(Failure failure) implements Found {}
    }

    private final Protocol protocol;
    private final Path queueDirectory;
    private final Resolver resolver;
    private final boolean asksForExchangers;
    private final Supplier<Set<InetAddress>> ownAddresses;
    /** Also this machine, as others see it. */
    private final Set<InetAddress> behindProxies;

    private final Random random;
    private final String ownName;
    private final boolean four;
    private final boolean six;
    private final String preference;
    private final boolean randomize;
    private final int addressLimit;

    Hosts(Protocol protocol, Configuration c, Resolver resolver, Supplier<Set<InetAddress>> ownAddresses, Random random)
            throws ConfigurationException {
        this.protocol = Objects.requireNonNull(protocol);
        this.queueDirectory = Path.of(c.get(Parameters.QUEUE_DIRECTORY));
        this.resolver = usesHostsFile(c) ? resolver : resolver.dnsOnly();
        this.asksForExchangers = asksForExchangers(c);
        this.ownAddresses = Objects.requireNonNull(ownAddresses);
        this.behindProxies = Set.copyOf(OwnAddresses.behindProxies(c));
        this.random = Objects.requireNonNull(random);
        this.ownName = c.get(Parameters.MYHOSTNAME);
        List<String> protocols = c.get(Parameters.INET_PROTOCOLS).stream()
                .map(p -> p.toLowerCase(Locale.ROOT))
                .toList();
        this.four = protocols.contains("all") || protocols.contains("ipv4");
        this.six = protocols.contains("all") || protocols.contains("ipv6");
        this.preference = c.get(Parameters.SMTP_ADDRESS_PREFERENCE);
        this.randomize = c.get(Parameters.SMTP_RANDOMIZE_ADDRESSES);
        this.addressLimit = c.get(Parameters.SMTP_MX_ADDRESS_LIMIT);
    }

    /** Postfix: {@code smtp_host_lookup}; native is this resolver's own order, {@code /etc/hosts} and then the DNS. */
    private static boolean usesHostsFile(Configuration c) throws ConfigurationException {
        List<String> ways = c.get(Parameters.SMTP_HOST_LOOKUP);
        if (ways.isEmpty() || !Set.of("dns", "native").containsAll(ways)) {
            throw new ConfigurationException("bad value for smtp_host_lookup: \"" + String.join(" ", ways)
                    + "\": it takes \"dns\" and \"native\"");
        }
        return ways.contains("native");
    }

    /** Postfix: {@code smtp_dns_support_level}, {@code disable_dns_lookups}. What DNSSEC vouches for is known at any level but the first. */
    private static boolean asksForExchangers(Configuration c) throws ConfigurationException {
        String level = c.get(Parameters.SMTP_DNS_SUPPORT_LEVEL);
        return switch (level) {
            case "" -> !c.get(Parameters.DISABLE_DNS_LOOKUPS);
            case "disabled" -> false;
            case "enabled", "dnssec" -> true;
            default -> throw new ConfigurationException("bad value for smtp_dns_support_level: \"" + level + "\"");
        };
    }

    /** @param isRecipientsDomain whether the next hop is the recipient's own domain, and no relay that somebody configured */
    Found find(NextHop nextHop, boolean isRecipientsDomain) {
        return switch (nextHop) {
            case NextHop.Host(String host, int port) -> host(host, port, isRecipientsDomain);
            // RFC 2033 §2: MX records are for SMTP only
            case NextHop.MailExchangersOf(String domain, int port) ->
                protocol == Protocol.LMTP || !asksForExchangers
                        ? host(domain, port, isRecipientsDomain)
                        : exchangers(domain, port, isRecipientsDomain);
            // Postfix: the socket is this machine's, whoever listens
            case NextHop.UnixSocket(String path) ->
                new Found.Some(List.of(new Candidate(
                        ownName,
                        new Endpoint.Unix(path, queueDirectory.resolve(path).toString()),
                        true)));
        };
    }

    private Found host(String host, int port, boolean ours) {
        Optional<InetAddress> literal = Literals.parse(host);
        if (literal.isPresent()) {
            return new Found.Some(List.of(new Candidate(host, new Endpoint.Inet(literal.get(), port), true)));
        }
        return switch (resolver.addresses(host)) {
            case Answer.Found<InetAddress>(List<InetAddress> all, boolean authentic) ->
                some(candidates(host, all, port, true), host);
            case Answer.NoSuchName<InetAddress> none -> notFound(host, NO_SUCH_NAME, ours);
            case Answer.NoData<InetAddress> none -> notFound(host, NO_DATA, ours);
            case Answer.Failed<InetAddress>(String reason) -> tryAgain(host, addressType(), reason);
        };
    }

    private Found some(List<Candidate> candidates, String name) {
        if (candidates.isEmpty()) {
            return new Found.Nobody(new Failure.NoHost(
                    EnhancedStatusCode.of(4, 4, 4), "no address of " + name + " has a protocol of inet_protocols"));
        }
        List<Candidate> limited =
                addressLimit > 0 && candidates.size() > addressLimit ? candidates.subList(0, addressLimit) : candidates;
        return new Found.Some(limited);
    }

    private Found notFound(String name, String why, boolean isRecipientsDomain) {
        return new Found.Nobody(new Failure.NoHost(
                EnhancedStatusCode.of(isRecipientsDomain ? 5 : 4, 4, 4), words(name, addressType(), why)));
    }

    /** Postfix names the kind of address that it asked for last. */
    private String addressType() {
        return six ? "AAAA" : "A";
    }

    private static String words(String name, String type, String why) {
        return "Host or domain name not found. Name service error for name=" + name + " type=" + type + ": " + why;
    }

    private static Found tryAgain(String name, String type, String reason) {
        return new Found.Nobody(new Failure.NoHost(EnhancedStatusCode.of(4, 4, 3), words(name, type, reason)));
    }

    private Found exchangers(String domain, int port, boolean isRecipientsDomain) {
        if (domain.startsWith("[") && domain.endsWith("]")) {
            return host(domain.substring(1, domain.length() - 1), port, isRecipientsDomain);
        }
        return switch (resolver.exchangers(domain)) {
            case Answer.Found<MailExchanger>(List<MailExchanger> all, boolean authentic) -> {
                if (all.getFirst().isNull()) {
                    // RFC 7505 §4.1
                    yield new Found.Nobody(new Failure.NoHost(
                            EnhancedStatusCode.of(5, 1, 0), "Domain " + domain + " does not accept mail (nullMX)"));
                }
                yield addresses(domain, all, port, authentic);
            }
            // RFC 5321 §5.1: without MX the domain's own address is its exchanger
            case Answer.NoData<MailExchanger> none -> host(domain, port, isRecipientsDomain);
            case Answer.NoSuchName<MailExchanger> none -> host(domain, port, isRecipientsDomain);
            case Answer.Failed<MailExchanger>(String reason) -> tryAgain(domain, "MX", reason);
        };
    }

    private Found addresses(String domain, List<MailExchanger> exchangers, int port, boolean authentic) {
        List<Candidate> all = new ArrayList<>();
        Set<InetAddress> own = ownAddresses.get();
        boolean failed = false;
        boolean loops = false;
        List<MailExchanger> ordered = shuffledWithin(exchangers);
        for (int i = 0; i < Math.min(ordered.size(), MOST_EXCHANGERS) && all.size() < MOST_ADDRESSES; i++) {
            MailExchanger mx = ordered.get(i);
            switch (resolver.addresses(mx.host())) {
                case Answer.Found<InetAddress>(List<InetAddress> addresses, boolean a) -> {
                    if (mx.host().equalsIgnoreCase(ownName)
                            || addresses.stream().anyMatch(own::contains)
                            || addresses.stream().anyMatch(behindProxies::contains)) {
                        // RFC 5321 §5.1: itself, and whoever comes after
                        loops = true;
                        int preference = mx.preference();
                        all.removeIf(c -> preferenceOf(ordered, c.host()) >= preference);
                        i = ordered.size();
                    } else {
                        all.addAll(candidates(mx.host(), addresses, port, authentic));
                    }
                }
                case Answer.Failed<InetAddress> f -> failed = true;
                case Answer.NoSuchName<InetAddress> n -> {
                    // an exchanger that does not exist is passed over
                }
                case Answer.NoData<InetAddress> n -> {
                    // likewise
                }
            }
        }
        if (!all.isEmpty()) {
            return some(all, domain);
        }
        if (loops) {
            return new Found.Nobody(
                    new Failure.NoHost(EnhancedStatusCode.of(5, 4, 6), "mail for " + domain + " loops back to myself"));
        }
        return failed
                ? tryAgain(domain, addressType(), "Host not found, try again")
                // DIFFERS: Postfix returns it; here whoever made that MX record may still mend it
                : notFound(exchangers.getFirst().host(), NO_SUCH_NAME, false);
    }

    private static int preferenceOf(List<MailExchanger> exchangers, String host) {
        for (MailExchanger mx : exchangers) {
            if (mx.host().equalsIgnoreCase(host)) {
                return mx.preference();
            }
        }
        return 0;
    }

    private List<MailExchanger> shuffledWithin(List<MailExchanger> exchangers) {
        List<MailExchanger> ordered = new ArrayList<>(exchangers);
        if (randomize) {
            Collections.shuffle(ordered, random);
        }
        ordered.sort(java.util.Comparator.comparingInt(MailExchanger::preference));
        return List.copyOf(ordered);
    }

    private List<Candidate> candidates(String host, List<InetAddress> addresses, int port, boolean proved) {
        List<InetAddress> usable = new ArrayList<>(addresses.stream()
                .filter(a -> a instanceof Inet4Address ? four : six)
                .toList());
        if (randomize) {
            Collections.shuffle(usable, random);
        }
        // Postfix: smtp_address_preference: the order among equals
        switch (preference) {
            case "ipv6" -> usable.sort(java.util.Comparator.comparing(a -> a instanceof Inet4Address));
            case "ipv4" -> usable.sort(java.util.Comparator.comparing(a -> !(a instanceof Inet4Address)));
            default -> {
                // any: as they came
            }
        }
        return usable.stream()
                .map(a -> new Candidate(host, new Endpoint.Inet(a, port), proved))
                .toList();
    }
}
