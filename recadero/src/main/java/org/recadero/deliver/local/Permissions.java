package org.recadero.deliver.local;

import java.util.List;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.status.EnhancedStatusCode;

/**
 * What aliases, {@code .forward} and {@code :include:} files may name. Postfix: local(8), {@code allow_mail_to_commands},
 * {@code allow_mail_to_files}, {@code propagate_unmatched_extensions}, {@code expand_owner_alias}.
 */
record Permissions(List<String> commands, List<String> files, List<String> extensions, boolean expandOwner) {
    static final String ALIAS = "alias";
    static final String FORWARD = "forward";
    static final String INCLUDE = "include";

    /** RFC 3463 §3.8: delivery not authorized. */
    private static final EnhancedStatusCode RESTRICTED = EnhancedStatusCode.of(5, 7, 1);

    Permissions {
        commands = List.copyOf(commands);
        files = List.copyOf(files);
        extensions = List.copyOf(extensions);
    }

    static Permissions of(Configuration configuration) {
        return new Permissions(
                configuration.get(Parameters.ALLOW_MAIL_TO_COMMANDS),
                configuration.get(Parameters.ALLOW_MAIL_TO_FILES),
                configuration.get(Parameters.PROPAGATE_UNMATCHED_EXTENSIONS),
                configuration.get(Parameters.EXPAND_OWNER_ALIAS));
    }

    boolean propagates(String where) {
        return extensions.contains(where);
    }

    Ending command(String where, String command, Runner runner) {
        return commands.contains(where)
                ? new Ending.ToCommand(command, runner)
                : new Ending.ToNobody(Refusal.of(RESTRICTED, "mail to command is restricted"));
    }

    Ending file(String where, String path, Runner runner) {
        return files.contains(where)
                ? new Ending.ToFile(path, runner)
                : new Ending.ToNobody(Refusal.of(RESTRICTED, "mail to file is restricted"));
    }
}
