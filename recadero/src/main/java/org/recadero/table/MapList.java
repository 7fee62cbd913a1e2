package org.recadero.table;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Tables in a row: the first that knows the key answers, and the first that fails ends the search, so that a later table never
 * answers in a broken one's place.
 *
 * <p>Postfix: maps(3).
 */
public record MapList(List<LookupTable> tables) implements LookupTable {
    public MapList {
        tables = List.copyOf(tables);
    }

    @Override
    public LookupResult find(String key) {
        return first(table -> table.find(key));
    }

    @Override
    public LookupResult findPart(String key) {
        return first(table -> table.findPart(key));
    }

    private LookupResult first(Function<LookupTable, LookupResult> look) {
        for (LookupTable table : tables) {
            LookupResult result = look.apply(table);
            if (!(result instanceof LookupResult.NotFound)) {
                return result;
            }
        }
        return new LookupResult.NotFound();
    }

    @Override
    public String name() {
        return tables.stream().map(LookupTable::name).collect(Collectors.joining(", "));
    }
}
