package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;

/**
 * Reads lists of restrictions. One that is not supported is fatal: a door that somebody shut must not stand open (CONTRACTS,
 * Names and words).
 */
final class RestrictionParser {
    /** Bound for one list. */
    static final int MAX_RESTRICTIONS = 10_000;

    private final NetworkList.Opener opener;
    private final Set<String> classes;

    /** @param classes {@code smtpd_restriction_classes} */
    RestrictionParser(NetworkList.Opener opener, Set<String> classes) {
        this.opener = Objects.requireNonNull(opener);
        this.classes = Set.copyOf(classes);
    }

    /**
     * Reads a list.
     *
     * @param parameter its name, for messages
     * @param own what a table without a keyword is asked for; empty: there must be a keyword
     * @throws ConfigurationException where an element is unknown or not supported, or a table cannot be opened
     */
    List<Restriction> parse(String parameter, List<String> elements, Optional<Restriction.Subject> own)
            throws ConfigurationException {
        if (elements.size() > MAX_RESTRICTIONS) {
            throw new ConfigurationException(parameter + ": more than " + MAX_RESTRICTIONS + " elements");
        }
        List<Restriction> all = new ArrayList<>();
        int warnings = 0;
        for (int i = 0; i < elements.size(); i++) {
            String element = elements.get(i);
            String name = element.toLowerCase(Locale.ROOT);
            if (name.equals("warn_if_reject")) {
                warnings++;
                continue;
            }
            Restriction restriction;
            Optional<Restriction.Word> word = Restriction.Word.of(name);
            Optional<Restriction.Subject> subject = subject(name);
            if (classes.contains(element)) {
                restriction = new Restriction.Group(element);
            } else if (word.isPresent()) {
                restriction = word.get();
            } else if (subject.isPresent()) {
                if (++i == elements.size()) {
                    throw new ConfigurationException(parameter + ": " + element + " needs a table, type:name");
                }
                restriction = new Restriction.Check(subject.get(), opener.open(elements.get(i)));
            } else if (element.indexOf(':') > 0 && own.isPresent()) {
                restriction = new Restriction.Check(own.get(), opener.open(element));
            } else {
                throw new ConfigurationException(parameter + ": the restriction \"" + element
                        + "\" is unknown or not supported; it is not passed over, since it may keep somebody out");
            }
            if (warnings > 0) {
                restriction = new Restriction.WarnIfReject(restriction);
                warnings = 0;
            }
            all.add(restriction);
        }
        return List.copyOf(all);
    }

    private static Optional<Restriction.Subject> subject(String name) {
        return switch (name) {
            case "check_client_access" -> Optional.of(Restriction.Subject.CLIENT);
            case "check_reverse_client_hostname_access" -> Optional.of(Restriction.Subject.REVERSE_CLIENT);
            case "check_helo_access" -> Optional.of(Restriction.Subject.HELO);
            case "check_sender_access" -> Optional.of(Restriction.Subject.SENDER);
            case "check_recipient_access" -> Optional.of(Restriction.Subject.RECIPIENT);
            default -> Optional.empty();
        };
    }
}
