package org.recadero.table;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.recadero.config.Snapshot;
import org.recadero.config.TableSpec;

/**
 * The tables that main.cf names and of which there is no file: mail waits where they are asked, so it is better said before. {@code
 * DIFFERS}: Postfix says so at the first look-up only.
 */
public final class MissingTables {
    /** {@code hash:/etc/aliases} wherever it stands in a value: in a list of maps, of domains, of restrictions. */
    private static final Pattern IN_A_FILE =
            Pattern.compile("(?:^|[\\s,{:!])(btree|cdb|cidr|hash|lmdb|pcre|regexp|texthash):(/[^\\s,{}]+)");

    private MissingTables() {}

    /** Warnings with file and line. What this process may not look at is not missed. */
    public static List<String> of(Snapshot configuration) {
        List<String> warnings = new ArrayList<>();
        for (String parameter : configuration.settings()) {
            Optional<String> value = configuration.text(parameter);
            if (value.isEmpty()) {
                continue;
            }
            Set<TableSpec> specs = new LinkedHashSet<>();
            Matcher matcher = IN_A_FILE.matcher(value.get());
            while (matcher.find()) {
                specs.add(new TableSpec(matcher.group(1), matcher.group(2)));
            }
            for (TableSpec spec : specs) {
                if (isMissing(spec)) {
                    warnings.add(
                            configuration.source(parameter).map(s -> s + ": ").orElse("") + parameter + ": " + spec
                                    + ": No such file or directory; mail waits where it is asked");
                }
            }
        }
        return warnings;
    }

    /** Neither the text nor its index. */
    private static boolean isMissing(TableSpec spec) {
        try {
            return Files.notExists(Path.of(spec.name()))
                    && Tables.suffix(spec.type())
                            .map(suffix -> Files.notExists(Path.of(spec.name() + suffix)))
                            .orElse(true);
        } catch (InvalidPathException e) {
            return true;
        }
    }
}
