package org.recadero.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.RecipientDelimiter;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * What a sender's own entries say: his relayhost, his transport. Immutable.
 *
 * <p>Postfix: postconf(5), sender_dependent_relayhost_maps, sender_dependent_default_transport_maps: user+ext@domain, user@domain,
 * {@code @domain}; {@code DUNNO} ends the search without an answer.
 */
public final class SenderMaps {
    /** An entry that was found. */
    public record Entry(String value, Reason reason) {}

    /** What the maps say. */
    public sealed interface Answer {
        record Known(Entry entry) implements Answer {}

        record Unknown() implements Answer {}

        /** @param text for log and mailq */
        record Failed(String text) implements Answer {}
    }

    private final Configuration configuration;
    private final List<LookupTable> relayhosts;
    private final List<LookupTable> transports;

    public SenderMaps(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        this.configuration = configuration;
        this.relayhosts = tables(configuration, Parameters.SENDER_DEPENDENT_RELAYHOST_MAPS, open);
        this.transports = tables(configuration, Parameters.SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS, open);
    }

    static List<LookupTable> tables(
            Configuration configuration, Parameter<List<TableSpec>> parameter, Router.TableOpener open)
            throws ConfigurationException {
        List<LookupTable> opened = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            opened.add(open.open(spec));
        }
        return List.copyOf(opened);
    }

    /** His {@code [host]:port}. */
    public Answer relayhost(ReversePath sender) {
        return find(
                relayhosts,
                Parameters.SENDER_DEPENDENT_RELAYHOST_MAPS,
                keys(sender, Parameters.EMPTY_ADDRESS_RELAYHOST_MAPS_LOOKUP_KEY));
    }

    /** His {@code transport:nexthop}, in place of default_transport. */
    public Answer transport(ReversePath sender) {
        return find(
                transports,
                Parameters.SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS,
                keys(sender, Parameters.EMPTY_ADDRESS_DEFAULT_TRANSPORT_MAPS_LOOKUP_KEY));
    }

    private List<String> keys(ReversePath sender, Parameter<String> forNobody) {
        return switch (sender) {
            case ReversePath.Null none -> List.of(configuration.get(forNobody));
            case ReversePath.Sender(Address address) -> keys(address, configuration);
        };
    }

    /** user+ext@domain, user@domain, {@code @domain}. */
    static List<String> keys(Address address, Configuration configuration) {
        String local = address.local().text();
        String domain = address.domain().key();
        List<String> keys = new ArrayList<>();
        keys.add(local + "@" + domain);
        withoutExtension(local, configuration).ifPresent(base -> keys.add(base + "@" + domain));
        keys.add("@" + domain);
        return keys;
    }

    static Optional<String> withoutExtension(String local, Configuration configuration) {
        return RecipientDelimiter.of(configuration).withoutExtension(local);
    }

    private Answer find(List<LookupTable> tables, Parameter<?> parameter, List<String> keys) {
        for (String key : keys) {
            for (LookupTable table : tables) {
                switch (key.equals(keys.getFirst()) ? table.find(key) : table.findPart(key)) {
                    case LookupResult.Found(String value) -> {
                        String trimmed = value.trim();
                        return trimmed.equalsIgnoreCase("DUNNO") || trimmed.isEmpty()
                                ? new Answer.Unknown()
                                : new Answer.Known(new Entry(
                                        trimmed, Reason.ofRow(table, key, trimmed, configuration.source(parameter))));
                    }
                    case LookupResult.NotFound none -> {
                        continue;
                    }
                    case LookupResult.Failed(String reason) -> {
                        return new Answer.Failed(parameter.name() + ": " + reason);
                    }
                }
            }
        }
        return new Answer.Unknown();
    }
}
