package org.recadero.table;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads the source of a table and says in Postfix's words what is wrong with a line; a wrong line is left out.
 *
 * <p>Postfix: postmap(1), postalias(1), aliases(5).
 */
public final class SourceText {
    private final String name;
    private final Syntax syntax;
    private final boolean utf8;
    private final Consumer<String> warnings;

    /** Takes rows. */
    @FunctionalInterface
    public interface Rows {
        /**
         * @param key octets, not folded
         * @param value octets, not empty
         * @param line the first line of it in the source
         */
        void row(String key, String value, int line) throws IOException;
    }

    /**
     * @param name of the source, as warnings name it
     * @param utf8 whether lines that are no UTF-8 are left out ({@code smtputf8_enable})
     * @param warnings octets, without «warning: »
     */
    public SourceText(String name, Syntax syntax, boolean utf8, Consumer<String> warnings) {
        this.name = name;
        this.syntax = syntax;
        this.utf8 = utf8;
        this.warnings = warnings;
    }

    /** @throws IOException where it cannot be read, or a line is over {@value LogicalLines#MOST_BYTES} bytes */
    public void read(InputStream in, Rows rows) throws IOException {
        LogicalLines lines = new LogicalLines(in, name);
        for (Optional<LogicalLines.Line> next = lines.next(); next.isPresent(); next = lines.next()) {
            LogicalLines.Line line = next.get();
            if (line.startsBlank()) {
                warnings.accept(line.blankStart(name));
            } else if (utf8 && !Octets.isUtf8(line.text())) {
                warn(line, "non-UTF-8 input \"" + Octets.printable(line.text()) + "\" -- ignoring this line");
            } else {
                switch (syntax) {
                    case MAP -> map(line, rows);
                    case ALIASES -> alias(line, rows);
                }
            }
        }
    }

    private void warn(LogicalLines.Line line, String text) {
        warnings.accept(name + ", line " + line.first() + ": " + text);
    }

    private void map(LogicalLines.Line line, Rows rows) throws IOException {
        String text = line.text();
        boolean quoted = false;
        int end = 0;
        while (end < text.length()) {
            char c = text.charAt(end);
            if (c == '\\') {
                end++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && Octets.isBlank(c)) {
                break;
            }
            end++;
        }
        if (quoted) {
            warn(line, "unbalanced '\"' in '" + text + "' -- ignoring this line");
            return;
        }
        int split = Math.min(end, text.length());
        String key = text.substring(0, split);
        String value = Octets.trimmed(text.substring(split));
        if (key.isEmpty() || value.isEmpty()) {
            warn(line, "expected format: key whitespace value");
            return;
        }
        if (key.endsWith(":")) {
            warn(line, "record is in \"key: value\" format; is this an alias file?");
        }
        rows.row(key, value, line.first());
    }

    private void alias(LogicalLines.Line line, Rows rows) throws IOException {
        List<AliasTokens.Token> tokens = AliasTokens.scan(line.text());
        int colon = 0;
        while (colon < tokens.size()
                && !tokens.get(colon).isOperator(':')
                && !tokens.get(colon).isOperator(',')) {
            colon++;
        }
        if (colon == 0 || colon >= tokens.size() - 1 || tokens.get(colon).isOperator(',')) {
            warn(line, "need name:value pair");
            return;
        }
        List<AliasTokens.Token> names = tokens.subList(0, colon);
        if (names.stream().anyMatch(t -> t.isOperator('@'))) {
            warn(line, "name must be local");
            return;
        }
        rows.row(
                AliasTokens.internal(names),
                AliasTokens.external(tokens.subList(colon + 1, tokens.size())),
                line.first());
    }
}
