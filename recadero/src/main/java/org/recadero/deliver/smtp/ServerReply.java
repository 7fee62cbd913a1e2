package org.recadero.deliver.smtp;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.status.EnhancedStatusCode;

/**
 * What a server answered (RFC 5321 §4.2).
 *
 * @param code 200 to 599
 * @param lines as they came, with their codes, without line ends; at least one
 */
public record ServerReply(int code, List<String> lines) {
    /** Most lines of a reply that are kept. */
    static final int MOST_LINES = 100;

    public ServerReply {
        lines = List.copyOf(lines);
        if (code < 200 || code > 599 || lines.isEmpty()) {
            throw new IllegalArgumentException("no reply: " + code);
        }
    }

    /** The code's first digit. */
    public int statusClass() {
        return code / 100;
    }

    public boolean isPositive() {
        return statusClass() == 2;
    }

    /** All lines in one, as Postfix logs them. */
    public String text() {
        return String.join(" ", lines);
    }

    /** What stands behind the code on line {@code i}. */
    String rest(int i) {
        String line = lines.get(i);
        return line.length() > 4 ? line.substring(4) : "";
    }

    /** RFC 2034: the code that the server gave, where it fits the reply's class; else the class with zeros. */
    public EnhancedStatusCode enhanced() {
        int wanted = statusClass() == 3 ? 2 : statusClass();
        for (int i = 0; i < lines.size(); i++) {
            String rest = rest(i);
            int blank = rest.indexOf(' ');
            Optional<EnhancedStatusCode> code = EnhancedStatusCode.parse(blank < 0 ? rest : rest.substring(0, blank));
            if (code.isPresent() && code.get().statusClass() == wanted) {
                return code.get();
            }
        }
        return EnhancedStatusCode.of(wanted, 0, 0);
    }

    /** One line: its code, and whether another follows; empty where it is none. */
    static Optional<Line> parse(String line) {
        if (line.length() < 3) {
            return Optional.empty();
        }
        int code = 0;
        for (int i = 0; i < 3; i++) {
            char c = line.charAt(i);
            if (c < '0' || c > '9') {
                return Optional.empty();
            }
            code = code * 10 + (c - '0');
        }
        char behind = line.length() == 3 ? ' ' : line.charAt(3);
        if (code < 200 || code > 599 || (behind != ' ' && behind != '-')) {
            return Optional.empty();
        }
        return Optional.of(new Line(code, behind == '-'));
    }

    record Line(int code, boolean more) {}

    /** The same with each line changed. */
    ServerReply mapped(java.util.function.UnaryOperator<String> change) {
        Objects.requireNonNull(change);
        return new ServerReply(code, lines.stream().map(change).toList());
    }
}
