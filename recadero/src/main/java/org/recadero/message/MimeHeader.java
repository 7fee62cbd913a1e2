package org.recadero.message;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The header of one MIME entity, as far as the transport of its body needs it (RFC 2045, RFC 2046). Used by one thread. */
final class MimeHeader {
    /** RFC 2046 §5.1.1 has 70; a little more for what is sent in fact. Postfix: mime_boundary_length_limit. */
    static final int MOST_BOUNDARY = 2_048;

    private static final String ENCODING = "content-transfer-encoding";
    private static final String TYPE = "content-type";

    /** What a body is to its transport. */
    enum Shape {
        LEAF,
        MULTIPART,
        /** A whole message with a header of its own. */
        MESSAGE,
        /** A message/partial and its kin: RFC 2046 §5.2.2.1: must not be encoded. */
        UNTOUCHABLE
    }

    /** Fields with their folding, one char a byte, each with its line end. */
    private final List<String> fields = new ArrayList<>();

    void line(String line) {
        boolean folded = !line.isEmpty() && (line.charAt(0) == ' ' || line.charAt(0) == '\t');
        if (folded && !fields.isEmpty()) {
            fields.set(fields.size() - 1, fields.getLast() + line);
        } else {
            fields.add(line);
        }
    }

    boolean has(String lowerCaseName) {
        return value(lowerCaseName).isPresent();
    }

    private Optional<String> value(String lowerCaseName) {
        for (String field : fields) {
            if (isNamed(field, lowerCaseName)) {
                return Optional.of(field.substring(field.indexOf(':') + 1));
            }
        }
        return Optional.empty();
    }

    private static boolean isNamed(String field, String lowerCaseName) {
        int colon = field.indexOf(':');
        return colon > 0 && field.substring(0, colon).stripTrailing().equalsIgnoreCase(lowerCaseName);
    }

    /** @param inDigest whether it is a part of a multipart/digest, whose parts are messages (RFC 2046 §5.1.5) */
    Shape shape(boolean inDigest) {
        String type = type(inDigest);
        if (type.startsWith("multipart/") && boundary().isPresent()) {
            return Shape.MULTIPART;
        }
        if (type.equals("message/rfc822") || type.equals("message/global")) {
            return isPlain() ? Shape.MESSAGE : Shape.UNTOUCHABLE;
        }
        return type.equals("message/partial") || type.equals("message/external-body") ? Shape.UNTOUCHABLE : Shape.LEAF;
    }

    boolean isDigest() {
        return type(false).equals("multipart/digest");
    }

    private String type(boolean inDigest) {
        String value = value(TYPE).orElse(inDigest ? "message/rfc822" : "text/plain");
        int end = value.indexOf(';');
        return (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    /** The parameter of Content-Type, quotes gone (RFC 2046 §5.1.1). */
    Optional<String> boundary() {
        String value = value(TYPE).orElse("");
        String lower = value.toLowerCase(Locale.ROOT);
        for (int at = lower.indexOf("boundary"); at >= 0; at = lower.indexOf("boundary", at + 1)) {
            int i = skipBlanks(value, at + "boundary".length());
            boolean begins = at > 0 && "; \t\r\n".indexOf(value.charAt(at - 1)) >= 0;
            if (!begins || i >= value.length() || value.charAt(i) != '=') {
                continue;
            }
            String text = parameter(value, skipBlanks(value, i + 1));
            return text.isEmpty() || text.length() > MOST_BOUNDARY ? Optional.empty() : Optional.of(text);
        }
        return Optional.empty();
    }

    private static int skipBlanks(String text, int from) {
        int i = from;
        while (i < text.length() && " \t\r\n".indexOf(text.charAt(i)) >= 0) {
            i++;
        }
        return i;
    }

    private static String parameter(String text, int from) {
        StringBuilder value = new StringBuilder();
        boolean quoted = from < text.length() && text.charAt(from) == '"';
        for (int i = quoted ? from + 1 : from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\' && i + 1 < text.length()) {
                value.append(text.charAt(++i));
            } else if (quoted ? c == '"' : "; \t\r\n(".indexOf(c) >= 0) {
                break;
            } else if (c != '\r' && c != '\n') {
                value.append(c);
            }
        }
        return value.toString();
    }

    /** Whether the body stands as it is: no encoding, or one of those that change nothing (RFC 2045 §6.2). */
    boolean isPlain() {
        return switch (value(ENCODING).orElse("7bit").strip().toLowerCase(Locale.ROOT)) {
            case "7bit", "8bit", "binary" -> true;
            default -> false;
        };
    }

    /** The header with another encoding in the place of its own, without the empty line behind it. */
    byte[] withEncoding(String encoding) {
        StringBuilder text = new StringBuilder();
        for (String field : fields) {
            if (!isNamed(field, ENCODING)) {
                text.append(field);
            }
        }
        text.append("Content-Transfer-Encoding: ").append(encoding).append('\n');
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** As it came. */
    byte[] asItCame() {
        return String.join("", fields).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Adds a field at the end. */
    void add(String field) {
        fields.add(field + "\n");
    }

    /** Whether it says 8bit or binary. */
    boolean saysEightBit() {
        return has(ENCODING) && isPlain() && !value(ENCODING).orElse("").strip().equalsIgnoreCase("7bit");
    }
}
