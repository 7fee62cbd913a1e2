package org.recadero.route;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.InetAddressText;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.ReversePath;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Routes one recipient: is his domain ours, which transport, which next hop. Immutable, made anew for each configuration.
 *
 * <p>No name is ever looked up in the DNS here, nor in /etc/hosts: what is local is what {@code mydestination} and the
 * interfaces say. Postfix: trivial-rewrite(8), {@code transport(5)}, ADDRESS_CLASS_README.
 */
public final class Router {
    private static final String ERROR = "error";

    private final Configuration configuration;
    private final DomainList destinations;
    private final DomainList virtualDomains;
    private final DomainList relayDomains;
    private final List<LookupTable> transportMaps;
    private final List<LookupTable> relocatedMaps;
    private final SenderMaps senders;
    private final Set<String> ownAddresses;

    /**
     * Reads what routing needs.
     *
     * @param open opens a table
     * @param ownAddresses the numeric addresses of this machine that inet_interfaces and proxy_interfaces name
     * @throws ConfigurationException where a list or table cannot be used
     */
    public Router(Configuration configuration, TableOpener open, Set<String> ownAddresses)
            throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.ownAddresses = Set.copyOf(ownAddresses);
        this.destinations = DomainList.of(Parameters.MYDESTINATION, configuration, open);
        this.virtualDomains = DomainList.of(Parameters.VIRTUAL_ALIAS_DOMAINS, configuration, open);
        this.relayDomains = DomainList.of(Parameters.RELAY_DOMAINS, configuration, open);
        this.transportMaps = tables(Parameters.TRANSPORT_MAPS, configuration, open);
        this.relocatedMaps = tables(Parameters.RELOCATED_MAPS, configuration, open);
        this.senders = new SenderMaps(configuration, open);
    }

    private static List<LookupTable> tables(
            Parameter<List<TableSpec>> parameter, Configuration configuration, TableOpener open)
            throws ConfigurationException {
        List<LookupTable> maps = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            maps.add(open.open(spec));
        }
        return List.copyOf(maps);
    }

    /** Opens a table for this configuration. */
    @FunctionalInterface
    public interface TableOpener {
        LookupTable open(TableSpec spec) throws ConfigurationException;
    }

    /** Decides for one recipient, whoever sends: what is local is so for all. */
    public Resolution resolve(Address recipient) {
        return resolve(ReversePath.none(), recipient);
    }

    /**
     * Decides for one recipient.
     *
     * @param sender whose relayhost and default transport count
     */
    public Resolution resolve(ReversePath sender, Address recipient) {
        List<Reason> reasons = new ArrayList<>();
        if (recipient.local().text().startsWith("-") && !configuration.get(Parameters.ALLOW_MIN_USER)) {
            // a command would take it for an option
            reasons.add(new Reason("allow_min_user = no", configuration.source(Parameters.ALLOW_MIN_USER)));
            return new Resolution.Routed(ERROR, "5.1.3 bad address syntax", reasons);
        }
        Resolution resolution = byAddressClass(sender, recipient, reasons);
        if (!(resolution instanceof Resolution.Routed routed)) {
            return resolution;
        }
        // Postfix: trivial-rewrite(8): no transport delivers to a virtual alias domain: what is known there was
        // expanded before
        boolean virtual = addressClass(recipient.domain()) == AddressClass.VIRTUAL_ALIAS;
        resolution = virtual ? routed : byTransportMaps(recipient, routed, reasons);
        return resolution instanceof Resolution.Routed found ? byRelocatedMaps(recipient, found, reasons) : resolution;
    }

    /** relocated(5): user+ext@domain, user@domain, in local domains user+ext and user, last @domain; whatever the class. */
    private Resolution byRelocatedMaps(Address recipient, Resolution.Routed routed, List<Reason> reasons) {
        if (relocatedMaps.isEmpty()) {
            return routed;
        }
        List<String> keys = relocatedKeys(recipient);
        for (String key : keys) {
            for (LookupTable table : relocatedMaps) {
                switch (key.equals(keys.getFirst()) ? table.find(key) : table.findPart(key)) {
                    case LookupResult.Found(String value) -> {
                        reasons.add(Reason.ofRow(
                                table, key, value.trim(), configuration.source(Parameters.RELOCATED_MAPS)));
                        return new Resolution.Routed(ERROR, "5.1.6 User has moved to " + value.trim(), reasons);
                    }
                    case LookupResult.NotFound none -> {
                        continue;
                    }
                    case LookupResult.Failed(String reason) -> {
                        return new Resolution.TryLater("relocated_maps: " + reason, reasons);
                    }
                }
            }
        }
        return routed;
    }

    private List<String> relocatedKeys(Address recipient) {
        String local = recipient.local().text();
        String domain = recipient.domain().key();
        List<String> keys = new ArrayList<>();
        keys.add(local + "@" + domain);
        Optional<String> base = SenderMaps.withoutExtension(local, configuration);
        base.ifPresent(name -> keys.add(name + "@" + domain));
        if (domain.equalsIgnoreCase(configuration.get(Parameters.MYORIGIN))
                || addressClass(recipient.domain()) == AddressClass.LOCAL) {
            keys.add(local);
            base.ifPresent(keys::add);
        }
        keys.add("@" + domain);
        return keys;
    }

    private Resolution byAddressClass(ReversePath sender, Address recipient, List<Reason> reasons) {
        String domain = recipient.domain().key();
        if (isOwnLiteral(domain)) {
            reasons.add(new Reason(
                    domain + " is an address of this machine", configuration.source(Parameters.INET_INTERFACES)));
            return local(domain, reasons);
        }
        return switch (destinations.match(domain)) {
            case DomainList.Match.Yes(Reason reason) -> {
                reasons.add(reason);
                yield local(domain, reasons);
            }
            case DomainList.Match.Failed(String text) -> new Resolution.TryLater(text, reasons);
            case DomainList.Match.No no ->
                switch (virtualDomains.match(domain)) {
                    case DomainList.Match.Yes(Reason reason) -> {
                        reasons.add(reason);
                        yield new Resolution.Routed(ERROR, "5.1.1 " + unknownInVirtualDomain(), reasons);
                    }
                    case DomainList.Match.Failed(String text) -> new Resolution.TryLater(text, reasons);
                    case DomainList.Match.No neither -> remote(sender, domain, reasons);
                };
        };
    }

    /** Postfix: virtual(5): what is still there after {@code virtual_alias_maps} is nobody's. */
    private String unknownInVirtualDomain() {
        return "User unknown"
                + (configuration.get(Parameters.SHOW_USER_UNKNOWN_TABLE_NAME) ? " in virtual alias table" : "");
    }

    private Resolution remote(ReversePath sender, String domain, List<Reason> reasons) {
        return switch (relayDomains.match(domain)) {
            case DomainList.Match.Yes(Reason reason) -> {
                reasons.add(reason);
                yield outward(Parameters.RELAY_TRANSPORT, sender, domain, reasons);
            }
            case DomainList.Match.Failed(String text) -> new Resolution.TryLater(text, reasons);
            case DomainList.Match.No no -> {
                reasons.add(new Reason(
                        domain + " is not in mydestination", configuration.source(Parameters.MYDESTINATION)));
                yield switch (senders.transport(sender)) {
                    case SenderMaps.Answer.Known(SenderMaps.Entry(String value, Reason reason)) -> {
                        reasons.add(reason);
                        yield outward("sender_dependent_default_transport_maps", value, sender, domain, reasons);
                    }
                    case SenderMaps.Answer.Failed(String text) -> new Resolution.TryLater(text, reasons);
                    case SenderMaps.Answer.Unknown u -> outward(Parameters.DEFAULT_TRANSPORT, sender, domain, reasons);
                };
            }
        };
    }

    private Resolution local(String domain, List<Reason> reasons) {
        Parameter<String> parameter = Parameters.LOCAL_TRANSPORT;
        String value = configuration.get(parameter).trim();
        reasons.add(new Reason(parameter.name() + " = " + value, configuration.source(parameter)));
        return named(parameter.name(), value, domain, reasons);
    }

    private Resolution outward(Parameter<String> parameter, ReversePath sender, String domain, List<Reason> reasons) {
        String value = configuration.get(parameter).trim();
        reasons.add(new Reason(parameter.name() + " = " + value, configuration.source(parameter)));
        return outward(parameter.name(), value, sender, domain, reasons);
    }

    /** Where the transport names no next hop, the sender's relayhost is it, else relayhost, else the domain. */
    private Resolution outward(String what, String value, ReversePath sender, String domain, List<Reason> reasons) {
        int colon = value.indexOf(':');
        if (colon >= 0 && !value.substring(colon + 1).isBlank()) {
            return named(what, value, domain, reasons);
        }
        return switch (senders.relayhost(sender)) {
            case SenderMaps.Answer.Known(SenderMaps.Entry(String own, Reason reason)) -> {
                reasons.add(reason);
                yield named(what, value, own, reasons);
            }
            case SenderMaps.Answer.Failed(String text) -> new Resolution.TryLater(text, reasons);
            case SenderMaps.Answer.Unknown u -> {
                String relayhost = configuration.get(Parameters.RELAYHOST).trim();
                if (!relayhost.isEmpty()) {
                    // Postfix: postconf(5), relayhost: overrides the domains of non-local recipients
                    reasons.add(new Reason("relayhost = " + relayhost, configuration.source(Parameters.RELAYHOST)));
                }
                yield named(what, value, relayhost.isEmpty() ? domain : relayhost, reasons);
            }
        };
    }

    private static Resolution named(String what, String value, String otherwise, List<Reason> reasons) {
        int colon = value.indexOf(':');
        String name = colon < 0 ? value : value.substring(0, colon);
        String nextHop = colon < 0 ? "" : value.substring(colon + 1).trim();
        if (name.isEmpty()) {
            return new Resolution.TryLater(
                    "null transport name in " + what + ": mail waits until it names one", reasons);
        }
        return new Resolution.Routed(name, nextHop.isEmpty() ? otherwise : nextHop, reasons);
    }

    /** transport(5), TABLE SEARCH ORDER: user+ext@domain, user@domain, domain, .parent…, {@code *}. */
    private Resolution byTransportMaps(Address recipient, Resolution.Routed routed, List<Reason> reasons) {
        for (LookupTable table : transportMaps) {
            List<String> keys = transportKeys(recipient);
            for (String key : keys) {
                switch (key.equals(keys.getFirst()) ? table.find(key) : table.findPart(key)) {
                    case LookupResult.Found(String value) -> {
                        reasons.add(Reason.ofRow(
                                table, key, value.trim(), configuration.source(Parameters.TRANSPORT_MAPS)));
                        return entry(value, recipient, routed, reasons);
                    }
                    case LookupResult.NotFound nf -> {
                        continue;
                    }
                    case LookupResult.Failed(String reason) -> {
                        return new Resolution.TryLater("transport_maps: " + reason, reasons);
                    }
                }
            }
        }
        return routed;
    }

    private List<String> transportKeys(Address recipient) {
        List<String> keys = new ArrayList<>();
        String local = recipient.local().text();
        String domain = recipient.domain().key();
        keys.add(local + "@" + domain);
        SenderMaps.withoutExtension(local, configuration).ifPresent(base -> keys.add(base + "@" + domain));
        keys.add(domain);
        for (int dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
            if (dot > 0) {
                keys.add(domain.substring(dot));
            }
        }
        keys.add("*");
        return keys;
    }

    private static Resolution entry(String value, Address recipient, Resolution.Routed routed, List<Reason> reasons) {
        String trimmed = value.trim();
        int colon = trimmed.indexOf(':');
        String name = (colon < 0 ? trimmed : trimmed.substring(0, colon)).trim();
        String nextHop = colon < 0 ? "" : trimmed.substring(colon + 1).trim();
        if (name.isEmpty() && nextHop.isEmpty()) {
            // «:» alone changes neither transport nor next hop (transport(5), RESULT FORMAT)
            return new Resolution.Routed(routed.transport(), routed.nextHop(), reasons);
        }
        if (name.isEmpty()) {
            return new Resolution.Routed(routed.transport(), nextHop, reasons);
        }
        String domain = recipient.domain().key();
        return new Resolution.Routed(name, nextHop.isEmpty() ? domain : nextHop, reasons);
    }

    /** What a domain is to this machine. Postfix: ADDRESS_CLASS_README. */
    public enum AddressClass {
        LOCAL,
        /** Has aliases and nobody else: {@code virtual_alias_domains}. */
        VIRTUAL_ALIAS,
        RELAY,
        DEFAULT,
        /** A table failed. */
        NOT_KNOWN_NOW
    }

    /** The class of a domain, whatever transport_maps says. */
    public AddressClass addressClass(MailDomain name) {
        String domain = name.key();
        if (isOwnLiteral(domain)) {
            return AddressClass.LOCAL;
        }
        return switch (destinations.match(domain)) {
            case DomainList.Match.Yes local -> AddressClass.LOCAL;
            case DomainList.Match.Failed failed -> AddressClass.NOT_KNOWN_NOW;
            case DomainList.Match.No no ->
                switch (virtualDomains.match(domain)) {
                    case DomainList.Match.Yes virtual -> AddressClass.VIRTUAL_ALIAS;
                    case DomainList.Match.Failed failed -> AddressClass.NOT_KNOWN_NOW;
                    case DomainList.Match.No neither -> remoteClass(domain);
                };
        };
    }

    private AddressClass remoteClass(String domain) {
        return switch (relayDomains.match(domain)) {
            case DomainList.Match.Yes relay -> AddressClass.RELAY;
            case DomainList.Match.Failed failed -> AddressClass.NOT_KNOWN_NOW;
            case DomainList.Match.No neither -> AddressClass.DEFAULT;
        };
    }

    private boolean isOwnLiteral(String domain) {
        if (!domain.startsWith("[") || !domain.endsWith("]")) {
            return false;
        }
        String inside = domain.substring(1, domain.length() - 1).toLowerCase(Locale.ROOT);
        try {
            // RFC 5321 §4.1.3
            InetAddress address = InetAddress.ofLiteral(inside.startsWith("ipv6:") ? inside.substring(5) : inside);
            return ownAddresses.contains(InetAddressText.of(address));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
