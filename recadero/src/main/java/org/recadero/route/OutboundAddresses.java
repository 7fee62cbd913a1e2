package org.recadero.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.MapList;

/**
 * What becomes of an address when mail leaves this machine. Immutable; safe for all threads.
 *
 * <p>Postfix: generic(5), {@code smtp_generic_maps}: user+ext@domain, user@domain, and, where the domain is ours, user+ext and user,
 * last {@code @domain}; {@code @other} keeps the user. Beyond Postfix: whether an address is known to this machine alone.
 */
public final class OutboundAddresses {
    /** What the maps say. */
    public sealed interface Answer {
        record Becomes(Address address) implements Answer {}

        record Stays() implements Answer {}

        /** @param text for log and mailq */
        record Failed(String text) implements Answer {}
    }

    private final Configuration configuration;
    private final MapList generic;
    private final DomainList destinations;
    private final List<LookupTable> senders;

    /** @param configuration with the service's {@code -o} overrides */
    public OutboundAddresses(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.generic = new MapList(SenderMaps.tables(configuration, Parameters.SMTP_GENERIC_MAPS, open));
        this.destinations = DomainList.of(Parameters.MYDESTINATION, configuration, open);
        List<LookupTable> tables = new ArrayList<>();
        for (Parameter<List<TableSpec>> each : List.of(
                Parameters.SENDER_DEPENDENT_RELAYHOST_MAPS,
                Parameters.RECADERO_SMTP_SASL_TOKEN_MAPS,
                Parameters.SMTP_SASL_PASSWORD_MAPS)) {
            tables.addAll(SenderMaps.tables(configuration, each, open));
        }
        this.senders = List.copyOf(tables);
    }

    /** Whether {@code smtp_generic_maps} names any table. */
    public boolean hasGenericMaps() {
        return !generic.tables().isEmpty();
    }

    /** By {@code smtp_generic_maps}. */
    public Answer generic(Address address) {
        List<String> keys = new ArrayList<>();
        String local = address.local().text();
        String domain = address.domain().key();
        List<String> locals = new ArrayList<>(List.of(local));
        SenderMaps.withoutExtension(local, configuration).ifPresent(locals::add);
        locals.forEach(l -> keys.add(l + "@" + domain));
        boolean ours = domain.equalsIgnoreCase(configuration.get(Parameters.MYORIGIN));
        if (!ours) {
            switch (destinations.match(domain)) {
                case DomainList.Match.Yes yes -> ours = true;
                case DomainList.Match.No no -> ours = false;
                case DomainList.Match.Failed(String text) -> {
                    return new Answer.Failed(text);
                }
            }
        }
        if (ours) {
            keys.addAll(locals);
        }
        keys.add("@" + domain);
        for (String key : keys) {
            switch (key.equals(keys.getFirst()) ? generic.find(key) : generic.findPart(key)) {
                case LookupResult.Found(String value) -> {
                    return result(key, value.trim(), local, extension(key, local));
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String why) -> {
                    return new Answer.Failed("smtp_generic_maps: " + why);
                }
            }
        }
        return new Answer.Stays();
    }

    /** What is left over where a key without the extension matched, and the result is to have it. */
    private String extension(String key, String local) {
        boolean propagates =
                configuration.get(Parameters.PROPAGATE_UNMATCHED_EXTENSIONS).contains("generic");
        return propagates && !key.startsWith(local) && !key.startsWith("@")
                ? SenderMaps.withoutExtension(local, configuration)
                        .map(base -> local.substring(base.length()))
                        .orElse("")
                : "";
    }

    private Answer result(String key, String value, String local, String extension) {
        String whole = value.startsWith("@") ? local + value : value;
        int at = whole.lastIndexOf('@');
        String text = at < 0
                ? whole + extension + "@" + configuration.get(Parameters.MYORIGIN)
                : whole.substring(0, at) + extension + whole.substring(at);
        try {
            return new Answer.Becomes(Address.of(text));
        } catch (IllegalArgumentException e) {
            return new Answer.Failed("smtp_generic_maps: the address for " + key + " is none: " + e.getMessage());
        }
    }

    /** Whether the world does not know an address: of a domain of {@code mydestination} or none of the DNS, and in no map by sender. */
    public boolean isOnlyLocal(Address address) {
        String domain = address.domain().key();
        // RFC 6762 §3 for .local; the others have no place in the DNS
        boolean bare = domain.indexOf('.') < 0 || domain.endsWith(".localdomain") || domain.endsWith(".local");
        if (!bare && !(destinations.match(domain) instanceof DomainList.Match.Yes)) {
            return false;
        }
        for (String key : SenderMaps.keys(address, configuration)) {
            for (LookupTable table : senders) {
                if (table.find(key) instanceof LookupResult.Found) {
                    return false;
                }
            }
        }
        return true;
    }
}
