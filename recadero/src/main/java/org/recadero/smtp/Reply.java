package org.recadero.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.recadero.envelope.OneLine;
import org.recadero.status.EnhancedStatusCode;

/**
 * A reply (RFC 5321 §4.2): a code, perhaps an enhanced one (RFC 2034), and a text of one line or more.
 *
 * @param code 200 to 599
 * @param enhanced what stands before the text of each line; its class is the code's first digit
 * @param lines at least one, without control characters
 */
public record Reply(int code, Optional<EnhancedStatusCode> enhanced, List<String> lines) {
    /** Bound for the text of one line, in characters; longer ones are cut (RFC 5321 §4.5.3.1.5 lets clients stop at 512 octets). */
    public static final int MAX_LINE_CHARS = 2_000;

    private static final Pattern FORM = Pattern.compile("[2-5][0-9]{2}( .*)?");

    public Reply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("no reply code: " + code);
        }
        Objects.requireNonNull(enhanced);
        lines = lines.stream().map(Reply::printable).toList();
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("a reply has a line");
        }
    }

    /** A reply of one line. */
    public static Reply of(int code, String text) {
        return new Reply(code, Optional.empty(), List.of(text));
    }

    /** A reply of one line with an enhanced code, {@code 5.5.1}. */
    public static Reply of(int code, String enhanced, String text) {
        EnhancedStatusCode status = EnhancedStatusCode.parse(enhanced)
                .orElseThrow(() -> new IllegalArgumentException("no enhanced status code: " + enhanced));
        return new Reply(code, Optional.of(status), List.of(text));
    }

    /** A reply of several lines without an enhanced code: an EHLO response. */
    public static Reply lines(int code, List<String> lines) {
        return new Reply(code, Optional.empty(), lines);
    }

    /** Reads {@code 550 5.1.1 text} or {@code 550 text}; empty where a text is none. */
    public static Optional<Reply> parse(String line) {
        if (!FORM.matcher(line).matches()) {
            return Optional.empty();
        }
        int code = Integer.parseInt(line.substring(0, 3));
        String rest = line.length() > 4 ? line.substring(4).trim() : "";
        int blank = rest.indexOf(' ');
        Optional<EnhancedStatusCode> enhanced = EnhancedStatusCode.parse(blank < 0 ? rest : rest.substring(0, blank))
                .filter(e -> e.statusClass() == code / 100);
        if (enhanced.isPresent()) {
            rest = blank < 0 ? "" : rest.substring(blank + 1).trim();
        }
        return Optional.of(new Reply(code, enhanced, List.of(rest)));
    }

    /** The same reply, but not for ever: class 4 where it was 5. Postfix: {@code soft_bounce}. */
    public Reply softened() {
        return code < 500 ? this : new Reply(code - 100, enhanced.map(e -> e.inClass(4)), lines);
    }

    /** Whether the command was refused or failed: 4xx and 5xx. */
    public boolean isError() {
        return code >= 400;
    }

    /** The lines as they go out, without their line ends: {@code 250-first}, {@code 250 last}. */
    public List<String> wire() {
        List<String> wire = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            char mark = i < lines.size() - 1 ? '-' : ' ';
            String status = enhanced.map(e -> e + " ").orElse("");
            wire.add(code + String.valueOf(mark) + status + lines.get(i));
        }
        return wire;
    }

    /** On one line, for the log: {@code 550 5.1.1 text}. */
    @Override
    public String toString() {
        return code + " " + enhanced.map(e -> e + " ").orElse("") + String.join(" ", lines);
    }

    private static String printable(String text) {
        return OneLine.of(text.length() <= MAX_LINE_CHARS ? text : text.substring(0, MAX_LINE_CHARS));
    }
}
