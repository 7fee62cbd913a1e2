package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.recadero.receive.cleanup.NewMessage.Orders;
import org.recadero.status.EnhancedStatusCode;

/** How access tables are asked, and what their answers mean. Immutable. Postfix: access(5). */
final class AccessActions {
    /** What an entry orders. */
    sealed interface Action {
        record Permit() implements Action {}

        record Nothing() implements Action {}

        /** @param own the entry's own enhanced code; its class is the reply code's */
        record Refuse(int code, Optional<EnhancedStatusCode> own, String text) implements Action {}

        record DeferIfPermit(Optional<EnhancedStatusCode> own, String text) implements Action {}

        record DeferIfReject(Optional<EnhancedStatusCode> own, String text) implements Action {}

        /**
         * Something for the message as a whole; the list goes on.
         *
         * @param word the action's name, in upper case
         * @param said what the log says of it
         */
        record Order(Orders orders, String word, String said) implements Action {}

        /** Only a line in the log. */
        record Log(String kind, String text) implements Action {}

        /** Restrictions by their names. */
        record Words(List<Restriction> restrictions) implements Action {
            public Words {
                restrictions = List.copyOf(restrictions);
            }
        }

        /** An entry that lacks something and is passed over, with a warning. */
        record Broken(String needs) implements Action {}

        /** It cannot be honoured: who would be kept out must not come in, so mail waits. */
        record Unsupported(String value) implements Action {}
    }

    private final ServiceSettings settings;
    private final Directory directory;

    AccessActions(ServiceSettings settings, Directory directory) {
        this.settings = Objects.requireNonNull(settings);
        this.directory = Objects.requireNonNull(directory);
    }

    /** access(5), EMAIL ADDRESS PATTERNS: user@domain, domain, its parents, user@. */
    List<String> addressKeys(String internal) {
        if (internal.isEmpty()) {
            return List.of(settings.recipients().nullKey());
        }
        String address = internal.toLowerCase(Locale.ROOT);
        int at = address.lastIndexOf('@');
        String local = at < 0 ? address : address.substring(0, at);
        Optional<String> base = directory.withoutExtension(local);
        Set<String> keys = new LinkedHashSet<>();
        keys.add(address);
        if (at >= 0) {
            String domain = address.substring(at + 1);
            base.ifPresent(b -> keys.add(b + "@" + domain));
            keys.addAll(domainKeys(domain));
        }
        keys.add(local + "@");
        base.ifPresent(b -> keys.add(b + "@"));
        return List.copyOf(keys);
    }

    /** access(5), HOST NAME PATTERNS: the name, its parents. */
    List<String> domainKeys(String name) {
        List<String> keys = new ArrayList<>();
        String domain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        keys.add(domain);
        if (domain.startsWith("[")) {
            return keys;
        }
        for (int dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
            keys.add(domain.substring(settings.parentDomains() ? dot + 1 : dot));
        }
        keys.removeIf(String::isEmpty);
        return keys;
    }

    /** A host by its name and parents, then its address and networks: {@code 192.0.2.1}, {@code 192.0.2}, {@code 192.0}… */
    List<String> hostKeys(String name, String address) {
        List<String> keys = new ArrayList<>(domainKeys(name.toLowerCase(Locale.ROOT)));
        keys.add(address);
        char separator = address.indexOf(':') >= 0 ? ':' : '.';
        for (int end = address.lastIndexOf(separator); end > 0; end = address.lastIndexOf(separator, end - 1)) {
            keys.add(address.substring(0, end));
        }
        return keys;
    }

    /** What the right-hand side of an entry means. */
    Action action(String value) {
        String trimmed = value.strip();
        int blank = 0;
        while (blank < trimmed.length() && !Character.isWhitespace(trimmed.charAt(blank))) {
            blank++;
        }
        String word = trimmed.substring(0, blank);
        String text = trimmed.substring(blank).strip();
        if (trimmed.matches("[0-9]+")) {
            return new Action.Permit();
        }
        if (word.matches("[45][0-9]{2}")) {
            return coded(text, (own, said) -> new Action.Refuse(Integer.parseInt(word), own, said));
        }
        ServiceSettings.Codes codes = settings.codes();
        return switch (word.toUpperCase(Locale.ROOT)) {
            case "OK", "RELAY" -> new Action.Permit();
            case "DUNNO" -> new Action.Nothing();
            case "REJECT" -> coded(text, (own, said) -> new Action.Refuse(codes.accessReject(), own, said));
            case "DEFER" -> coded(text, (own, said) -> new Action.Refuse(codes.accessDefer(), own, said));
            case "DEFER_IF_PERMIT" -> coded(text, Action.DeferIfPermit::new);
            case "DEFER_IF_REJECT" -> coded(text, Action.DeferIfReject::new);
            case "HOLD" -> order(Orders.held(), "HOLD", text);
            case "DISCARD" -> order(Orders.discarded(), "DISCARD", text);
            case "REDIRECT" -> toAddress("REDIRECT", text, Orders::redirected);
            case "BCC" -> toAddress("BCC", text, Orders::copied);
            case "PREPEND" ->
                text.matches("[!-9;-~]+[ \\t]*:.*")
                        ? order(Orders.prepended(text), "PREPEND", text)
                        : new Action.Broken("header: text");
            case "WARN" -> new Action.Log("warn", text);
            case "INFO" -> new Action.Log("info", text);
            default -> words(trimmed);
        };
    }

    private interface Made {
        Action of(Optional<EnhancedStatusCode> own, String text);
    }

    /** {@code 5.7.9 text}, or a text alone. */
    private static Action coded(String text, Made made) {
        int blank = text.indexOf(' ');
        Optional<EnhancedStatusCode> own = EnhancedStatusCode.parse(blank < 0 ? text : text.substring(0, blank));
        return own.isPresent()
                ? made.of(own, blank < 0 ? "" : text.substring(blank).strip())
                : made.of(Optional.empty(), text);
    }

    private static Action order(Orders orders, String word, String text) {
        return new Action.Order(orders, word, text.isEmpty() ? "triggers " + word + " action" : text);
    }

    private static Action toAddress(String word, String address, Function<String, Orders> orders) {
        return address.indexOf('@') < 0
                ? new Action.Broken("user@domain target")
                : new Action.Order(orders.apply(address), word, "triggers " + word + " " + address);
    }

    private Action words(String value) {
        List<Restriction> restrictions = new ArrayList<>();
        for (String name : value.split("[,\\s]+", -1)) {
            if (settings.lists().classes().containsKey(name)) {
                restrictions.add(new Restriction.Group(name));
                continue;
            }
            Optional<Restriction.Word> word = Restriction.Word.of(name.toLowerCase(Locale.ROOT));
            if (word.isEmpty()) {
                return new Action.Unsupported(value);
            }
            restrictions.add(word.get());
        }
        return new Action.Words(restrictions);
    }
}
