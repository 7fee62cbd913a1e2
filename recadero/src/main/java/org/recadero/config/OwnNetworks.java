package org.recadero.config;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The default of {@code mynetworks}, from the machine's interfaces. Postfix: mynetworks(3), parameter mynetworks_style. */
final class OwnNetworks {
    private static final int MOST_INTERFACES = 10_000;

    private OwnNetworks() {}

    /**
     * Address patterns, IPv4 first; empty where the interfaces cannot be listed.
     *
     * @param style host, subnet or class
     * @param loopbackOnly as {@code inet_interfaces} says
     */
    static String of(String style, boolean loopbackOnly) {
        Set<String> four = new LinkedHashSet<>();
        Set<String> six = new LinkedHashSet<>();
        for (InterfaceAddress own : addresses(loopbackOnly)) {
            InetAddress address = own.getAddress();
            if (address instanceof Inet4Address) {
                int bits = switch (style) {
                    case "host" -> 32;
                    case "class" -> classBits(address.getAddress()[0] & 0xFF);
                    default -> own.getNetworkPrefixLength();
                };
                four.add(network(address, bits) + "/" + bits);
            } else if (address instanceof Inet6Address) {
                int bits = style.equals("host") ? 128 : own.getNetworkPrefixLength();
                six.add("[" + network(address, bits) + "]/" + bits);
            }
        }
        List<String> all = new ArrayList<>(four);
        all.addAll(six);
        return String.join(" ", all);
    }

    private static List<InterfaceAddress> addresses(boolean loopbackOnly) {
        List<InterfaceAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (each.isUp() && (!loopbackOnly || each.isLoopback())) {
                    found.addAll(each.getInterfaceAddresses());
                }
                if (found.size() > MOST_INTERFACES) {
                    break;
                }
            }
        } catch (SocketException e) {
            // no network at all: nobody but the machine itself, which needs no pattern
            return List.of();
        }
        return found;
    }

    private static int classBits(int first) {
        return first < 128 ? 8 : first < 192 ? 16 : 24;
    }

    private static String network(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(bits - 8L * i, 0, 8);
            bytes[i] = (byte) (bytes[i] & (0xFF << (8 - kept)));
        }
        try {
            return InetAddressText.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address keeps its length", e);
        }
    }
}
