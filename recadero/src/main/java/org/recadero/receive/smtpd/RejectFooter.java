package org.recadero.receive.smtpd;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Expansion;
import org.recadero.smtp.Reply;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * What the administrator adds to replies 4xx and 5xx, for people who read them: {@code \n} begins a line, {@code \c} at the beginning
 * goes on with the reply's last line. The log does not show it. Postfix: postconf(5), smtpd_reject_footer,
 * smtpd_reject_footer_maps. Immutable.
 */
final class RejectFooter {
    private static final DateTimeFormatter LOCAL_TIME = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);
    private static final String GOES_ON = "\\c";

    private final String text;
    private final Optional<LookupTable> byReply;

    /**
     * @param byReply texts for single replies, by {@code 550 5.1.1 text}
     * @throws ConfigurationException where the text cannot be expanded
     */
    RejectFooter(String text, Optional<LookupTable> byReply) throws ConfigurationException {
        this.text = text;
        this.byReply = byReply;
        for (String line : lines(text)) {
            String unused = new Expansion(name -> "").expand(line);
            if (unused.length() > Reply.MAX_LINE_CHARS) {
                throw new ConfigurationException(
                        "smtpd_reject_footer: a line over " + Reply.MAX_LINE_CHARS + " characters");
            }
        }
    }

    /**
     * A reply with the text.
     *
     * @param state asked only where there is something to add
     * @throws ConfigurationException where a table fails, or its text cannot be expanded
     */
    Reply under(Reply reply, Supplier<SessionState> state, String host) throws ConfigurationException {
        if (!reply.isError()) {
            return reply;
        }
        String template = template(reply);
        if (template.isEmpty()) {
            return reply;
        }
        Map<String, String> names = names(state.get(), host);
        List<String> lines = new ArrayList<>(reply.lines());
        boolean goesOn = template.startsWith(GOES_ON);
        for (String line : lines(template)) {
            // what a client named is no template
            String expanded = new Expansion(name -> names.getOrDefault(name, "").replace("$", "$$")).expand(line);
            lines.add(goesOn ? lines.removeLast() + expanded : expanded);
            goesOn = false;
        }
        return new Reply(reply.code(), reply.enhanced(), lines);
    }

    private String template(Reply reply) throws ConfigurationException {
        if (byReply.isEmpty()) {
            return text;
        }
        return switch (byReply.get().find(reply.toString())) {
            case LookupResult.Found(String value) -> value;
            case LookupResult.NotFound none -> text;
            case LookupResult.Failed(String reason) -> throw new ConfigurationException(reason);
        };
    }

    private static List<String> lines(String template) {
        String body = template.startsWith(GOES_ON) ? template.substring(GOES_ON.length()) : template;
        return List.of(body.split("\\\\n", -1));
    }

    private static Map<String, String> names(SessionState state, String host) {
        Peer peer = state.peer();
        Optional<SessionState.Login> login = state.login();
        return Map.ofEntries(
                Map.entry("client", peer.nameAndAddress()),
                Map.entry("client_address", peer.addressText()),
                Map.entry("client_name", peer.name()),
                Map.entry("client_port", Integer.toString(peer.port())),
                Map.entry("reverse_client_name", peer.reverseName().orElse(Peer.UNKNOWN)),
                Map.entry("helo_name", state.helo().orElse("")),
                Map.entry("sender", state.transaction().map(Transaction::sender).orElse("")),
                Map.entry(
                        "sasl_method", login.map(SessionState.Login::mechanism).orElse("")),
                Map.entry("sasl_username", login.map(SessionState.Login::name).orElse("")),
                Map.entry("server_name", host),
                Map.entry("localtime", LOCAL_TIME.format(LocalDateTime.now(ZoneId.systemDefault()))));
    }
}
