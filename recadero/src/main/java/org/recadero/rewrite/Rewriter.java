package org.recadero.rewrite;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.MailDomain;
import org.recadero.message.AddressText;
import org.recadero.message.AddressToken;
import org.recadero.message.AddressToken.Kind;
import org.recadero.message.ParsedAddress;

/**
 * Completes addresses: {@code name} gets {@code @$myorigin}, {@code name@host} gets {@code .$mydomain} (where {@code
 * append_dot_mydomain} says so), {@code site!name} and {@code name%site} become {@code name@site}, a route and a trailing dot go.
 * Immutable, made anew for each configuration.
 *
 * <p>Postfix: trivial-rewrite(8), {@code append_at_myorigin}, {@code append_dot_mydomain}, {@code swap_bangpath}, {@code
 * allow_percent_hack}, {@code empty_address_recipient}.
 */
public final class Rewriter {
    /** Bound for {@link #withoutOwnDomains}: so many own domains may stand one in the other. */
    private static final int MAX_NESTED = 10;

    private final String host;
    private final String origin;
    private final String domain;
    private final String emptyRecipient;
    private final boolean appendOrigin;
    private final boolean appendDomain;
    private final boolean swapBang;
    private final boolean percentHack;
    private final boolean dequote;

    public Rewriter(Configuration configuration) {
        this(configuration, configuration.get(Parameters.MYORIGIN), configuration.get(Parameters.MYDOMAIN));
    }

    /** For header fields of strangers: {@code remote_header_rewrite_domain} is both origin and domain. */
    public static Rewriter ofStrangers(Configuration configuration) {
        String remote = configuration.get(Parameters.REMOTE_HEADER_REWRITE_DOMAIN);
        return new Rewriter(configuration, remote, remote);
    }

    private Rewriter(Configuration configuration, String origin, String domain) {
        host = configuration.get(Parameters.MYHOSTNAME);
        this.origin = origin;
        this.domain = domain;
        emptyRecipient = configuration.get(Parameters.EMPTY_ADDRESS_RECIPIENT);
        appendOrigin = configuration.get(Parameters.APPEND_AT_MYORIGIN) && !origin.isEmpty();
        appendDomain = configuration.get(Parameters.APPEND_DOT_MYDOMAIN) && !domain.isEmpty();
        swapBang = configuration.get(Parameters.SWAP_BANGPATH);
        dequote = configuration.get(Parameters.RESOLVE_DEQUOTED_ADDRESS);
        percentHack = configuration.get(Parameters.ALLOW_PERCENT_HACK);
    }

    /** A sender or recipient of an envelope, which is not the empty one; {@code internal} is the unquoted form. */
    public Completion envelope(String internal) {
        return completion(complete(tokens(withoutRoute(internal))));
    }

    /** As {@link #envelope}; empty where the address names nobody. */
    public Optional<Address> completed(String internal) {
        return envelope(internal) instanceof Completion.Complete(Address address)
                ? Optional.of(address)
                : Optional.empty();
    }

    /** A recipient; the empty one is {@code empty_address_recipient}. */
    public Completion recipient(String internal) {
        String route = withoutRoute(internal);
        if (route.isEmpty() || route.equals("@")) {
            return envelope(emptyRecipient);
        }
        return envelope(route.startsWith("@") ? emptyRecipient + route : route);
    }

    /**
     * The internal form of an address of a header field, completed; equal to the address's own internal form where nothing is to
     * be done. One char a byte.
     */
    public String header(ParsedAddress address) {
        return complete(address.tokens());
    }

    /**
     * Looks behind this machine's own domains: {@code user%site@here}, {@code "user@site"@here}, {@code site!user@here} are
     * {@code user@site}. Empty where there is nothing behind. Postfix: trivial-rewrite(8)'s resolving, {@code
     * resolve_dequoted_address}.
     *
     * @param isOwn whether mail for a domain ends here
     */
    public Optional<Address> withoutOwnDomains(Address address, Predicate<MailDomain> isOwn) {
        Address inner = address;
        for (int i = 0; i < MAX_NESTED && isOwn.test(inner.domain()); i++) {
            String local = inner.local().text();
            if (!(dequote && local.indexOf('@') >= 0)
                    && !(swapBang && local.indexOf('!') > 0)
                    && !(percentHack && local.indexOf('%') > 0)) {
                break;
            }
            // a local part that names somebody somewhere; what names nobody stays a local part
            if (!(envelope(local) instanceof Completion.Complete complete)) {
                break;
            }
            inner = complete.address();
        }
        return inner.equals(address) ? Optional.empty() : Optional.of(inner);
    }

    /** A name that is still without a domain ({@code append_at_myorigin = no}) is one of this host, as for Postfix's resolver. */
    private Completion completion(String completed) {
        String internal = completed.isEmpty() || completed.indexOf('@') >= 0 ? completed : completed + "@" + host;
        try {
            return new Completion.Complete(Address.of(internal));
        } catch (IllegalArgumentException e) {
            return new Completion.Broken(internal, String.valueOf(e.getMessage()));
        }
    }

