package org.recadero.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.table.LookupResult;
import org.recadero.table.MapList;

/**
 * Which envelope senders a user of this machine may give. Immutable.
 *
 * <p>Postfix: postconf(5), {@code local_login_sender_maps}, {@code empty_address_local_login_sender_maps_lookup_key}: the login
 * name (else {@code uid:} and the number) finds patterns: {@code *} for all, {@code <>} for the empty sender, {@code @domain}, or
 * an address; extensions do not matter, nor does case.
 */
public final class LoginSenders {
    /** What the maps say. */
    public sealed interface Answer {
        record Allowed() implements Answer {}

        record Refused() implements Answer {}

        /** @param text for the log */
        record Failed(String text) implements Answer {}
    }

    private final Configuration configuration;
    private final MapList maps;

    public LoginSenders(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.maps = new MapList(SenderMaps.tables(configuration, Parameters.LOCAL_LOGIN_SENDER_MAPS, open));
    }

    /** What the maps know a user by. */
    public static String name(Optional<String> login, int uid) {
        return login.orElseGet(() -> "uid:" + Integer.toUnsignedString(uid));
    }

    /**
     * Whether he may send as somebody.
     *
     * @param name as {@link #name}
     * @param sender as he gave it, internal form, perhaps without a domain; empty: the null sender
     */
    public Answer allows(String name, String sender) {
        List<String> patterns = new ArrayList<>();
        Optional<Answer.Failed> failed = patterns(name, patterns);
        if (failed.isPresent()) {
            return failed.get();
        }
        String plain = withoutExtension(sender);
        return patterns.stream().anyMatch(p -> matches(p, plain)) ? new Answer.Allowed() : new Answer.Refused();
    }

    /** Whether one of his patterns is this very address: then it was meant. */
    public boolean names(String name, Address sender) {
        List<String> patterns = new ArrayList<>();
        String plain = withoutExtension(sender.internal());
        return patterns(name, patterns).isEmpty() && patterns.stream().anyMatch(plain::equalsIgnoreCase);
    }

    private Optional<Answer.Failed> patterns(String name, List<String> patterns) {
        for (var table : maps.tables()) {
            switch (table.find(name)) {
                case LookupResult.Found(String value) -> {
                    for (String pattern : value.split("[,\\s]+", -1)) {
                        if (!pattern.isEmpty()) {
                            patterns.add(pattern);
                        }
                    }
                    return Optional.empty();
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String why) -> {
                    return Optional.of(new Answer.Failed("local_login_sender_maps: " + why));
                }
            }
        }
        return Optional.empty();
    }

    private boolean matches(String pattern, String sender) {
        if (pattern.equals("*")) {
            return true;
        }
        if (sender.isEmpty()) {
            return pattern.equals(configuration.get(Parameters.EMPTY_ADDRESS_LOCAL_LOGIN_SENDER_MAPS_LOOKUP_KEY));
        }
        if (pattern.startsWith("@") && pattern.length() > 1) {
            return sender.toLowerCase(Locale.ROOT).endsWith(pattern.toLowerCase(Locale.ROOT));
        }
        return pattern.equalsIgnoreCase(sender);
    }

    private String withoutExtension(String sender) {
        int at = sender.lastIndexOf('@');
        String local = at < 0 ? sender : sender.substring(0, at);
        String domain = at < 0 ? "" : sender.substring(at);
        return SenderMaps.withoutExtension(local, configuration).orElse(local) + domain;
    }
}
