package org.recadero.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import org.recadero.config.SourceLine;
import org.recadero.net.sasl.Credentials;
import org.recadero.route.NextHop;
import org.recadero.route.Reason;
import org.recadero.route.Relay;

/** An explanation for people, line by line: what, and below it the rules with file and line. Pure. */
public final class ExplanationText {
    /** A sentence of the user's language: its key and what stands in it. */
    @FunctionalInterface
    public interface Sentences extends BiFunction<String, Object[], String> {
        default String say(String key, Object... args) {
            return apply(key, args);
        }
    }

    private final Sentences words;
    private final List<String> lines = new ArrayList<>();

    private ExplanationText(Sentences words) {
        this.words = words;
    }

    /** The lines. */
    public static List<String> of(Explanation explanation, Sentences words) {
        ExplanationText text = new ExplanationText(words);
        text.write(explanation);
        return List.copyOf(text.lines);
    }

    private void write(Explanation e) {
        name("explain-sender", e.sender());
        name("explain-recipient", e.recipient());
        if (!e.accountReasons().isEmpty()) {
            lines.add(words.say("explain-account", e.account()));
            reasons(e.accountReasons());
        }
        e.accountWaits().ifPresent(this::waits);
        route(e.route());
        for (Explanation.Hop hop : e.hops()) {
            hop(hop);
        }
    }

    private void name(String key, Explanation.Name name) {
        lines.add(words.say(
                key,
                name.broken().isPresent() ? name.given() : name.complete(),
                name.completedBy().isEmpty() ? "" : words.say("explain-given", name.given())));
        name.broken().ifPresent(why -> lines.add("    " + why));
        reasons(name.completedBy());
    }

    private void waits(String why) {
        lines.add(words.say("explain-waits", why));
    }

    private void route(Explanation.Route route) {
        if (route.waits().isPresent()) {
            waits(route.waits().get());
        } else {
            lines.add(
                    switch (route.kind()) {
                        case LOCAL -> words.say("explain-local", route.transport());
                        case SMTP -> words.say("explain-smtp", route.transport(), route.nextHop());
                        case PIPE, FIXED, UNKNOWN -> words.say("explain-transport", route.transport(), route.nextHop());
                    });
        }
        if (route.deferred()) {
            lines.add(words.say("explain-deferred", route.transport()));
        }
        reasons(route.reasons());
    }

    private void hop(Explanation.Hop hop) {
        lines.add(words.say(hop.fallback() ? "explain-fallback" : "explain-hop", hop.written()));
        hop.waits().ifPresent(this::waits);
        hop.relay().ifPresent(this::relay);
        hop.sender().ifPresent(as -> lines.add(words.say("explain-leaves-as", as)));
    }

    private void relay(Relay relay) {
        switch (relay.nextHop()) {
            case NextHop.Host(String host, int port) -> lines.add(words.say("explain-host", host, port(port)));
            case NextHop.MailExchangersOf(String domain, int port) ->
                lines.add(words.say("explain-exchangers", domain, port(port)));
            case NextHop.UnixSocket(String path) -> lines.add(words.say("explain-socket", path));
        }
        lines.add(relay.credentials()
                .map(Credentials::login)
                .map(login -> words.say("explain-login", login))
                .orElseGet(() -> words.say("explain-no-login")));
        lines.add(words.say(
                "explain-tls",
                relay.tls().level().word(),
                words.say(relay.tls().wrapped() ? "explain-wrapped" : "explain-starttls")));
        reasons(relay.reasons());
    }

    private static String port(int port) {
        return String.format(Locale.ROOT, "%d", port);
    }

    private void reasons(List<Reason> reasons) {
        for (Reason reason : reasons) {
            Optional<SourceLine> where = reason.where();
            lines.add("    " + reason.rule() + "  "
                    + where.map(w -> "(" + w.file() + ":" + w.line() + ")")
                            .orElseGet(() -> words.say("explain-default")));
        }
    }
}
