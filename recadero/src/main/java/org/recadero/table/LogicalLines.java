package org.recadero.table;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Optional;

/**
 * Logical lines of a table's source: comments and empty lines left out, continuation lines joined with their leading blanks.
 *
 * <p>Postfix: readlline(3).
 */
final class LogicalLines {
    /** Of one logical line; more is an error. */
    static final int MOST_BYTES = 4 << 20;

    private final PushbackInputStream in;
    private final String name;
    private int line;

    /**
     * @param text octets, up to the first NUL
     * @param first the number of its first line, from 1
     */
    record Line(String text, int first) {
        boolean startsBlank() {
            return !text.isEmpty() && Octets.isBlank(text.charAt(0));
        }

        /** What to say of a line that {@link #startsBlank}; it continues nothing. */
        String blankStart(String source) {
            String start = text.length() > 30 ? text.substring(0, 30) + "..." : text;
            return source + ": logical line must not start with whitespace: \"" + start + "\"";
        }
    }

    /** @param name of the source, for messages */
    LogicalLines(InputStream in, String name) {
        this.in = new PushbackInputStream(in);
        this.name = name;
    }

    /** @throws IOException also where a line is too long */
    Optional<Line> next() throws IOException {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int first = 0;
        while (true) {
            int c = in.read();
            if (c < 0) {
                break;
            }
            in.unread(c);
            // a comment or an empty line does not end a logical line
            if (joined.size() > 0 && !isBlank(c) && c != '#') {
                break;
            }
            int before = joined.size();
            boolean counts = physical(joined);
            if (!counts) {
                continue;
            }
            if (before == 0) {
                first = line;
            }
        }
        return joined.size() == 0 ? Optional.empty() : Optional.of(new Line(text(joined.toByteArray()), first));
    }

    private static boolean isBlank(int c) {
        return Octets.isBlank((char) c);
    }

    /** Appends the next line unless it is blank or a comment; says whether it did. */
    private boolean physical(ByteArrayOutputStream joined) throws IOException {
        line++;
        boolean counts = false;
        boolean comment = false;
        ByteArrayOutputStream blanks = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (counts) {
                joined.write(c);
            } else if (isBlank(c) && !comment) {
                blanks.write(c);
            } else if (c == '#' || comment) {
                comment = true;
            } else {
                counts = true;
                blanks.writeTo(joined);
                joined.write(c);
            }
            if (joined.size() + blanks.size() > MOST_BYTES) {
                throw new IOException(name + ", line " + line + ": over " + MOST_BYTES + " bytes in one line");
            }
        }
        return counts;
    }

    private static String text(byte[] bytes) {
        String octets = Octets.of(bytes);
        int nul = octets.indexOf('\0');
        return nul < 0 ? octets : octets.substring(0, nul);
    }
}
