package org.recadero.deliver;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;

/** The variables that every command gets. Postfix: postconf(5), import_environment, export_environment. */
public final class ExportedEnvironment {
    private static final String PATH = "/usr/bin:/bin";

    private ExportedEnvironment() {}

    /** The variables of pipe(8) and local(8): import_environment makes what export_environment chooses from. */
    public static Map<String, String> of(Configuration configuration, Map<String, String> own) {
        Map<String, String> known = pick(configuration.get(Parameters.IMPORT_ENVIRONMENT), own);
        // Postfix: master(8) sets it for all it starts
        known.put("MAIL_CONFIG", configuration.directory().toString());
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("PATH", PATH);
        variables.putAll(pick(configuration.get(Parameters.EXPORT_ENVIRONMENT), known));
        return variables;
    }

    private static Map<String, String> pick(List<String> names, Map<String, String> from) {
        Map<String, String> picked = new LinkedHashMap<>();
        for (String element : names) {
            String bare = element.startsWith("{") && element.endsWith("}")
                    ? element.substring(1, element.length() - 1).strip()
                    : element;
            int equals = bare.indexOf('=');
            if (equals > 0) {
                picked.put(
                        bare.substring(0, equals).strip(),
                        bare.substring(equals + 1).strip());
            } else {
                Optional.ofNullable(from.get(bare)).ifPresent(v -> picked.put(bare, v));
            }
        }
        return picked;
    }
}
