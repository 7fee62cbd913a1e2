package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.rewrite.Completion;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.DomainList;
import org.recadero.route.Router;

/**
 * Puts other addresses in the place of those of a message: canonical ones in envelope and header, and what virtual aliases stand
 * for in the envelope's recipients. Immutable; safe for all threads.
 *
 * <p>Postfix: ADDRESS_REWRITING_README, cleanup(8): first {@code sender_canonical_maps} or {@code recipient_canonical_maps}, then {@code
 * canonical_maps}, then {@code masquerade_domains}, last {@code virtual_alias_maps}.
 */
final class AddressMaps {
    /** An address is looked up again so often. */
    private static final int MOST_CANONICAL_STEPS = 10;

    /** Look-ups for one recipient, for each address that it may stand for: aliases of aliases may meet again and again. */
    private static final int LOOK_UPS_PER_ADDRESS = 10;

    /** Where an address stands, as {@code canonical_classes} names it. */
    enum Place {
        ENVELOPE_SENDER,
        ENVELOPE_RECIPIENT,
        HEADER_SENDER,
        HEADER_RECIPIENT;

        String parameterValue() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** What came of an address. */
    sealed interface Rewritten {
        /** Of canonical maps one, of virtual aliases one or more. */
        record To(List<Address> addresses) implements Rewritten {}

        /**
         * A map failed, or it never ends: mail waits.
         *
         * @param text for the log, in Postfix's words
         */
        record Failed(String text) implements Rewritten {}
    }

    /** Maps of who gets a copy. */
    private record Bcc(String always, Optional<AddressMap> sender, Optional<AddressMap> recipient) {}

    /** A canonical map and where it applies. */
    private record Canonical(AddressMap map, List<String> classes) {}

    private final Rewriter rewriter;
    private final List<Canonical> canonical;
    private final Optional<Masquerade> masquerade;
    private final Optional<AddressMap> virtual;
    private final Bcc bcc;
    private final int expansionLimit;
    private final int recursionLimit;
    private final Optional<String> broken;

    private AddressMaps(
            Rewriter rewriter,
            List<Canonical> canonical,
            Optional<Masquerade> masquerade,
            Optional<AddressMap> virtual,
            Bcc bcc,
            int expansionLimit,
            int recursionLimit,
            Optional<String> broken) {
        this.rewriter = rewriter;
        this.canonical = List.copyOf(canonical);
        this.masquerade = masquerade;
        this.virtual = virtual;
        this.bcc = bcc;
        this.expansionLimit = expansionLimit;
        this.recursionLimit = recursionLimit;
        this.broken = broken;
    }

    /** @throws ConfigurationException where a table cannot be used */
    static AddressMaps of(Configuration configuration, Rewriter rewriter, Router.TableOpener open)
            throws ConfigurationException {
        DomainList destinations = DomainList.of(Parameters.MYDESTINATION, configuration, open);
        String origin = configuration.get(Parameters.MYORIGIN);
        Predicate<Address> isOurs = address -> address.domain().name().equalsIgnoreCase(origin)
                || destinations.match(address.domain().key()) instanceof DomainList.Match.Yes;
        List<Canonical> canonical = new ArrayList<>();
        add(
                canonical,
                Parameters.SENDER_CANONICAL_MAPS,
                Parameters.SENDER_CANONICAL_CLASSES,
                configuration,
                isOurs,
                open);
        add(
                canonical,
                Parameters.RECIPIENT_CANONICAL_MAPS,
                Parameters.RECIPIENT_CANONICAL_CLASSES,
                configuration,
                isOurs,
                open);
        add(canonical, Parameters.CANONICAL_MAPS, Parameters.CANONICAL_CLASSES, configuration, isOurs, open);
        return new AddressMaps(
                rewriter,
                canonical,
                Optional.of(new Masquerade(configuration, open)),
                some(new AddressMap(Parameters.VIRTUAL_ALIAS_MAPS, "virtual", configuration, isOurs, open)),
                new Bcc(
                        configuration.get(Parameters.ALWAYS_BCC),
                        some(new AddressMap(Parameters.SENDER_BCC_MAPS, "", configuration, isOurs, open)),
                        some(new AddressMap(Parameters.RECIPIENT_BCC_MAPS, "", configuration, isOurs, open))),
                configuration.get(Parameters.VIRTUAL_ALIAS_EXPANSION_LIMIT),
                configuration.get(Parameters.VIRTUAL_ALIAS_RECURSION_LIMIT),
                Optional.empty());
    }

    private static Optional<AddressMap> some(AddressMap map) {
        return map.isEmpty() ? Optional.empty() : Optional.of(map);
    }

    /** Where every address stays as it is, and nobody gets a copy; what is broken stays so. */
    AddressMaps off() {
        return empty(rewriter, broken);
    }

    /** For a configuration whose tables could not be opened: all mail waits. */
    static AddressMaps broken(Rewriter rewriter, String reason) {
        return empty(rewriter, Optional.of(reason));
    }

    private static AddressMaps empty(Rewriter rewriter, Optional<String> broken) {
        return new AddressMaps(
                rewriter,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Bcc("", Optional.empty(), Optional.empty()),
                1,
                1,
                broken);
    }

    private static void add(
            List<Canonical> all,
            Parameter<List<TableSpec>> parameter,
            Parameter<List<String>> classes,
            Configuration configuration,
            Predicate<Address> isOurs,
            Router.TableOpener open)
            throws ConfigurationException {
        AddressMap map = new AddressMap(parameter, "canonical", configuration, isOurs, open);
        if (!map.isEmpty()) {
            all.add(new Canonical(map, configuration.get(classes)));
        }
    }

