package org.recadero.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.SourceLine;
import org.recadero.envelope.ReversePath;
import org.recadero.net.sasl.Credentials;
import org.recadero.net.sasl.Secret;
import org.recadero.net.tls.ClientLevel;
import org.recadero.net.tls.ClientPolicy;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.MapList;

/**
 * Decides the relay of one master.cf service: whose credentials go to a next hop, and how strict TLS is. Immutable but for what
 * it has warned of; safe for all threads.
 *
 * <p>DIFFERS, since a password must not reach whoever stands between: a sender's credentials go only to the next hop that his own
 * relayhost entry, else {@code relayhost}, names (SAFETY 26); with credentials the least level is {@code encrypt}, and where no
 * level is stated at all the server must prove its name. Postfix: smtp(8), smtp_sasl_passwd_lookup and smtp_tls_policy.
 */
public final class RelayRules {
    private final Configuration configuration;
    private final SenderMaps senders;
    private final ServiceNames services;
    private final MapList passwords;
    private final MapList tokens;
    private final TlsPolicies policies;
    private final Consumer<String> warn;
    private final OnceEach told = new OnceEach();

    /**
     * Reads what relays need.
     *
     * @param configuration with the service's {@code -o} overrides
     * @param warn told what an administrator should know, each once
     */
    public RelayRules(
            Configuration configuration, Router.TableOpener open, ServiceNames services, Consumer<String> warn)
            throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.senders = new SenderMaps(configuration, open);
        this.services = Objects.requireNonNull(services);
        this.passwords = new MapList(SenderMaps.tables(configuration, Parameters.SMTP_SASL_PASSWORD_MAPS, open));
        this.tokens = new MapList(SenderMaps.tables(configuration, Parameters.RECADERO_SMTP_SASL_TOKEN_MAPS, open));
        this.policies = new TlsPolicies(
                configuration, new MapList(SenderMaps.tables(configuration, Parameters.SMTP_TLS_POLICY_MAPS, open)));
        this.warn = Objects.requireNonNull(warn);
    }

    /**
     * Decides for one next hop.
     *
     * @param written as the route has it; several parted by commas are the caller's to part
     * @param sender whose account it is
     */
    public Relay.Decision decide(String written, ReversePath sender) {
        Optional<NextHop> nextHop = NextHop.parse(written, configuration.get(Parameters.SMTP_TCP_PORT), services);
        if (nextHop.isEmpty()) {
            return new Relay.Decision.TryLater("3.5", "bad next hop or unknown service in \"" + written + "\"");
        }
        List<Reason> reasons = new ArrayList<>();
        Optional<Login> login = Optional.empty();
        if (configuration.get(Parameters.SMTP_SASL_AUTH_ENABLE)) {
            switch (credentials(written, nextHop.get(), sender)) {
                case Found.Yes(Login found, Reason reason) -> {
                    login = Optional.of(found);
                    reasons.add(reason);
                }
                case Found.No none -> // sent without logging in
                    reasons.add(new Reason(
                            "smtp_sasl_password_maps has nothing for "
                                    + (sender.internal().isEmpty() ? "" : sender + ", ") + written,
                            source(Parameters.SMTP_SASL_PASSWORD_MAPS)));
                case Found.Failed(String text) -> {
                    return new Relay.Decision.TryLater("7.0", text);
                }
            }
        }
        return tls(written, nextHop.get(), login, reasons);
    }

    // ---- TLS

    private Relay.Decision tls(String written, NextHop nextHop, Optional<Login> login, List<Reason> reasons) {
        Optional<Credentials> credentials = login.map(Login::credentials);
        TlsPolicies.Policy stated;
        switch (policies.find(written, nextHop)) {
            case TlsPolicies.Answer.Is(TlsPolicies.Policy policy) -> stated = policy;
            case TlsPolicies.Answer.Failed(String text) -> {
                return new Relay.Decision.TryLater("7.5", text);
            }
        }
        reasons.add(stated.reason());
        ClientPolicy policy = stated.policy();
        if (policy.wrapped() && !policy.level().isMandatory()) {
            policy = policy.at(ClientLevel.ENCRYPT, policy.matches());
        }
        boolean clear = false;
        if (credentials.isPresent() && !policy.level().isMandatory()) {
            boolean none = policy.level() == ClientLevel.NONE;
            if (none && stated.forThisNextHop()) {
                clear = true;
            } else if (stated.stated()) {
                // DIFFERS: Postfix sends the password in the clear where nobody offers TLS
                warnOnce("TLS level for " + written + " is raised from "
                        + policy.level().word() + " to encrypt, since there are credentials for it");
                policy = policy.at(ClientLevel.ENCRYPT, policy.matches());
                reasons.add(ours("credentials demand at least level encrypt"));
            } else {
                policy = policy.at(ClientLevel.SECURE, policies.secureMatches());
                reasons.add(ours("no TLS level is stated, and credentials demand a verified server"));
            }
        }
        return new Relay.Decision.Chosen(
                new Relay(written, nextHop, credentials, policy, clear, login.flatMap(Login::token), reasons));
    }

    private static Reason ours(String rule) {
        return new Reason(rule, Optional.empty());
    }

    // ---- credentials

    /** @param token whence the secret comes, where it is a token */
    private record Login(Credentials credentials, Optional<TokenSource> token) {}

    private sealed interface Found {
        record Yes(Login login, Reason reason) implements Found {}

        record No() implements Found {}

        record Failed(String text) implements Found {}
    }

    /** Postfix: SASL_README: the sender where that is asked for, the next hop as written, the host alone. */
    private Found credentials(String written, NextHop nextHop, ReversePath sender) {
        if (configuration.get(Parameters.SMTP_SENDER_DEPENDENT_AUTHENTICATION)
                && sender instanceof ReversePath.Sender(var address)) {
            switch (isHisRelay(written, sender)) {
                case IsHis.YES -> {
                    for (String key : SenderMaps.keys(address, configuration)) {
                        Found found = find(key);
                        if (!(found instanceof Found.No)) {
                            return found;
                        }
                    }
                }
                case IsHis.NO -> {
                    // SAFETY 26: another host gets what stands for that host, or nothing
                }
                case IsHis.UNKNOWN -> {
                    return new Found.Failed("the sender's relayhost cannot be looked up");
                }
            }
        }
        Found found = find(written.toLowerCase(Locale.ROOT));
        return found instanceof Found.No ? find(nextHop.domain().toLowerCase(Locale.ROOT)) : found;
    }

    private enum IsHis {
        YES,
        NO,
        UNKNOWN
    }

    private IsHis isHisRelay(String written, ReversePath sender) {
        return switch (senders.relayhost(sender)) {
            case SenderMaps.Answer.Known(SenderMaps.Entry(String own, Reason r)) -> is(written, own);
            case SenderMaps.Answer.Unknown u -> is(written, configuration.get(Parameters.RELAYHOST));
            case SenderMaps.Answer.Failed f -> IsHis.UNKNOWN;
        };
    }

    private static IsHis is(String written, String own) {
        for (String each : parts(own)) {
            if (each.equalsIgnoreCase(written)) {
                return IsHis.YES;
            }
        }
        return IsHis.NO;
    }

    /** Next hops of a list, {@code [a]:587, [b]:587}; at most 20. Postfix: transport(5). */
    public static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        for (String each : text.trim().split("[,\\s]+", 21)) {
            if (!each.isEmpty() && parts.size() < 20) {
                parts.add(each);
            }
        }
        return parts;
    }

    /** A token comes before a password: who gives both for one key has moved to tokens. */
    private Found find(String key) {
        Found token = find(key, tokens, Parameters.RECADERO_SMTP_SASL_TOKEN_MAPS, this::tokenEntry);
        return token instanceof Found.No
                ? find(key, passwords, Parameters.SMTP_SASL_PASSWORD_MAPS, this::entry)
                : token;
    }

    /** Makes something of a row. */
    private interface Row {
        Found read(LookupTable table, String key, String value);
    }

    private static Found find(String key, MapList maps, Parameter<?> parameter, Row row) {
        for (LookupTable table : maps.tables()) {
            switch (table.find(key)) {
                case LookupResult.Found(String value) -> {
                    return row.read(table, key, value);
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String why) -> {
                    return new Found.Failed(parameter.name() + ": " + why);
                }
            }
        }
        return new Found.No();
    }

    /** {@code login:file:/path} or {@code login:command:/path}: {@link TokenSource}. */
    private Found tokenEntry(LookupTable table, String key, String value) {
        String entry = withoutComment(table, key, value);
        int colon = entry.indexOf(':');
        Optional<TokenSource> source = colon <= 0
                ? Optional.empty()
                : TokenSource.parse(entry.substring(colon + 1), configuration.get(Parameters.DEFAULT_PRIVS));
        if (source.isEmpty()) {
            // what stands there may be a token or a password that somebody put in the wrong place: not shown
            return new Found.Failed(table.name() + ": the entry for " + key
                    + " is not login:file:/path, login:command:/path or login:command:user:/path");
        }
        String login = entry.substring(0, colon);
        return new Found.Yes(
                new Login(new Credentials(login, Secret.of(""), Credentials.Kind.TOKEN), source),
                Reason.ofRow(
                        table,
                        key,
                        "(login " + login + ", token from " + source.get() + ")",
                        source(Parameters.RECADERO_SMTP_SASL_TOKEN_MAPS)));
    }

    /** {@code login:password}; no part of it is ever shown. */
    private Found entry(LookupTable table, String key, String value) {
        String entry = withoutComment(table, key, value);
        int colon = entry.indexOf(':');
        String login = colon < 0 ? entry : entry.substring(0, colon);
        String secret = colon < 0 ? "" : entry.substring(colon + 1);
        if (login.isEmpty()) {
            return new Found.No();
        }
        return new Found.Yes(
                new Login(Credentials.ofPassword(login, secret), Optional.empty()),
                Reason.ofRow(table, key, "(login " + login + ")", source(Parameters.SMTP_SASL_PASSWORD_MAPS)));
    }

    private String withoutComment(LookupTable table, String key, String value) {
        if (!configuration
                .get(Parameters.RECADERO_SASL_PASSWORD_TRAILING_COMMENT)
                .equals("keep")) {
            int comment = trailingComment(value);
            if (comment >= 0) {
                // DIFFERS: Postfix takes it into the password; POSTFIX §1.1
                warnOnce(table.name() + ": a comment behind the credentials for " + key
                        + " is left out; write it on a line of its own"
                        + " (recadero_sasl_password_trailing_comment = keep takes it into the password)");
                return value.substring(0, comment);
            }
        }
        return value;
    }

    /** Where blanks and a number sign with a blank behind it begin, or a number sign at the end; -1: nowhere. */
    static int trailingComment(String value) {
        for (int i = value.indexOf('#'); i >= 0; i = value.indexOf('#', i + 1)) {
            boolean before = i > 0 && (value.charAt(i - 1) == ' ' || value.charAt(i - 1) == '\t');
            boolean behind = i + 1 == value.length() || value.charAt(i + 1) == ' ' || value.charAt(i + 1) == '\t';
            if (before && behind) {
                int end = i;
                while (end > 0 && (value.charAt(end - 1) == ' ' || value.charAt(end - 1) == '\t')) {
                    end--;
                }
                return end;
            }
        }
        return -1;
    }

    private Optional<SourceLine> source(Parameter<?> parameter) {
        return configuration.source(parameter);
    }

    private void warnOnce(String text) {
        if (told.first(text)) {
            warn.accept(text);
        }
    }
}
