package org.recadero.receive.smtpd;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * The fixed values of a session, from main.cf with the service's {@code -o}.
 *
 * @param sizeLimitBytes 0: no limit
 * @param discardedKeywords upper-case EHLO keywords that are not offered
 * @param noopCommands upper-case commands that do nothing
 * @param forbiddenCommands upper-case commands that end the session
 * @param forbidsNonLetters whether a command that does not begin with a letter ends the session
 * @param minUser whether an address may begin with a minus ({@code allow_min_user})
 * @param softBounce whether no refusal is for ever ({@code soft_bounce})
 * @param footer what stands under refusals
 * @param bareNewline what is done about LF without CR
 */
record SessionRules(
        String host,
        String banner,
        boolean heloRequired,
        boolean vrfyDisabled,
        long sizeLimitBytes,
        int recipientLimit,
        int overshootLimit,
        int lineLimitBytes,
        Set<String> discardedKeywords,
        Set<String> noopCommands,
        Set<String> forbiddenCommands,
        boolean forbidsNonLetters,
        BareNewline bareNewline,
        int bareNewlineCode,
        boolean forbidsUnauthorizedPipelining,
        boolean utf8,
        boolean minUser,
        TlsLevel tls,
        int tlsLogLevel,
        Sasl sasl,
        boolean softBounce,
        Transcript.Rules transcript,
        RejectFooter footer,
        Limits limits) {
    /** What is done about a line that ends in LF without CR; the end of data is CRLF.CRLF alone in any case. */
    enum BareNewline {
        ACCEPT,
        REJECT
    }

    /** {@code smtpd_tls_security_level}. */
    enum TlsLevel {
        NONE,
        MAY,
        ENCRYPT
    }

    /** Times and numbers that the loop counts. */
    record Limits(
            Duration timeout,
            Duration startTlsTimeout,
            Duration errorSleep,
            int softErrors,
            int hardErrors,
            int junkCommands) {}

    /**
     * AUTH.
     *
     * @param onlyWithTls {@code smtpd_tls_auth_only}
     * @param clear mechanisms without TLS
     * @param encrypted mechanisms with TLS
     * @param lineBytes bound for one response
     * @param brokenClients whether the line {@code AUTH=PLAIN} is there too, for clients that know no other
     */
    record Sasl(
            boolean enabled,
            boolean onlyWithTls,
            List<String> clear,
            List<String> encrypted,
            int lineBytes,
            boolean brokenClients) {
        /** No AUTH. */
        static final Sasl NONE = new Sasl(false, false, List.of(), List.of(), 1, false);

        Sasl {
            clear = List.copyOf(clear);
            encrypted = List.copyOf(encrypted);
        }
    }

    SessionRules {
        Objects.requireNonNull(host);
        Objects.requireNonNull(banner);
        discardedKeywords = Set.copyOf(discardedKeywords);
        noopCommands = Set.copyOf(noopCommands);
        forbiddenCommands = Set.copyOf(forbiddenCommands);
        Objects.requireNonNull(bareNewline);
        Objects.requireNonNull(tls);
        Objects.requireNonNull(sasl);
        Objects.requireNonNull(transcript);
        Objects.requireNonNull(limits);
    }

    boolean offers(String keyword) {
        return !discardedKeywords.contains(keyword.toUpperCase(Locale.ROOT));
    }

    /** The SASL mechanisms that are offered now. */
    List<String> mechanisms(SessionState state) {
        if (!sasl.enabled() || !offers("AUTH")) {
            return List.of();
        }
        if (state.tls().isPresent()) {
            return sasl.encrypted();
        }
        return sasl.onlyWithTls() ? List.of() : sasl.clear();
    }

    int saslLineBytes() {
        return sasl.lineBytes();
    }

    /** The same without AUTH. */
    SessionRules withoutAuth() {
        return changed(bareNewline, Sasl.NONE);
    }

    /** The same where LF without CR is taken. */
    SessionRules acceptingBareNewlines() {
        return changed(BareNewline.ACCEPT, sasl);
    }

    private SessionRules changed(BareNewline newline, Sasl auth) {
        return new SessionRules(
                host,
                banner,
                heloRequired,
                vrfyDisabled,
                sizeLimitBytes,
                recipientLimit,
                overshootLimit,
                lineLimitBytes,
                discardedKeywords,
                noopCommands,
                forbiddenCommands,
                forbidsNonLetters,
                newline,
                bareNewlineCode,
                forbidsUnauthorizedPipelining,
                utf8,
                minUser,
                tls,
                tlsLogLevel,
                auth,
                softBounce,
                transcript,
                footer,
                limits);
    }
}
