package org.recadero.explain;

import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import org.recadero.net.sasl.Credentials;
import org.recadero.route.NextHop;
import org.recadero.route.Reason;
import org.recadero.route.Relay;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** An explanation for programs: one JSON object on one line. Pure. */
public final class ExplanationJson {
    private final JsonGenerator out;

    private ExplanationJson(JsonGenerator out) {
        this.out = out;
    }

    /** The object, without a line end. */
    public static String of(Explanation explanation) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            new ExplanationJson(out).write(explanation);
        }
        return text.toString();
    }

    private void write(Explanation e) {
        out.writeStartObject();
        name("sender", e.sender());
        name("recipient", e.recipient());
        out.writeName("account");
        out.writeStartObject();
        out.writeStringProperty("address", e.account());
        e.accountWaits().ifPresent(w -> out.writeStringProperty("waits", w));
        reasons(e.accountReasons());
        out.writeEndObject();
        route(e.route());
        out.writeName("hops");
        out.writeStartArray();
        e.hops().forEach(this::hop);
        out.writeEndArray();
        out.writeEndObject();
    }

    private void name(String key, Explanation.Name name) {
        out.writeName(key);
        out.writeStartObject();
        out.writeStringProperty("given", name.given());
        out.writeStringProperty("address", name.complete());
        name.broken().ifPresent(b -> out.writeStringProperty("broken", b));
        reasons(name.completedBy());
        out.writeEndObject();
    }

    private void route(Explanation.Route route) {
        out.writeName("route");
        out.writeStartObject();
        out.writeStringProperty("kind", route.kind().name().toLowerCase(Locale.ROOT));
        out.writeStringProperty("transport", route.transport());
        out.writeStringProperty("next_hop", route.nextHop());
        out.writeBooleanProperty("deferred", route.deferred());
        route.waits().ifPresent(w -> out.writeStringProperty("waits", w));
        reasons(route.reasons());
        out.writeEndObject();
    }

    private void hop(Explanation.Hop hop) {
        out.writeStartObject();
        out.writeStringProperty("next_hop", hop.written());
        out.writeBooleanProperty("fallback", hop.fallback());
        hop.waits().ifPresent(w -> out.writeStringProperty("waits", w));
        hop.relay().ifPresent(this::relay);
        hop.sender().ifPresent(as -> out.writeStringProperty("sender", as));
        out.writeEndObject();
    }

    private void relay(Relay relay) {
        switch (relay.nextHop()) {
            case NextHop.Host(String host, int port) -> {
                out.writeStringProperty("host", host);
                out.writeNumberProperty("port", port);
            }
            case NextHop.MailExchangersOf(String domain, int port) -> {
                out.writeStringProperty("mx_of", domain);
                out.writeNumberProperty("port", port);
            }
            case NextHop.UnixSocket(String path) -> out.writeStringProperty("socket", path);
        }
        relay.credentials().map(Credentials::login).ifPresent(l -> out.writeStringProperty("login", l));
        out.writeName("tls");
        out.writeStartObject();
        out.writeStringProperty("level", relay.tls().level().word());
        out.writeBooleanProperty("wrappermode", relay.tls().wrapped());
        out.writeName("match");
        out.writeStartArray();
        relay.tls().matches().forEach(out::writeString);
        out.writeEndArray();
        out.writeEndObject();
        reasons(relay.reasons());
    }

    private void reasons(List<Reason> reasons) {
        out.writeName("reasons");
        out.writeStartArray();
        for (Reason reason : reasons) {
            out.writeStartObject();
            out.writeStringProperty("rule", reason.rule());
            reason.where().ifPresent(w -> {
                out.writeStringProperty("file", w.file().toString());
                out.writeNumberProperty("line", w.line());
            });
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
