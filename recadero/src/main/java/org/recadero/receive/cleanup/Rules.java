package org.recadero.receive.cleanup;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.rewrite.DuplicateFilter;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.Router;

/** What one configuration means for cleanup. */
record Rules(
        Snapshot configuration,
        Rewriter rewriter,
        Optional<Rewriter> strangersHeaders,
        AddedFields added,
        AddressMaps maps,
        ContentChecks checks,
        Set<NewMessage.Origin.Kind> checkedKinds,
        Set<ReceiveOverride> ofPickup,
        String host,
        String mailName,
        List<String> dropFields,
        ByteSet unwanted,
        ByteSet stripped,
        boolean keepOriginal,
        int duplicateFilterLimit,
        int hopLimit,
        long sizeLimitBytes,
        int fieldLimitBytes,
        int lineLimitBytes,
        int tokenLimit) {
    Rules {
        Objects.requireNonNull(configuration);
        Objects.requireNonNull(unwanted);
        Objects.requireNonNull(stripped);
        checkedKinds = Set.copyOf(checkedKinds);
        ofPickup = Set.copyOf(ofPickup);
        dropFields = List.copyOf(dropFields);
    }

    /** Where a table cannot be opened, what needs it fails, and mail waits. */
    static Rules of(Snapshot configuration, Router.TableOpener open) {
        Rewriter rewriter = new Rewriter(configuration);
        AddressMaps maps;
        ContentChecks checks;
        Set<NewMessage.Origin.Kind> kinds;
        Set<ReceiveOverride> ofPickup;
        AddedFields added;
        try {
            added = AddedFields.of(configuration);
            maps = AddressMaps.of(configuration, rewriter, open);
            checks = ContentChecks.of(configuration, open);
            kinds = checkedKinds(configuration);
            ofPickup = ReceiveOverride.ofPickup(configuration);
        } catch (ConfigurationException e) {
            maps = AddressMaps.broken(rewriter, String.valueOf(e.getMessage()));
            checks = ContentChecks.none(configuration);
            kinds = Set.of();
            ofPickup = Set.of();
            added = new AddedFields(configuration.get(Parameters.ALWAYS_ADD_MISSING_HEADERS), false, "");
        }
        return new Rules(
                configuration,
                rewriter,
                configuration.get(Parameters.REMOTE_HEADER_REWRITE_DOMAIN).isEmpty()
                        ? Optional.empty()
                        : Optional.of(Rewriter.ofStrangers(configuration)),
                added,
                maps,
                checks,
                kinds,
                ofPickup,
                configuration.get(Parameters.MYHOSTNAME),
                configuration.get(Parameters.MAIL_NAME),
                configuration.get(Parameters.MESSAGE_DROP_HEADERS).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList(),
                ByteSet.of(configuration.get(Parameters.MESSAGE_REJECT_CHARACTERS)),
                ByteSet.of(configuration.get(Parameters.MESSAGE_STRIP_CHARACTERS)),
                configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT),
                DuplicateFilter.limit(configuration),
                configuration.get(Parameters.HOPCOUNT_LIMIT),
                configuration.get(Parameters.MESSAGE_SIZE_LIMIT),
                configuration.get(Parameters.HEADER_SIZE_LIMIT),
                configuration.get(Parameters.LINE_LENGTH_LIMIT),
                configuration.get(Parameters.HEADER_ADDRESS_TOKEN_LIMIT));
    }

    /**
     * What the mail system sends and checks look at all the same.
     *
     * @throws ConfigurationException where a word means nothing
     */
    static Set<NewMessage.Origin.Kind> checkedKinds(Configuration configuration) throws ConfigurationException {
        Set<NewMessage.Origin.Kind> kinds = EnumSet.noneOf(NewMessage.Origin.Kind.class);
        List<String> words = configuration.get(Parameters.INTERNAL_MAIL_FILTER_CLASSES);
        for (String word : words) {
            kinds.add(
                    switch (word) {
                        case "bounce" -> NewMessage.Origin.Kind.BOUNCE;
                        case "notify" -> NewMessage.Origin.Kind.NOTIFY;
                        default ->
                            throw new ConfigurationException("unknown " + Parameters.INTERNAL_MAIL_FILTER_CLASSES.name()
                                    + " value \"" + word + "\" in \"" + String.join(" ", words) + "\"");
                    });
        }
        return kinds;
    }

    /** These rules for a message: without what is left out for it. */
    Rules of(NewMessage.Origin origin) {
        Set<ReceiveOverride> overrides = switch (origin) {
            case NewMessage.Origin.User user -> ofPickup;
            case NewMessage.Origin.Network network -> network.overrides();
            case NewMessage.Origin.MailSystem(NewMessage.Origin.Kind kind) ->
                checkedKinds.contains(kind) ? Set.of() : Set.of(ReceiveOverride.NO_HEADER_BODY_CHECKS);
        };
        boolean maps = !overrides.contains(ReceiveOverride.NO_ADDRESS_MAPPINGS);
        boolean checks = !overrides.contains(ReceiveOverride.NO_HEADER_BODY_CHECKS);
        return maps && checks
                ? this
                : new Rules(
                        configuration,
                        rewriter,
                        strangersHeaders,
                        added,
                        maps ? this.maps : this.maps.off(),
                        checks ? this.checks : ContentChecks.none(configuration),
                        checkedKinds,
                        ofPickup,
                        host,
                        mailName,
                        dropFields,
                        checks ? unwanted : ByteSet.NONE,
                        stripped,
                        keepOriginal,
                        duplicateFilterLimit,
                        hopLimit,
                        sizeLimitBytes,
                        fieldLimitBytes,
                        lineLimitBytes,
                        tokenLimit);
    }
}
