package org.recadero.receive.smtpd;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Expansion;
import org.recadero.receive.cleanup.NewMessage;
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
     * A reply with the text; without it where a table fails or its text cannot be expanded.
     *
     * @param state asked only where there is something to add
     * @param warn told of what is wrong with the text, each time, as Postfix does
     */
    Reply under(Reply reply, Supplier<SessionState> state, String host, Consumer<String> warn) {
        if (!reply.isError()) {
            return reply;
        }
        try {
            String template = template(reply);
            return template.isEmpty() ? reply : expanded(reply, template, names(state.get(), host), warn);
        } catch (ConfigurationException e) {
            warn.accept("smtpd_reject_footer: " + e.getMessage());
            return reply;
        }
    }

    private static Reply expanded(Reply reply, String template, Map<String, String> names, Consumer<String> warn)
            throws ConfigurationException {
        List<String> lines = new ArrayList<>(reply.lines());
        boolean goesOn = template.startsWith(GOES_ON);
        for (String line : lines(template)) {
            String expanded = new Expansion(name -> {
                        String value = names.get(name);
                        if (value == null) {
                            warn.accept("unknown macro name \"" + name + "\" in expansion request");
                            return "";
                        }
                        // what a client named is no template
                        return value.replace("$", "$$");
                    })
                    .expand(line);
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
        // Postfix: smtpd(8): the first one that was accepted
        String recipient = state.transaction()
                .flatMap(t -> t.recipients().all().stream().findFirst())
                .map(NewMessage.Recipient::address)
                .orElse("");
        String sender = state.transaction().map(Transaction::sender).orElse("");
        String shownSender = state.transaction().isPresent() && sender.isEmpty() ? "<>" : sender;
        return Map.ofEntries(
                Map.entry("client", peer.nameAndAddress()),
                Map.entry("client_address", peer.addressText()),
                Map.entry("client_name", peer.name()),
                Map.entry("client_port", Integer.toString(peer.port())),
                Map.entry("reverse_client_name", peer.reverseName().orElse(Peer.UNKNOWN)),
                Map.entry("helo_name", state.helo().orElse("")),
                Map.entry("sender", shownSender),
                Map.entry("sender_name", beforeAt(shownSender)),
                Map.entry("sender_domain", behindAt(shownSender)),
                Map.entry("recipient", recipient),
                Map.entry("recipient_name", beforeAt(recipient)),
                Map.entry("recipient_domain", behindAt(recipient)),
                Map.entry(
                        "sasl_method", login.map(SessionState.Login::mechanism).orElse("")),
                Map.entry("sasl_username", login.map(SessionState.Login::name).orElse("")),
                Map.entry("server_name", host),
                Map.entry("localtime", LOCAL_TIME.format(LocalDateTime.now(ZoneId.systemDefault()))));
    }

    private static String beforeAt(String address) {
        int at = address.lastIndexOf('@');
        return at < 0 ? address : address.substring(0, at);
    }

    private static String behindAt(String address) {
        int at = address.lastIndexOf('@');
        return at < 0 ? "" : address.substring(at + 1);
    }
}
