package org.recadero.table;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;
import org.recadero.config.Services;
import org.recadero.config.Snapshot;
import org.recadero.config.TableSpec;

/**
 * The tables that main.cf and the overrides of master.cf name and of which there is no file: mail waits where they are asked, so it is better said before. {@code
 * DIFFERS}: Postfix says so at the first look-up only.
 */
public final class MissingTables {
    /** {@code hash:/etc/aliases} wherever it stands in a value: in a list of maps, of domains, of restrictions. */
    private static final Pattern IN_A_FILE =
            Pattern.compile("(?:^|[\\s,{:!])(btree|cdb|cidr|hash|lmdb|pcre|regexp|texthash):(/[^\\s,{}]+)");

    private MissingTables() {}

    /**
     * Warnings with file and line. What this process may not look at is not missed.
     *
     * @throws ConfigurationException where master.cf cannot be used
     */
    public static List<String> of(Snapshot configuration) throws ConfigurationException {
        List<String> warnings = new ArrayList<>();
        for (String parameter : configuration.settings()) {
            String where = configuration.source(parameter).map(s -> s + ": ").orElse("");
            missing(configuration, parameter).forEach(spec -> warnings.add(warning(where + parameter, spec)));
        }
        for (MasterCf.Entry entry : Services.entries(configuration)) {
            Snapshot own;
            try {
                own = configuration.with(entry.overrides(), entry.source());
            } catch (ConfigurationException e) {
                // a wrong value: said where the service is made, if it is one of ours
                continue;
            }
            for (String parameter : entry.overrides().keySet()) {
                missing(own, parameter)
                        .forEach(spec -> warnings.add(
                                warning(entry.source() + ": service " + entry.label() + ": -o " + parameter, spec)));
            }
        }
        return warnings;
    }

    private static String warning(String where, TableSpec spec) {
        return where + ": " + spec + ": No such file or directory; mail waits where it is asked";
    }

    private static Set<TableSpec> missing(Snapshot configuration, String parameter) {
        Set<TableSpec> specs = new LinkedHashSet<>();
        Matcher matcher = IN_A_FILE.matcher(configuration.text(parameter).orElse(""));
        while (matcher.find()) {
            TableSpec spec = new TableSpec(matcher.group(1), matcher.group(2));
            if (isMissing(spec)) {
                specs.add(spec);
            }
        }
        return specs;
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
