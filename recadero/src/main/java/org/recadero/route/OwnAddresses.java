package org.recadero.route;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.InetAddressText;
import org.recadero.config.Parameters;

/**
 * The addresses under which this machine gets mail: those of its own interfaces that {@code inet_interfaces} names, and those of proxies
 * and address translators in front of it, {@code proxy_interfaces}. Stateless.
 */
public final class OwnAddresses {
    private static final int MOST_ADDRESSES = 10_000;

    private OwnAddresses() {}

    /**
     * In their numeric form, as {@link InetAddressText} writes it.
     *
     * @throws ConfigurationException where proxy_interfaces has something else than addresses. DIFFERS: Postfix takes names too; a machine
     *     that is off line could not start with one
     */
    public static Set<String> of(Configuration configuration) throws ConfigurationException {
        Set<String> own = new LinkedHashSet<>();
        for (InetAddress address : behindProxies(configuration)) {
            own.add(InetAddressText.of(address));
        }
        List<String> interfaces = configuration.get(Parameters.INET_INTERFACES);
        boolean all = interfaces.contains("all");
        if (all || interfaces.contains("loopback-only")) {
            own.add("127.0.0.1");
            own.add("::1");
        }
        try {
            int seen = 0;
            for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InetAddress address : Collections.list(each.getInetAddresses())) {
                    if (++seen > MOST_ADDRESSES) {
                        return own;
                    }
                    InetAddress bare = withoutScope(address);
                    if (all || interfaces.contains(InetAddressText.of(bare))) {
                        own.add(InetAddressText.of(bare));
                    }
                }
            }
        } catch (SocketException e) {
            // no interfaces can be listed: the loopback ones are known
            return own;
        }
        return own;
    }

    /** {@code proxy_interfaces} alone. */
    public static List<InetAddress> behindProxies(Configuration configuration) throws ConfigurationException {
        List<InetAddress> all = new ArrayList<>();
        for (String text : configuration.get(Parameters.PROXY_INTERFACES)) {
            String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
            try {
                all.add(InetAddress.ofLiteral(bare));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException("proxy_interfaces: \"" + text + "\" is no numeric address");
            }
        }
        return all;
    }

    /** Without the interface's name, so that equal addresses are equal. */
    public static InetAddress withoutScope(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address;
        }
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address keeps its length", e);
        }
    }
}