    /** Whether addresses of a place may change at all. */
    boolean changes(Place place) {
        return broken.isPresent()
                || canonical.stream().anyMatch(each -> each.classes().contains(place.parameterValue()))
                || masquerade.filter(m -> m.changes(place)).isPresent();
    }

    /** By the canonical maps of a place, one after the other; then its host is hidden where that is wanted. */
    Rewritten canonical(Place place, Address given) {
        if (broken.isPresent()) {
            return new Rewritten.Failed(broken.get());
        }
        Address address = given;
        for (Canonical each : canonical) {
            if (each.classes().contains(place.parameterValue())) {
                switch (canonical(each.map(), address)) {
                    case Rewritten.Failed failed -> {
                        return failed;
                    }
                    case Rewritten.To(List<Address> one) -> address = one.getFirst();
                }
            }
        }
        return masquerade.isPresent() && masquerade.get().changes(place)
                ? masquerade.get().masked(address)
                : new Rewritten.To(List.of(address));
    }

    private Rewritten canonical(AddressMap map, Address given) {
        Address address = given;
        for (int i = 0; i < MOST_CANONICAL_STEPS; i++) {
            switch (mapped(map, address)) {
                case Rewritten.Failed failed -> {
                    return failed;
                }
                case Rewritten.To(List<Address> to) -> {
                    if (to.isEmpty() || to.getFirst().internal().equalsIgnoreCase(address.internal())) {
                        return new Rewritten.To(List.of(to.isEmpty() ? address : to.getFirst()));
                    }
                    address = to.getFirst();
                }
            }
        }
        return new Rewritten.Failed("unreasonable " + map.parameter() + " map nesting for " + given.internal());
    }

    /** What an address stands for; empty where the map does not know it. */
    private Rewritten mapped(AddressMap map, Address address) {
        return switch (map.find(address)) {
            case AddressMap.Answer.Stays stays -> new Rewritten.To(List.of());
            case AddressMap.Answer.Failed(String reason) ->
                new Rewritten.Failed(
                        map.parameter() + " map lookup problem for " + address.internal() + " (" + reason + ")");
            case AddressMap.Answer.Becomes(List<String> internals) -> {
                List<Address> addresses = new ArrayList<>();
                for (String internal : internals) {
                    if (!(rewriter.recipient(internal) instanceof Completion.Complete(Address complete))) {
                        yield new Rewritten.Failed(map.parameter() + ": \"" + internal + "\" for " + address.internal()
                                + " is no address");
                    }
                    addresses.add(complete);
                }
                yield new Rewritten.To(addresses);
            }
        };
    }

    /** {@code always_bcc}; perhaps empty. */
    String alwaysBcc() {
        return bcc.always();
    }

    /** Who gets a copy of what this address sends; perhaps nobody. */
    Rewritten bccOfSender(Address sender) {
        return bcc.sender().map(map -> mapped(map, sender)).orElse(new Rewritten.To(List.of()));
    }

    /** Who gets a copy of what this address, by the canonical maps, gets; perhaps nobody. */
    Rewritten bccOfRecipient(Address recipient) {
        return bcc.recipient().map(map -> mapped(map, recipient)).orElse(new Rewritten.To(List.of()));
    }

    /**
     * What a recipient stands for by {@code virtual_alias_maps}, aliases of aliases included; itself where it is none. {@code
     * DIFFERS}: each once, however little {@code duplicate_filter_limit} remembers.
     */
    Rewritten expanded(Address recipient) {
        if (broken.isPresent()) {
            return new Rewritten.Failed(broken.get());
        }
        if (virtual.isEmpty()) {
            return new Rewritten.To(List.of(recipient));
        }
        Set<Address> all = new LinkedHashSet<>();
        Optional<String> trouble = expand(virtual.get(), recipient, recipient, 0, all, new int[1]);
        return trouble.isPresent() ? new Rewritten.Failed(trouble.get()) : new Rewritten.To(List.copyOf(all));
    }

    private Optional<String> expand(
            AddressMap map, Address address, Address first, int depth, Set<Address> all, int[] lookUps) {
        if (++lookUps[0] > LOOK_UPS_PER_ADDRESS * (long) expansionLimit) {
            return Optional.of("unreasonable virtual_alias_maps map expansion size for " + first.internal());
        }
        if (depth >= recursionLimit) {
            return Optional.of("unreasonable virtual_alias_maps map nesting for " + first.internal());
        }
        switch (mapped(map, address)) {
            case Rewritten.Failed(String text) -> {
                return Optional.of(text);
            }
            case Rewritten.To(List<Address> to) -> {
                if (to.isEmpty()) {
                    all.add(address);
                }
                for (Address each : to) {
                    if (each.internal().equalsIgnoreCase(address.internal())) {
                        // an alias that names itself ends there
                        all.add(each);
                    } else {
                        Optional<String> trouble = expand(map, each, first, depth + 1, all, lookUps);
                        if (trouble.isPresent()) {
                            return trouble;
                        }
                    }
                    if (all.size() > expansionLimit) {
                        return Optional.of(
                                "unreasonable virtual_alias_maps map expansion size for " + first.internal());
                    }
                }
            }
        }
        return Optional.empty();
    }
}
