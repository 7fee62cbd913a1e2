package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.MailDomain;
import org.recadero.route.DomainList;
import org.recadero.route.Router;

/**
 * Hides hosts behind their domain: {@code usuario@host.example.com} becomes {@code usuario@example.com}. Immutable; safe for all
 * threads.
 *
 * <p>Postfix: ADDRESS_REWRITING_README, {@code masquerade_domains}, {@code masquerade_classes}, {@code masquerade_exceptions}: the
 * first domain that is an address's or above it decides, one with {@code !} leaves it as it is.
 */
final class Masquerade {
    /** A domain of the list. */
    private record Domain(String name, boolean hides) {}

    private final List<Domain> domains = new ArrayList<>();
    private final List<String> classes;
    private final DomainList exceptions;

    /** @throws ConfigurationException where a table cannot be used */
    Masquerade(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        for (String element : configuration.get(Parameters.MASQUERADE_DOMAINS)) {
            int marks = 0;
            while (marks < element.length() && element.charAt(marks) == '!') {
                marks++;
            }
            if (marks < element.length()) {
                domains.add(new Domain(element.substring(marks).toLowerCase(Locale.ROOT), marks % 2 == 0));
            }
        }
        classes = configuration.get(Parameters.MASQUERADE_CLASSES);
        exceptions = DomainList.of(Parameters.MASQUERADE_EXCEPTIONS, configuration, open);
    }

    boolean changes(AddressMaps.Place place) {
        return !domains.isEmpty() && classes.contains(place.parameterValue());
    }

    AddressMaps.Rewritten masked(Address address) {
        return switch (exceptions.match(address.local().text())) {
            case DomainList.Match.Yes excepted -> new AddressMaps.Rewritten.To(List.of(address));
            case DomainList.Match.Failed(String reason) ->
                new AddressMaps.Rewritten.Failed("masquerade_exceptions map lookup problem (" + reason + ")");
            case DomainList.Match.No none -> new AddressMaps.Rewritten.To(List.of(hidden(address)));
        };
    }

    private Address hidden(Address address) {
        String name = address.domain().name().toLowerCase(Locale.ROOT);
        for (Domain domain : domains) {
            if (name.equals(domain.name())) {
                return address;
            }
            if (name.endsWith("." + domain.name())) {
                return domain.hides() ? new Address(address.local(), new MailDomain(domain.name())) : address;
            }
        }
        return address;
    }
}
