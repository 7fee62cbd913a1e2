package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.receive.cleanup.NewMessage.HeaderNames;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * The clients whose header fields are completed with this machine's names. Immutable; safe for all threads.
 *
 * <p>Postfix: {@code local_header_rewrite_clients}. {@code permit_tls_clientcerts} and its kin match nobody: no client is asked for
 * a certificate.
 */
final class LocalClients {
    /** What is known of a client. */
    record Client(String address, boolean isOfThisMachine, boolean isOfOurNetworks, boolean isLoggedIn) {}

    /** Opens {@code type:name}. */
    @FunctionalInterface
    interface Opener {
        LookupTable open(String text) throws ConfigurationException;
    }

    private sealed interface Element {
        record Word(String name) implements Element {}

        /** Knows addresses; what it says of them does not matter. */
        record Table(LookupTable table) implements Element {}
    }

    private final List<Element> elements = new ArrayList<>();

    /** @throws ConfigurationException for a word that means nothing, or a table that cannot be used */
    LocalClients(List<String> words, Opener open) throws ConfigurationException {
        for (String word : words) {
            String name = word.toLowerCase(Locale.ROOT);
            switch (name) {
                case "check_address_map" -> {
                    // the table is the next word
                }
                case "permit_inet_interfaces",
                        "permit_mynetworks",
                        "permit_sasl_authenticated",
                        "permit_tls_clientcerts",
                        "permit_tls_all_clientcerts" -> elements.add(new Element.Word(name));
                default -> {
                    if (word.indexOf(':') <= 0) {
                        throw new ConfigurationException("parameter " + Parameters.LOCAL_HEADER_REWRITE_CLIENTS.name()
                                + ": invalid request: " + word);
                    }
                    elements.add(new Element.Table(open.open(word)));
                }
            }
        }
    }

    HeaderNames of(Client client) {
        for (Element element : elements) {
            switch (element) {
                case Element.Word(String name) -> {
                    if (matches(name, client)) {
                        return HeaderNames.LOCAL;
                    }
                }
                case Element.Table(LookupTable table) -> {
                    switch (table.find(client.address())) {
                        case LookupResult.Found found -> {
                            return HeaderNames.LOCAL;
                        }
                        case LookupResult.NotFound none -> {
                            continue;
                        }
                        case LookupResult.Failed failed -> {
                            return HeaderNames.NOT_KNOWN_NOW;
                        }
                    }
                }
            }
        }
        return HeaderNames.REMOTE;
    }

    private static boolean matches(String name, Client client) {
        return switch (name) {
            case "permit_inet_interfaces" -> client.isOfThisMachine();
            case "permit_mynetworks" -> client.isOfOurNetworks();
            case "permit_sasl_authenticated" -> client.isLoggedIn();
            default -> false;
        };
    }
}
