package org.recadero.deliver.pipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.recadero.config.ConfigurationException;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.ServiceFlag;
import org.recadero.envelope.Address;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.ReversePath;

/**
 * A command's arguments for one message. One that names a recipient's part ({@code $user}, {@code ${recipient}}…) is there once
 * for each recipient. Postfix: pipe(8), argv.
 */
final class PipeArguments {
    private final PipeService service;
    private final String delimiters;

    PipeArguments(PipeService service, String delimiters) {
        this.service = Objects.requireNonNull(service);
        this.delimiters = delimiters;
    }

    /**
     * @param recipients of one message
     * @throws ConfigurationException where a macro is unknown
     */
    List<String> of(List<Delivery> recipients) throws ConfigurationException {
        List<String> all = new ArrayList<>();
        for (String argument : service.arguments()) {
            boolean each = false;
            List<String> expanded = new ArrayList<>();
            for (Delivery delivery : recipients) {
                Expansion one = new Expansion(delivery);
                expanded.add(one.expand(argument));
                each |= one.namesRecipient;
            }
            all.addAll(each ? expanded : List.of(expanded.getFirst()));
        }
        return List.copyOf(all);
    }

    /** One argument for one recipient. */
    private final class Expansion {
        private final Delivery delivery;
        private boolean namesRecipient;

        private Expansion(Delivery delivery) {
            this.delivery = delivery;
        }

        private String expand(String text) throws ConfigurationException {
            StringBuilder out = new StringBuilder();
            int i = 0;
            while (i < text.length()) {
                char c = text.charAt(i);
                if (c != '$' || i + 1 == text.length()) {
                    out.append(c);
                    i++;
                    continue;
                }
                char next = text.charAt(i + 1);
                if (next == '$') {
                    out.append('$');
                    i += 2;
                } else if (next == '{' || next == '(') {
                    int end = text.indexOf(next == '{' ? '}' : ')', i);
                    if (end < 0) {
                        throw new ConfigurationException("truncated macro reference: \"" + text + "\"");
                    }
                    out.append(macro(text.substring(i + 2, end)));
                    i = end + 1;
                } else {
                    int end = i + 1;
                    while (end < text.length() && isNameCharacter(text.charAt(end))) {
                        end++;
                    }
                    out.append(macro(text.substring(i + 1, end)));
                    i = end;
                }
            }
            return out.toString();
        }

        private static boolean isNameCharacter(char c) {
            return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        }

        private String macro(String name) throws ConfigurationException {
            Address address = delivery.recipient().recipient().address();
            String local = foldUser(address.local().text());
            return switch (name) {
                case "recipient" ->
                    of(quoted(local) + "@" + foldHost(address.domain().name()));
                case "original_recipient" -> of(original());
                case "user" -> of(split(local, true));
                case "extension" -> of(split(local, false));
                case "mailbox" -> of(local);
                case "domain" -> of(foldHost(address.domain().name()));
                case "nexthop" -> foldHost(delivery.nextHop());
                case "sender" -> sender();
                case "size" -> Long.toString(delivery.message().sizeBytes());
                case "queue_id" -> delivery.message().id().toString();
                // mail of this machine's users has none; who brought other mail is not kept in the queue
                case "client_address",
                        "client_helo",
                        "client_hostname",
                        "client_port",
                        "client_protocol",
                        "sasl_method",
                        "sasl_sender",
                        "sasl_username" -> "";
                default -> throw new ConfigurationException("unknown macro name: \"" + name + "\"");
            };
        }

        private String of(String recipientsPart) {
            namesRecipient = true;
            return recipientsPart;
        }

        private String original() {
            String text = delivery.recipient().recipient().original();
            int at = text.lastIndexOf('@');
            return at < 0
                    ? quoted(foldUser(text))
                    : quoted(foldUser(text.substring(0, at))) + "@" + foldHost(text.substring(at + 1));
        }

        private String sender() {
            return switch (delivery.message().envelope().sender()) {
                case ReversePath.Null none -> service.nullSender();
                case ReversePath.Sender(Address address) ->
                    quoted(address.local().text()) + "@" + address.domain().name();
            };
        }

        /** Postfix: split_addr(3). */
        private String split(String local, boolean user) {
            for (int i = 1; i < local.length(); i++) {
                if (delimiters.indexOf(local.charAt(i)) >= 0) {
                    return user ? local.substring(0, i) : local.substring(i + 1);
                }
            }
            return user ? local : "";
        }

        private String foldUser(String text) {
            return service.has(ServiceFlag.FOLD_USER) ? text.toLowerCase(Locale.ROOT) : text;
        }

        private String foldHost(String text) {
            return service.has(ServiceFlag.FOLD_HOST) ? text.toLowerCase(Locale.ROOT) : text;
        }

        private String quoted(String local) {
            boolean fits =
                    !local.isEmpty() && local.length() <= LocalPart.MAX_CHARS && local.length() <= MailDomain.MAX_CHARS;
            return service.has(ServiceFlag.QUOTE) && fits ? new LocalPart(local).external() : local;
        }
    }
}
