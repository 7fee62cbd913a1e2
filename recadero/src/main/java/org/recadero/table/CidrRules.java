package org.recadero.table;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.recadero.config.InetAddressText;

/**
 * {@code cidr:}: the first network that holds the address asked for. What is no address is in none of them.
 *
 * <p>Immutable. Postfix: cidr_table(5).
 */
final class CidrRules {
    private static final int IPV6_BYTES = 16;
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");

    /**
     * An address block.
     *
     * @param bits of the prefix
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never given away
    private record Block(byte[] address, int bits, boolean negated) {
        boolean matches(byte[] other) {
            return other.length == address.length && holds(other) != negated;
        }

        private boolean holds(byte[] other) {
            return Arrays.equals(masked(other, bits), address);
        }
    }

    /** An address pattern that is none; the message says why. */
    private static final class BadPattern extends Exception {
        private static final long serialVersionUID = 1;

        BadPattern(String octets) {
            super(octets);
        }
    }

    private CidrRules() {}

    /** @param source {@code cidr map /etc/postfix/x}, octets, for warnings */
    static RuleList<byte[]> read(String source, List<LogicalLines.Line> lines, Consumer<String> warnings) {
        List<RuleList.Step<byte[]>> steps = new ArrayList<>();
        int open = 0;
        for (LogicalLines.Line line : lines) {
            try {
                RuleList.Step<byte[]> step = step(line, open > 0);
                open += step.kind() == RuleList.Kind.IF ? 1 : step.kind() == RuleList.Kind.ENDIF ? -1 : 0;
                steps.add(step);
            } catch (BadPattern e) {
                warnings.accept(source + ", line " + line.first() + ": " + e.getMessage() + ": skipping this rule");
            }
        }
        return RuleList.of(source, steps, warnings);
    }

    private static RuleList.Step<byte[]> step(LogicalLines.Line line, boolean inside) throws BadPattern {
        String text = line.text();
        Optional<String> condition = RuleList.behind("if", text);
        if (condition.isPresent()) {
            return step(RuleList.Kind.IF, line, block(condition.get()), "");
        }
        Optional<String> end = RuleList.behind("endif", text);
        if (end.isPresent()) {
            if (!end.get().isEmpty()) {
                throw new BadPattern("garbage after ENDIF");
            }
            if (!inside) {
                throw new BadPattern("ENDIF without IF");
            }
            return new RuleList.Step<>(RuleList.Kind.ENDIF, line.first(), address -> new LookupResult.Found(""));
        }
        int pattern = start(text);
        while (pattern < text.length() && !Octets.isBlank(text.charAt(pattern))) {
            pattern++;
        }
        Block block = block(text.substring(0, pattern));
        String value = Octets.trimmed(text.substring(pattern));
        if (value.isEmpty()) {
            throw new BadPattern("no lookup result");
        }
        return step(RuleList.Kind.RULE, line, block, value);
    }

    private static RuleList.Step<byte[]> step(RuleList.Kind kind, LogicalLines.Line line, Block block, String value) {
        LookupResult found = new LookupResult.Found(value);
        return new RuleList.Step<>(
                kind, line.first(), address -> block.matches(address) ? found : new LookupResult.NotFound());
    }

    /** Where the pattern begins, behind {@code !} and blanks. */
    private static int start(String text) {
        int start = 0;
        while (start < text.length() && (text.charAt(start) == '!' || Octets.isBlank(text.charAt(start)))) {
            start++;
        }
        return start;
    }

    private static Block block(String pattern) throws BadPattern {
        int start = start(pattern);
        boolean negated =
                pattern.substring(0, start).chars().filter(c -> c == '!').count() % 2 == 1;
        String text = pattern.substring(start);
        if (text.isEmpty()) {
            throw new BadPattern("no address pattern");
        }
        String plain = withoutBrackets(text);
        int slash = plain.indexOf('/');
        if (slash < 0) {
            byte[] address = address(plain)
                    .orElseThrow(() -> new BadPattern("bad address pattern: \"" + Octets.printable(plain) + "\""));
            return new Block(address, address.length * Byte.SIZE, negated);
        }
        return network(plain, slash, negated);
    }

    private static String withoutBrackets(String text) throws BadPattern {
        if (!text.startsWith("[")) {
            return text;
        }
        int close = text.indexOf(']');
        if (close < 0) {
            throw new BadPattern("missing ']' character after \"" + text + "\"");
        }
        String rest = text.substring(close + 1);
        if (!rest.isEmpty() && !rest.startsWith("/")) {
            throw new BadPattern("garbage after \"" + text.substring(0, close + 1) + "\"");
        }
        return text.substring(1, close) + rest;
    }

    private static Block network(String text, int slash, boolean negated) throws BadPattern {
        String mask = text.substring(slash + 1);
        OptionalInt bits = number(mask);
        if (bits.isEmpty()) {
            throw new BadPattern("bad mask value in \"" + text + "\"");
        }
        byte[] address = address(text.substring(0, slash))
                .orElseThrow(() -> new BadPattern("bad network value in \"" + Octets.printable(text) + "\""));
        if (bits.getAsInt() > address.length * Byte.SIZE) {
            throw new BadPattern("bad mask length in \"" + text + "\"");
        }
        byte[] base = masked(address, bits.getAsInt());
        if (!Arrays.equals(base, address)) {
            throw new BadPattern("non-null host address bits in \"" + text + "\", perhaps you should use \""
                    + shown(base) + "/" + bits.getAsInt() + "\" instead");
        }
        return new Block(base, bits.getAsInt(), negated);
    }

    private static OptionalInt number(String digits) {
        if (digits.isEmpty() || digits.length() > 6 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(digits));
    }

    private static byte[] masked(byte[] address, int bits) {
        byte[] base = address.clone();
        for (int i = 0; i < base.length; i++) {
            int kept = Math.clamp(bits - (long) i * Byte.SIZE, 0, Byte.SIZE);
            base[i] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        return base;
    }

    /** As inet_pton(3) reads it; an IPv4 address within IPv6 stays IPv6. */
    static Optional<byte[]> address(String text) {
        try {
            if (text.indexOf(':') >= 0) {
                return text.startsWith("[") || text.indexOf('%') >= 0
                        ? Optional.empty()
                        : Optional.of(whole(Inet6Address.ofLiteral(text).getAddress()));
            }
            return IPV4.matcher(text).matches()
                    ? Optional.of(Inet4Address.ofLiteral(text).getAddress())
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Java gives an IPv4-mapped address as IPv4. */
    private static byte[] whole(byte[] address) {
        if (address.length == IPV6_BYTES) {
            return address;
        }
        byte[] mapped = new byte[IPV6_BYTES];
        Arrays.fill(mapped, 10, 12, (byte) 0xff);
        System.arraycopy(address, 0, mapped, 12, address.length);
        return mapped;
    }

    private static String shown(byte[] address) {
        try {
            return InetAddressText.of(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            // of four or sixteen bytes always
            throw new IllegalArgumentException(e);
        }
    }
}
