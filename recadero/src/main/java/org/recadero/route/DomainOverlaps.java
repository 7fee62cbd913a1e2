package org.recadero.route;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;

/**
 * Domains that two address classes claim: only one of them counts. Postfix: trivial-rewrite(8), which says so at the first address of such
 * a domain; here it is said at the start, of domains that are listed by name.
 */
public final class DomainOverlaps {
    private DomainOverlaps() {}

    /**
     * Warnings in Postfix's words.
     *
     * @throws ConfigurationException where a list cannot be read
     */
    public static List<String> of(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        DomainList local = DomainList.of(Parameters.MYDESTINATION, configuration, open);
        DomainList virtual = DomainList.of(Parameters.VIRTUAL_ALIAS_DOMAINS, configuration, open);
        DomainList relayed = DomainList.of(Parameters.RELAY_DOMAINS, configuration, open);
        Set<String> names = new LinkedHashSet<>(local.names());
        names.addAll(virtual.names());
        names.addAll(relayed.names());
        List<String> warnings = new ArrayList<>();
        for (String name : names) {
            if (!has(virtual, name)) {
                continue;
            }
            if (has(local, name)) {
                warnings.add(warning(name, Parameters.MYDESTINATION, Parameters.VIRTUAL_ALIAS_DOMAINS));
            } else if (has(relayed, name)) {
                warnings.add(warning(name, Parameters.VIRTUAL_ALIAS_DOMAINS, Parameters.RELAY_DOMAINS));
            }
        }
        return warnings;
    }

    private static boolean has(DomainList list, String name) {
        return list.match(name) instanceof DomainList.Match.Yes;
    }

    private static String warning(String name, Parameter<?> one, Parameter<?> other) {
        return "do not list domain " + name + " in BOTH " + one.name() + " and " + other.name();
    }
}
