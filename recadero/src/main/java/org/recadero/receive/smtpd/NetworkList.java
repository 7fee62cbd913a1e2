package org.recadero.receive.smtpd;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * A list of hosts and networks as {@code mynetworks} has it: addresses, {@code 10.0.0.0/8}, {@code [::1]/128}, names, {@code
 * .domain}, {@code !pattern}, {@code /file}, {@code type:table}. The first element that matches decides.
 *
 * <p>Immutable; files are read when the list is made. Postfix: namadr_list(3), match_list(3).
 */
final class NetworkList {
    /** Bound for all elements, those of files included. */
    static final int MAX_ELEMENTS = 100_000;

    private static final int MAX_FILE_DEPTH = 8;

    /** Opens {@code type:name}. */
    @FunctionalInterface
    interface Opener {
        LookupTable open(String typeAndName) throws ConfigurationException;
    }

    /** What the list says of a client. */
    enum Match {
        YES,
        NO,
        /** A table in it failed. */
        NOT_KNOWN_NOW
    }

    private sealed interface Element {
        boolean negated();

        @SuppressWarnings("ArrayRecordComponent") // never compared, never given away
        record Network(byte[] address, int bits, boolean negated) implements Element {
            /** Whether nothing is set behind the network's bits. */
            boolean isAligned() {
                for (int bit = bits; bit < address.length * 8; bit++) {
                    if ((address[bit / 8] & (0x80 >> (bit % 8))) != 0) {
                        return false;
                    }
                }
                return true;
            }

            boolean contains(byte[] other) {
                if (other.length != address.length) {
                    return false;
                }
                int whole = bits / 8;
                for (int i = 0; i < whole; i++) {
                    if (other[i] != address[i]) {
                        return false;
                    }
                }
                int rest = bits % 8;
                return rest == 0 || ((other[whole] ^ address[whole]) & (0xFF << (8 - rest)) & 0xFF) == 0;
            }
        }

        record Name(String name, boolean negated) implements Element {}

        record Table(LookupTable table, boolean negated) implements Element {}
    }

    private final String parameter;
    private final boolean parents;
    private final List<Element> elements;

    /**
     * Reads the elements.
     *
     * @param parents whether {@code example.net} matches its subdomains too ({@code parent_domain_matches_subdomains})
     * @throws ConfigurationException where an element is none, a file cannot be read or a table not be opened
     */
    NetworkList(String parameter, List<String> texts, boolean parents, Opener opener) throws ConfigurationException {
        this.parameter = Objects.requireNonNull(parameter);
        this.parents = parents;
        List<Element> all = new ArrayList<>();
        add(all, texts, opener, 0, false);
        this.elements = List.copyOf(all);
    }

    private void add(List<Element> all, List<String> texts, Opener opener, int depth, boolean not)
            throws ConfigurationException {
        for (String text : texts) {
            boolean negated = not;
            String element = text;
            while (element.startsWith("!")) {
                negated = !negated;
                element = element.substring(1);
            }
            if (element.isEmpty()) {
                continue;
            }
            if (all.size() >= MAX_ELEMENTS) {
                throw new ConfigurationException(parameter + ": more than " + MAX_ELEMENTS + " elements");
            }
            if (element.startsWith("/")) {
                if (depth >= MAX_FILE_DEPTH) {
                    throw new ConfigurationException(parameter + ": files nested too deeply at " + element);
                }
                add(all, readFile(element), opener, depth + 1, negated);
            } else {
                all.add(element(element, negated, opener));
            }
        }
    }

    private Element element(String text, boolean negated, Opener opener) throws ConfigurationException {
        Optional<Element> network = network(text, negated);
        if (network.isPresent()) {
            return network.get();
        }
        if (text.indexOf(':') > 0 && !text.startsWith("[")) {
            return new Element.Table(opener.open(text), negated);
        }
        if (text.startsWith("[") || text.indexOf('/') >= 0) {
            throw new ConfigurationException(parameter + ": bad net/mask pattern: \"" + text + "\"");
        }
        return new Element.Name(text.toLowerCase(Locale.ROOT), negated);
    }

    private Optional<Element> network(String text, boolean negated) throws ConfigurationException {
        int slash = text.lastIndexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String inside = bracketed ? host.substring(1, host.length() - 1) : host;
        boolean four = inside.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        boolean six = bracketed && inside.indexOf(':') >= 0 && inside.matches("[0-9A-Fa-f:.]{2,45}");
        if (!four && !six) {
            return Optional.empty();
        }
        byte[] address;
        try {
            address = InetAddress.ofLiteral(inside).getAddress();
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(parameter + ": bad address pattern: \"" + text + "\"");
        }
        int longest = six ? 128 : 32;
        int bits = longest;
        if (slash >= 0) {
            String length = text.substring(slash + 1);
            if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > longest) {
                throw new ConfigurationException(parameter + ": bad net/mask pattern: \"" + text + "\"");
            }
            bits = Integer.parseInt(length);
        }
        if (six && address.length == 4) {
            // an IPv4-mapped network means the IPv4 one: clients come with IPv4 addresses
            if (bits < 96) {
                return Optional.of(
                        new Element.Network(InetAddress.ofLiteral("::").getAddress(), 128, negated));
            }
            bits -= 96;
        }
        Element.Network network = new Element.Network(address, bits, negated);
        if (!network.isAligned()) {
            throw new ConfigurationException(parameter + ": non-null host address bits in \"" + text + "\"");
        }
        return Optional.of(network);
    }

    private List<String> readFile(String file) throws ConfigurationException {
        try {
            List<String> found = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
                String trimmed = line.trim();
                if (!trimmed.isEmpty() && !trimmed.startsWith("#")) {
                    found.addAll(List.of(trimmed.split("[,\\s]+", -1)));
                }
            }
            return found;
        } catch (IOException e) {
            throw new ConfigurationException(parameter + ": cannot read " + file + ": " + e.getMessage());
        }
    }

    /** Asks for a client. */
    Match match(Peer peer) {
        byte[] address = peer.address().getAddress();
        for (Element element : elements) {
            boolean hit;
            switch (element) {
                case Element.Network network -> hit = network.contains(address);
                case Element.Name(String name, boolean n) -> hit = matchesName(name, peer);
                case Element.Table(LookupTable table, boolean n) -> {
                    LookupResult answer = table.find(peer.addressText());
                    if (answer instanceof LookupResult.NotFound) {
                        answer = table.find(peer.name());
                    }
                    if (answer instanceof LookupResult.Failed) {
                        return Match.NOT_KNOWN_NOW;
                    }
                    hit = answer instanceof LookupResult.Found;
                }
            }
            if (hit) {
                return element.negated() ? Match.NO : Match.YES;
            }
        }
        return Match.NO;
    }

    private boolean matchesName(String pattern, Peer peer) {
        String name = peer.name().toLowerCase(Locale.ROOT);
        if (pattern.startsWith(".")) {
            return name.endsWith(pattern);
        }
        return name.equals(pattern) || (parents && name.endsWith("." + pattern));
    }
}
