package org.recadero.receive.cleanup;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.config.Services;
import org.recadero.config.Snapshot;

/** What is not done with mail that a service takes in. Postfix: postconf(5), {@code receive_override_options}. */
public enum ReceiveOverride {
    /** The SMTP server takes mail for users that there are not, also where a restriction asks whether they are listed. */
    NO_UNKNOWN_RECIPIENT_CHECKS,
    /** No canonical, masqueraded or virtual address, and no copies but those that an access table or a header check orders. */
    NO_ADDRESS_MAPPINGS,
    NO_HEADER_BODY_CHECKS,
    /** There are no milters: nothing is left to leave out. */
    NO_MILTERS;

    /** @throws ConfigurationException where a word means nothing */
    public static Set<ReceiveOverride> of(Configuration configuration) throws ConfigurationException {
        Set<ReceiveOverride> overrides = EnumSet.noneOf(ReceiveOverride.class);
        List<String> words = configuration.get(Parameters.RECEIVE_OVERRIDE_OPTIONS);
        for (String word : words) {
            Optional<ReceiveOverride> named = Stream.of(values())
                    .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(word))
                    .findFirst();
            overrides.add(named.orElseThrow(() -> new ConfigurationException("unknown "
                    + Parameters.RECEIVE_OVERRIDE_OPTIONS.name() + " value \"" + word + "\" in \""
                    + String.join(" ", words) + "\"")));
        }
        return Collections.unmodifiableSet(overrides);
    }

    /** Those of sendmail's mail, by master.cf's service {@code pickup}. */
    static Set<ReceiveOverride> ofPickup(Snapshot configuration) throws ConfigurationException {
        List<Services.Service> services = Services.of(configuration, "pickup");
        return of(services.isEmpty() ? configuration : services.getFirst().configuration());
    }
}
