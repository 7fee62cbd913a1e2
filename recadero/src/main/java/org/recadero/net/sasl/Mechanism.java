package org.recadero.net.sasl;

import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The mechanisms that are spoken, the best first. */
public enum Mechanism {
    /** With the TLS channel bound in (RFC 5929, RFC 9266). */
    SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS", Credentials.Kind.PASSWORD, "noplaintext noactive noanonymous mutual_auth"),
    SCRAM_SHA_256("SCRAM-SHA-256", Credentials.Kind.PASSWORD, "noplaintext noactive noanonymous mutual_auth"),
    SCRAM_SHA_1("SCRAM-SHA-1", Credentials.Kind.PASSWORD, "noplaintext noactive noanonymous mutual_auth"),
    CRAM_MD5("CRAM-MD5", Credentials.Kind.PASSWORD, "noplaintext noanonymous"),
    OAUTHBEARER("OAUTHBEARER", Credentials.Kind.TOKEN, "noanonymous"),
    XOAUTH2("XOAUTH2", Credentials.Kind.TOKEN, "noanonymous"),
    PLAIN("PLAIN", Credentials.Kind.PASSWORD, "noanonymous"),
    LOGIN("LOGIN", Credentials.Kind.PASSWORD, "noanonymous"),
    EXTERNAL("EXTERNAL", Credentials.Kind.PASSWORD, "noplaintext noactive nodictionary noanonymous");

    /** The words that {@code smtp_sasl_security_options} knows. Postfix: postconf(5). */
    public static final Set<String> SECURITY_OPTIONS =
            Set.of("noplaintext", "noactive", "nodictionary", "noanonymous", "mutual_auth", "forward_secrecy");

    private static final List<Mechanism> BEST_FIRST = List.of(values());

    private final String saslName;
    private final Credentials.Kind kind;
    private final String properties;

    Mechanism(String saslName, Credentials.Kind kind, String properties) {
        this.saslName = saslName;
        this.kind = kind;
        this.properties = properties;
    }

    /** As the server writes it: {@code SCRAM-SHA-256}. */
    public String saslName() {
        return saslName;
    }

    private Set<String> has() {
        return Set.of(properties.split(" ", -1));
    }

    /** Whether the server learns something that it could use again elsewhere (SAFETY 26). */
    public boolean revealsSecret() {
        return !has().contains("noplaintext");
    }

    /**
     * What can be known of the connection.
     *
     * @param binding RFC 9266 {@code tls-exporter} data; empty without TLS 1.3
     * @param clientCertificate whether we showed one: EXTERNAL needs it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Channel(Optional<byte[]> binding, boolean clientCertificate) {}

    /**
     * The best mechanism that both sides allow; empty where there is none.
     *
     * @param offered the server's words, any case
     * @param allowed {@code smtp_sasl_mechanism_filter}
     * @param options {@code smtp_sasl_security_options} and its kind
     */
    public static Optional<Mechanism> choose(
            List<String> offered,
            Predicate<String> allowed,
            Set<String> options,
            Credentials credentials,
            Channel channel) {
        Set<String> words = offered.stream()
                .map(o -> o.toUpperCase(Locale.ROOT))
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
        if (words.contains(EXTERNAL.saslName) && channel.clientCertificate && allowed.test(EXTERNAL.saslName)) {
            return Optional.of(EXTERNAL);
        }
        return BEST_FIRST.stream()
                .filter(m -> m != EXTERNAL)
                .filter(m -> words.contains(m.saslName))
                .filter(m -> allowed.test(m.saslName))
                .filter(m -> m.has().containsAll(options))
                .filter(m -> m.kind == credentials.kind())
                .filter(m -> m != SCRAM_SHA_256_PLUS || channel.binding.isPresent())
                .findFirst();
    }

    /** Begins to log in. */
    public ClientExchange begin(Credentials credentials, Channel channel, SecureRandom random) {
        return switch (this) {
            case PLAIN -> new PlainExchanges.Plain(credentials);
            case LOGIN -> new PlainExchanges.Login(credentials);
            case CRAM_MD5 -> new PlainExchanges.CramMd5(credentials);
            case XOAUTH2, OAUTHBEARER -> new PlainExchanges.Bearer(this, credentials);
            case EXTERNAL -> new PlainExchanges.External();
            case SCRAM_SHA_1, SCRAM_SHA_256 -> new ScramExchange(this, credentials, Optional.empty(), random);
            case SCRAM_SHA_256_PLUS -> new ScramExchange(this, credentials, channel.binding, random);
        };
    }
}
