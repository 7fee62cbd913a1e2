package org.recadero.receive.smtpd;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * Who is at the other end.
 *
 * @param name the name that its address has and that has this address; {@code unknown} where there is none
 * @param nameMissing why there is none: not at all, or only for now (a name server failed)
 * @param reverseName the name that its address has, verified or not
 */
public record Peer(InetAddress address, int port, String name, NameMissing nameMissing, Optional<String> reverseName) {
    /** What Postfix calls a client without a verified name. */
    public static final String UNKNOWN = "unknown";

    /** Whether the name is known. */
    public enum NameMissing {
        NO,
        YES,
        FOR_NOW
    }

    public Peer {
        Objects.requireNonNull(address);
        Objects.requireNonNull(name);
        Objects.requireNonNull(nameMissing);
        Objects.requireNonNull(reverseName);
    }

    /** A client whose name is known. */
    public static Peer of(InetAddress address, int port, String name) {
        return new Peer(address, port, name, NameMissing.NO, Optional.of(name));
    }

    /** {@code 127.0.0.1}, {@code ::1}. */
    public String addressText() {
        return text(address);
    }

    /** RFC 5321 §4.1.3, without brackets: {@code 127.0.0.1}, {@code IPv6:::1}. */
    public String literal() {
        return address instanceof Inet6Address ? "IPv6:" + addressText() : addressText();
    }

    /** {@code localhost[127.0.0.1]}, as the log and replies have it. */
    public String nameAndAddress() {
        return name + "[" + addressText() + "]";
    }

    /** An address as Postfix and RFC 5952 write it. */
    static String text(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF);
        }
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                best = i;
                bestLength = end - i;
            }
            i = Math.max(i, end - 1);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
