package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.rewrite.Completion;
import org.recadero.route.Resolution;
import org.recadero.route.Router;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * What an address means here: completed, own domains taken apart ({@code user%site@here}), its class, and whether somebody has
 * it. Immutable. Postfix: smtpd_resolve(3), mail_addr_find(3).
 */
final class Directory {
    private final ServiceSettings settings;

    Directory(ServiceSettings settings) {
        this.settings = Objects.requireNonNull(settings);
    }

    /** What an address means. */
    sealed interface Meaning {
        /**
         * An address with a place.
         *
         * @param address completed and taken apart
         * @param routed whether its local part holds another address for a host elsewhere ({@code user%site@relay})
         */
        record Known(Address address, Router.AddressClass addressClass, boolean routed) implements Meaning {}

        /** It names nobody. */
        record Broken() implements Meaning {}
    }

    /** Whether somebody has an address. */
    sealed interface Listing {
        record Listed() implements Listing {}

        /**
         * Nobody has it.
         *
         * @param code empty: the caller's
         */
        record Unlisted(int replyCode, Optional<EnhancedStatusCode> code, String text) implements Listing {}

        /** A table failed. */
        record NotKnownNow(String reason) implements Listing {}
    }

    /** @param internal as the client gave it, not empty */
    Meaning meaning(String internal) {
        if (!(settings.rewriter().recipient(internal) instanceof Completion.Complete complete)) {
            return new Meaning.Broken();
        }
        Router router = settings.router();
        Address address = settings.rewriter()
                .withoutOwnDomains(
                        complete.address(), domain -> router.addressClass(domain) == Router.AddressClass.LOCAL)
                .orElse(complete.address());
        Router.AddressClass addressClass = router.addressClass(address.domain());
        String local = address.local().text();
        boolean routed = addressClass != Router.AddressClass.LOCAL
                && (local.indexOf('@') >= 0 || local.indexOf('%') >= 0 || local.indexOf('!') >= 0);
        return new Meaning.Known(address, addressClass, routed);
    }

    /** Whether mail for an address is taken at all. Postfix: {@code reject_unlisted_recipient}. */
    Listing listing(Meaning.Known known) {
        // who is rewritten to somebody is told from nobody only after that
        LookupTable maps = settings.recipients().rewritten();
        List<String> keys = keys(known.address());
        for (String key : keys) {
            switch (key.equals(keys.getFirst()) ? maps.find(key) : maps.findPart(key)) {
                case LookupResult.Found found -> {
                    return new Listing.Listed();
                }
                case LookupResult.Failed(String reason) -> {
                    return new Listing.NotKnownNow(reason);
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
            }
        }
        return listingByClass(known);
    }

    private Listing listingByClass(Meaning.Known known) {
        Resolution resolution = settings.router().resolve(known.address());
        if (resolution instanceof Resolution.TryLater later) {
            return new Listing.NotKnownNow(later.text());
        }
        ServiceSettings.Codes codes = settings.codes();
        if (resolution instanceof Resolution.Routed routed && routed.transport().equals("error")) {
            return ofError(
                    known.addressClass() == Router.AddressClass.VIRTUAL_ALIAS ? codes.unknownVirtualAlias() : 550,
                    routed.nextHop());
        }
        return switch (known.addressClass()) {
            case LOCAL ->
                settings.recipients().local().isEmpty()
                        ? new Listing.Listed()
                        : find(
                                settings.recipients().local().get(),
                                known.address(),
                                codes.unknownLocal(),
                                "local recipient table");
            case RELAY ->
                settings.recipients().relay().isEmpty()
                        ? new Listing.Listed()
                        : find(
                                settings.recipients().relay().get(),
                                known.address(),
                                codes.unknownRelay(),
                                "relay recipient table");
            case VIRTUAL_ALIAS -> new Listing.Unlisted(codes.unknownVirtualAlias(), Optional.empty(), "User unknown");
            case DEFAULT -> new Listing.Listed();
            case NOT_KNOWN_NOW -> new Listing.NotKnownNow("address class");
        };
    }

    /** The next hop of the error transport is a text, possibly with a status code in front. Postfix: error(8). */
    private static Listing ofError(int permanent, String nextHop) {
        int blank = nextHop.indexOf(' ');
        Optional<EnhancedStatusCode> code = EnhancedStatusCode.parse(blank < 0 ? nextHop : nextHop.substring(0, blank));
        String text = code.isPresent() ? (blank < 0 ? "" : nextHop.substring(blank + 1)) : nextHop;
        int reply = code.filter(c -> c.statusClass() == 4).isPresent() ? 450 : permanent;
        return new Listing.Unlisted(reply, code.filter(c -> c.statusClass() != 2), text);
    }

    /**
     * Whether the table has any of the address's keys. Those without a domain first: most mail is for a user of this machine, and to
     * find out that nobody is called {@code user@domain} costs the system's user database most.
     */
    private Listing find(LookupTable table, Address address, int code, String what) {
        List<String> keys = keys(address);
        List<String> namesFirst = keys.stream()
                .sorted(Comparator.comparing(key -> key.indexOf('@') >= 0))
                .toList();
        for (String key : namesFirst) {
            switch (key.equals(keys.getFirst()) ? table.find(key) : table.findPart(key)) {
                case LookupResult.Found found -> {
                    return new Listing.Listed();
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String reason) -> {
                    return new Listing.NotKnownNow(reason);
                }
            }
        }
        String text = "User unknown" + (settings.recipients().showTable() ? " in " + what : "");
        return new Listing.Unlisted(code, Optional.empty(), text);
    }

    /** In their order: the whole address, without its extension, the local part, without its extension, the domain. */
    List<String> keys(Address address) {
        String local = address.local().text().toLowerCase(Locale.ROOT);
        String domain = address.domain().key();
        Set<String> keys = new LinkedHashSet<>();
        keys.add(local + "@" + domain);
        withoutExtension(local).ifPresent(base -> keys.add(base + "@" + domain));
        if (settings.router().addressClass(address.domain()) == Router.AddressClass.LOCAL) {
            keys.add(local);
            withoutExtension(local).ifPresent(keys::add);
        }
        keys.add("@" + domain);
        return new ArrayList<>(keys);
    }

    Optional<String> withoutExtension(String local) {
        return settings.recipients().delimiter().withoutExtension(local);
    }
}
