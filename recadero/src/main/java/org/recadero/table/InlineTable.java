package org.recadero.table;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;

/** {@code inline:{key=value, {key = a text}}}. Postfix: DATABASE_README. */
final class InlineTable implements ListedTable {
    private final String name;
    private final Map<String, String> rows = new LinkedHashMap<>();
    private final Tables.Options options;

    InlineTable(String name, String text, Tables.Options options) throws ConfigurationException {
        this.name = name;
        this.options = options;
        String need = "\"" + name + "\"; need \"inline:{name=value...}\"";
        Optional<String> inside = Braces.inside(text);
        if (inside.isEmpty() || Braces.elements(inside.get()).isEmpty()) {
            throw new ConfigurationException("bad syntax: " + need);
        }
        for (String element : Braces.elements(inside.get())) {
            Optional<String> pair = element.startsWith("{") ? Braces.inside(element) : Optional.of(element);
            if (pair.isEmpty()) {
                throw new ConfigurationException("bad syntax: " + need);
            }
            int equal = pair.get().indexOf('=');
            if (equal < 0) {
                throw new ConfigurationException("missing '=' after attribute name: " + need);
            }
            String key = Octets.of(pair.get().substring(0, equal).strip());
            String value = Octets.of(pair.get().substring(equal + 1).strip());
            try {
                // of two equal keys the later one stays
                rows.put(options.folded(key), options.stored(value));
            } catch (IOException e) {
                throw new ConfigurationException(
                        e.getMessage() + ": \"" + name + "\"; need \"inline:{name=filename...}\"");
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public LookupResult findOctets(String key) {
        String value = key.isEmpty() ? null : rows.get(options.folded(key));
        return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
    }

    @Override
    public void forEach(Rows all) throws IOException {
        for (Map.Entry<String, String> row : rows.entrySet()) {
            all.row(row.getKey(), row.getValue());
        }
    }

    @Override
    public Optional<String> trouble() {
        return Optional.empty();
    }
}
