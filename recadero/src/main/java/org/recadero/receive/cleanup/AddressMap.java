package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.RecipientDelimiter;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.message.AddressList;
import org.recadero.route.Router;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.MapList;

/**
 * The tables of one parameter that puts addresses in an address's place. Immutable; safe for all threads.
 *
 * <p>Asked for are {@code user+ext@domain}, {@code user@domain}, where the domain is one of this machine's {@code user+ext} and {@code
 * user}, last {@code @domain}. {@code @other} as an answer keeps the user; what the key left out of the extension is put into the
 * answer where {@code propagate_unmatched_extensions} says so.
 *
 * <p>Postfix: canonical(5), virtual(5), ADDRESS_REWRITING_README.
 */
final class AddressMap {
    /** What a map says. */
    sealed interface Answer {
        /** Internal forms, perhaps without a domain. */
        record Becomes(List<String> addresses) implements Answer {}

        record Stays() implements Answer {}

        record Failed(String reason) implements Answer {}
    }

    private final String parameter;
    private final MapList tables;
    private final RecipientDelimiter delimiter;
    private final boolean propagates;
    private final Predicate<Address> isOurs;

    /**
     * @param propagation the name in {@code propagate_unmatched_extensions}
     * @param isOurs whether an address is looked up without its domain too
     */
    AddressMap(
            Parameter<List<TableSpec>> parameter,
            String propagation,
            Configuration configuration,
            Predicate<Address> isOurs,
            Router.TableOpener open)
            throws ConfigurationException {
        this.parameter = parameter.name();
        this.delimiter = RecipientDelimiter.of(configuration);
        this.propagates =
                configuration.get(Parameters.PROPAGATE_UNMATCHED_EXTENSIONS).contains(propagation);
        this.isOurs = isOurs;
        List<LookupTable> opened = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            opened.add(open.open(spec));
        }
        this.tables = new MapList(opened);
    }

    String parameter() {
        return parameter;
    }

    boolean isEmpty() {
        return tables.tables().isEmpty();
    }

    Answer find(Address address) {
        if (isEmpty()) {
            return new Answer.Stays();
        }
        String local = address.local().text();
        String domain = address.domain().name();
        Optional<String> base = delimiter.withoutExtension(local);
        String extension = base.map(b -> local.substring(b.length())).orElse("");
        LookupResult whole = tables.find(local + "@" + domain);
        if (!(whole instanceof LookupResult.NotFound)) {
            return answer(whole, local, "");
        }
        List<String[]> parts = new ArrayList<>();
        base.ifPresent(b -> parts.add(new String[] {b + "@" + domain, extension}));
        if (isOurs.test(address)) {
            parts.add(new String[] {local, ""});
            base.ifPresent(b -> parts.add(new String[] {b, extension}));
        }
        parts.add(new String[] {"@" + domain, ""});
        for (String[] part : parts) {
            LookupResult result = tables.findPart(part[0]);
            if (!(result instanceof LookupResult.NotFound)) {
                return answer(result, local, part[1]);
            }
        }
        return new Answer.Stays();
    }

    private Answer answer(LookupResult result, String local, String extension) {
        return switch (result) {
            case LookupResult.Failed(String reason) -> new Answer.Failed(reason);
            case LookupResult.NotFound none -> new Answer.Stays();
            case LookupResult.Found(String value) -> {
                List<String> addresses = new ArrayList<>();
                for (String each : AddressList.internalForms(value)) {
                    String whole = each.startsWith("@") ? local + each : each;
                    int at = whole.lastIndexOf('@');
                    boolean adds = propagates && !extension.isEmpty();
                    addresses.add(
                            !adds
                                    ? whole
                                    : at < 0
                                            ? whole + extension
                                            : whole.substring(0, at) + extension + whole.substring(at));
                }
                yield addresses.isEmpty()
                        ? new Answer.Failed("no address in \"" + value + "\"")
                        : new Answer.Becomes(List.copyOf(addresses));
            }
        };
    }
}
