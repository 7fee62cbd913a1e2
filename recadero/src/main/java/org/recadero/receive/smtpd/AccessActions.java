package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.smtp.Reply;

/** How access tables are asked, and what their answers mean. Immutable. Postfix: access(5). */
final class AccessActions {
    /** What an entry orders. */
    sealed interface Action {
        record Permit() implements Action {}

        record Nothing() implements Action {}

        /**
         * Refused.
         *
         * @param own code and enhanced code, where the entry has its own
         */
        record Refuse(Optional<Reply> own, boolean defer, String text) implements Action {}

        record DeferIfPermit(String text) implements Action {}

        record DeferIfReject(String text) implements Action {}

        record Hold(String text) implements Action {}

        record Discard(String text) implements Action {}

        /** Only a line in the log. */
        record Log(String kind, String text) implements Action {}

        /** Restrictions by their names. */
        record Words(List<Restriction> restrictions) implements Action {
            public Words {
                restrictions = List.copyOf(restrictions);
            }
        }

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
            return coded(trimmed);
        }
        return switch (word.toUpperCase(Locale.ROOT)) {
            case "OK" -> new Action.Permit();
            case "DUNNO" -> new Action.Nothing();
            case "REJECT" -> refusal(false, text);
            case "DEFER" -> refusal(true, text);
            case "DEFER_IF_PERMIT" -> new Action.DeferIfPermit(text);
            case "DEFER_IF_REJECT" -> new Action.DeferIfReject(text);
            case "HOLD" -> new Action.Hold(text);
            case "DISCARD" -> new Action.Discard(text);
            case "WARN" -> new Action.Log("warn", text);
            case "INFO" -> new Action.Log("info", text);
            default -> words(trimmed);
        };
    }

    /** {@code REJECT}, {@code REJECT text}, {@code REJECT 5.7.9 text}. */
    private Action refusal(boolean defer, String text) {
        int code = defer ? settings.codes().accessDefer() : settings.codes().accessReject();
        Optional<Reply> own =
                Reply.parse(code + " " + text).filter(r -> r.enhanced().isPresent());
        return own.isPresent()
                ? new Action.Refuse(own, defer, own.get().lines().getFirst())
                : new Action.Refuse(Optional.empty(), defer, text);
    }

    private static Action coded(String value) {
        Optional<Reply> reply = Reply.parse(value);
        if (reply.isEmpty()) {
            return new Action.Unsupported(value);
        }
        Reply own = reply.get();
        Reply coded = own.enhanced().isPresent()
                ? own
                : Reply.of(own.code(), own.code() / 100 + ".7.1", own.lines().getFirst());
        return new Action.Refuse(Optional.of(coded), false, own.lines().getFirst());
    }

    private static Action words(String value) {
        List<Restriction> restrictions = new ArrayList<>();
        for (String name : value.split("[,\\s]+", -1)) {
            Optional<Restriction.Word> word = Restriction.Word.of(name.toLowerCase(Locale.ROOT));
            if (word.isEmpty()) {
                return new Action.Unsupported(value);
            }
            restrictions.add(word.get());
        }
        return new Action.Words(restrictions);
    }
}