    /** RFC 5321 §4.1.1.3: {@code @a,@b:user@c} is {@code user@c}. */
    private static String withoutRoute(String internal) {
        int colon = internal.indexOf(':');
        return internal.startsWith("@") && colon > 0 && colon < internal.length() - 1
                ? internal.substring(colon + 1)
                : internal;
    }

    /** The tokens of an internal form: a local part that would need quotes is one word. */
    private static List<AddressToken> tokens(String internal) {
        int at = internal.lastIndexOf('@');
        String local = at < 0 ? internal : internal.substring(0, at);
        List<AddressToken> tokens = new ArrayList<>();
        if (AddressText.isDotString(local)) {
            split(local, tokens);
        } else if (!local.isEmpty()) {
            tokens.add(AddressToken.added(Kind.QUOTED, local));
        }
        if (at >= 0) {
            split(internal.substring(at), tokens);
        }
        return tokens;
    }

    /** Words and operators; what stands in brackets is one word. */
    private static void split(String text, List<AddressToken> tokens) {
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '[' && text.endsWith("]")) {
                word(text, from, i, tokens);
                tokens.add(AddressToken.added(Kind.DOMAIN_LITERAL, text.substring(i + 1, text.length() - 1)));
                return;
            }
            if (c == '@' || c == '.' || c == '%' || c == '!') {
                word(text, from, i, tokens);
                tokens.add(AddressToken.added(Kind.OPERATOR, String.valueOf(c)));
                from = i + 1;
            }
        }
        word(text, from, text.length(), tokens);
    }

    private static void word(String text, int from, int to, List<AddressToken> tokens) {
        if (from < to) {
            tokens.add(AddressToken.added(Kind.ATOM, text.substring(from, to)));
        }
    }

    private String complete(List<AddressToken> given) {
        if (isEmpty(given)) {
            return "";
        }
        List<AddressToken> tokens = new ArrayList<>(given);
        if (tokens.getFirst().isOperator('@')) {
            int colon = first(tokens, ':');
            if (colon > 0 && colon < tokens.size() - 1) {
                tokens.subList(0, colon + 1).clear();
            }
        }
        if (last(tokens, '@') < 0) {
            addDomain(tokens);
        }
        int at = last(tokens, '@');
        if (at >= 0 && appendDomain && isSingleName(tokens, at)) {
            tokens.add(AddressToken.added(Kind.OPERATOR, "."));
            tokens.add(AddressToken.added(Kind.ATOM, domain));
        }
        int end = tokens.size() - 1;
        if (at >= 0
                && at < end - 1
                && tokens.get(end).isOperator('.')
                && !tokens.get(end - 1).isOperator('.')) {
            tokens.remove(end);
        }
        return ParsedAddress.internal(tokens);
    }

    /** Nothing, or a lone {@code @} or {@code ""}. */
    private static boolean isEmpty(List<AddressToken> tokens) {
        return tokens.isEmpty()
                || (tokens.size() == 1
                        && (tokens.getFirst().isOperator('@')
                                || (tokens.getFirst().kind() == Kind.QUOTED
                                        && tokens.getFirst().text().isEmpty())));
    }

    /** For an address without {@code @}: one of the three ways to get one. */
    private void addDomain(List<AddressToken> tokens) {
        int bang = first(tokens, '!');
        int percent = last(tokens, '%');
        if (swapBang && bang >= 0) {
            List<AddressToken> site = List.copyOf(tokens.subList(0, bang));
            tokens.subList(0, bang + 1).clear();
            tokens.add(AddressToken.added(Kind.OPERATOR, "@"));
            tokens.addAll(site);
        } else if (percentHack && percent >= 0) {
            tokens.set(percent, AddressToken.added(Kind.OPERATOR, "@"));
        } else if (appendOrigin) {
            tokens.add(AddressToken.added(Kind.OPERATOR, "@"));
            split(origin, tokens);
        }
    }

    /** Whether what stands behind the {@code @} is one word. */
    private static boolean isSingleName(List<AddressToken> tokens, int at) {
        if (at == tokens.size() - 1) {
            return false;
        }
        for (int i = at + 1; i < tokens.size(); i++) {
            if (tokens.get(i).kind() == Kind.DOMAIN_LITERAL || tokens.get(i).isOperator('.')) {
                return false;
            }
        }
        return true;
    }

    private static int first(List<AddressToken> tokens, char operator) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).isOperator(operator)) {
                return i;
            }
        }
        return -1;
    }

    private static int last(List<AddressToken> tokens, char operator) {
        for (int i = tokens.size() - 1; i >= 0; i--) {
            if (tokens.get(i).isOperator(operator)) {
                return i;
            }
        }
        return -1;
    }
}
