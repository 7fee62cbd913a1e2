package org.recadero.receive.cleanup;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.recadero.message.MessageScanner;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.Octets;

/** What a row of a check table orders. Texts are octets. Postfix: header_checks(5). */
public sealed interface CheckAction {
    EnhancedStatusCode UNWANTED = EnhancedStatusCode.of(5, 7, 1);

    /** DUNNO, and OK of older tables. */
    record Nothing() implements CheckAction {}

    /**
     * Not taken.
     *
     * @param warning where the row has a code that refuses nothing
     */
    record Reject(EnhancedStatusCode code, String text, Optional<String> warning) implements CheckAction {}

    /** Taken, and thrown away. */
    record Discard(String text) implements CheckAction {}

    record Hold(String text) implements CheckAction {}

    /** Not looked at any further. */
    record Pass(String text) implements CheckAction {}

    record Redirect(String address) implements CheckAction {}

    record Bcc(String address) implements CheckAction {}

    record Prepend(String line) implements CheckAction {}

    record Replace(String line) implements CheckAction {}

    /** @param text for the log; empty: nothing is logged (IGNORE) */
    record Drop(Optional<String> text) implements CheckAction {}

    /** WARN, INFO: only a line in the log. */
    record Log(String kind, String text) implements CheckAction {}

    /** No such content filter here: what was to be filtered does not pass unfiltered. */
    record Filter(String where) implements CheckAction {}

    /** Means nothing; Postfix goes on as if the row were not there, and says so. */
    record Unusable(String warning) implements CheckAction {}

    /** Orders about the content alone. Postfix: smtp(8): those about the message as a whole mean nothing to a delivery agent. */
    Set<String> OF_CONTENT = Set.of("DUNNO", "IGNORE", "INFO", "OK", "PREPEND", "REPLACE", "STRIP", "WARN");

    /** The same for content that leaves: only {@link #OF_CONTENT}. */
    static CheckAction parseOutgoing(String value, String parameter, boolean inHeader) {
        return OF_CONTENT.contains(word(value).toUpperCase(Locale.ROOT))
                ? parse(value, parameter, inHeader)
                : new Unusable("unsupported command in " + parameter + " map: " + value);
    }

    private static String word(String value) {
        int blank = 0;
        while (blank < value.length() && value.charAt(blank) != ' ' && value.charAt(blank) != '\t') {
            blank++;
        }
        return value.substring(0, blank);
    }

    /**
     * @param parameter whose table it is, for warnings
     * @param inHeader whether what is put in must be a header field
     */
    static CheckAction parse(String value, String parameter, boolean inHeader) {
        String written = word(value);
        String word = written.toUpperCase(Locale.ROOT);
        String text = value.substring(written.length()).stripLeading();
        return switch (word) {
            case "REJECT" -> reject(text);
            case "WARN" -> new Log("warning", text);
            case "INFO" -> new Log("info", text);
            case "DISCARD" -> new Discard(text);
            case "HOLD" -> new Hold(text);
            case "PASS" -> new Pass(text);
            case "STRIP" -> new Drop(Optional.of(text));
            case "IGNORE" -> new Drop(Optional.empty());
            case "DUNNO", "OK" -> new Nothing();
            case "PREPEND" ->
                line(word, text, parameter, inHeader)
                        .<CheckAction>map(Unusable::new)
                        .orElse(new Prepend(text));
            case "REPLACE" ->
                line(word, text, parameter, inHeader)
                        .<CheckAction>map(Unusable::new)
                        .orElse(new Replace(text));
            case "REDIRECT" ->
                text.indexOf('@') < 0
                        ? new Unusable(
                                "bad REDIRECT target \"" + text + "\" in " + parameter + " map -- need user@domain")
                        : new Redirect(Octets.text(text));
            case "BCC" ->
                text.indexOf('@') < 0
                        ? new Unusable("bad BCC address \"" + text + "\" in " + parameter + " map -- need user@domain")
                        : new Bcc(Octets.text(text));
            case "FILTER" -> filter(text, parameter);
            default -> new Unusable("unknown command in " + parameter + " map: " + value);
        };
    }

    /** {@code REJECT}, {@code REJECT text}, {@code REJECT 4.7.1 text}. */
    private static CheckAction reject(String text) {
        if (text.isEmpty()) {
            return new Reject(UNWANTED, "message content rejected", Optional.empty());
        }
        int end = 0;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        Optional<EnhancedStatusCode> own = EnhancedStatusCode.parse(text.substring(0, end));
        if (own.isEmpty()) {
            return new Reject(UNWANTED, text, Optional.empty());
        }
        String words = text.substring(end).stripLeading();
        return own.get().statusClass() == 2
                ? new Reject(
                        own.get().inClass(4),
                        words,
                        Optional.of("bad DSN action in " + text + " -- need 4.x.x or 5.x.x"))
                : new Reject(own.get(), words, Optional.empty());
    }

    private static CheckAction filter(String text, String parameter) {
        if (text.isEmpty()) {
            return new Unusable("missing FILTER command argument in " + parameter + " map");
        }
        return text.indexOf(':') < 0
                ? new Unusable("bad FILTER command " + text + " in " + parameter + " -- need transport:destination")
                : new Filter(text);
    }

    /** What is wrong with a line that a row puts in. */
    private static Optional<String> line(String word, String text, String parameter, boolean inHeader) {
        if (text.isEmpty()) {
            return Optional.of(word + " action without text in " + parameter + " map");
        }
        byte[] bytes = Octets.bytes(text);
        return inHeader && MessageScanner.nameLength(bytes, 0, bytes.length) == 0
                ? Optional.of("bad " + word + " header text \"" + text + "\" in " + parameter
                        + " map -- need \"headername: headervalue\"")
                : Optional.empty();
    }
}
