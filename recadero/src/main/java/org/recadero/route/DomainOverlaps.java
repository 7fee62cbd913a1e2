package org.recadero.route;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;

/**
 * Domains that two address classes claim: only one of them counts. Postfix: trivial-rewrite(8), which says so at the first address of such
 * a domain; here it is said at the start, of domains that are listed by name.
 */
public final class DomainOverlaps {
    private static final String MAILBOXES = "virtual_mailbox_domains";

    private DomainOverlaps() {}

    /**
     * Warnings in Postfix's words.
     *
     * @throws ConfigurationException where a list cannot be read
     */
    public static List<String> of(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        DomainList local = DomainList.of(Parameters.MYDESTINATION, configuration, open);
        DomainList aliases = DomainList.of(Parameters.VIRTUAL_ALIAS_DOMAINS, configuration, open);
        Optional<DomainList> mailboxes = mailboxes(configuration, open);
        DomainList relayed = DomainList.of(Parameters.RELAY_DOMAINS, configuration, open);
        Set<String> names = new LinkedHashSet<>(local.names());
        names.addAll(aliases.names());
        mailboxes.ifPresent(list -> names.addAll(list.names()));
        names.addAll(relayed.names());
        List<String> warnings = new ArrayList<>();
        for (String name : names) {
            boolean isAlias = has(aliases, name);
            boolean isMailbox = mailboxes.filter(list -> has(list, name)).isPresent();
            List<String> also = new ArrayList<>();
            if (isAlias) {
                also.add(Parameters.VIRTUAL_ALIAS_DOMAINS.name());
            }
            if (isMailbox) {
                also.add(MAILBOXES);
            }
            if (has(local, name)) {
                also.forEach(other -> warnings.add(warning(name, Parameters.MYDESTINATION.name(), other)));
                continue;
            }
            if (has(relayed, name)) {
                also.add(Parameters.RELAY_DOMAINS.name());
            }
            if (isAlias || isMailbox) {
                String first = also.removeFirst();
                also.forEach(other -> warnings.add(warning(name, first, other)));
            }
        }
        return warnings;
    }

    /** There is no such address class yet, so nothing else asks this list: one that cannot be read is none. */
    private static Optional<DomainList> mailboxes(Configuration configuration, Router.TableOpener open) {
        try {
            return Optional.of(DomainList.of(MAILBOXES, Optional.empty(), configuration.listOf(MAILBOXES), open));
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }

    private static boolean has(DomainList list, String name) {
        return list.match(name) instanceof DomainList.Match.Yes;
    }

    private static String warning(String name, String one, String other) {
        return "do not list domain " + name + " in BOTH " + one + " and " + other;
    }
}
