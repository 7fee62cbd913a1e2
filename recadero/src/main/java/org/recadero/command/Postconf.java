package org.recadero.command;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.recadero.bounce.Templates;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.Blanks;
import org.recadero.config.ConfigurationException;
import org.recadero.config.ConfigurationFileWriter;
import org.recadero.config.Configurations;
import org.recadero.config.MainCf;
import org.recadero.config.MasterCf;
import org.recadero.config.ParameterNames;
import org.recadero.config.Parameters;
import org.recadero.config.RawConfiguration;
import org.recadero.config.Registry;
import org.recadero.config.Snapshot;
import org.recadero.os.LinuxFileSystem;
import org.recadero.table.Tables;

/**
 * postconf: shows and edits main.cf and master.cf, with Postfix's output, messages and exit statuses. Text is bytes, one to a
 * char, on the whole way, so that a file in any encoding passes unchanged. One thread.
 *
 * <p>DIFFERS: a name that stands twice in main.cf is warned of once; warnings come in the order of the names.
 *
 * <p>Postfix: postconf(1).
 */
public final class Postconf {
    private static final String DEFAULT_FOLDER = "/etc/postfix";
    private static final List<String> LOCK_TYPES = List.of("flock", "fcntl", "dotlock");

    private final PostconfOptions options;
    private final Optional<String> folder;
    private final PostconfOutput output;

    private Postconf(PostconfOptions options, Optional<String> folder, PostconfOutput output) {
        this.options = options;
        this.folder = folder;
        this.output = output;
    }

    /**
     * Runs the command.
     *
     * @param args without the command's name
     * @param environment MAIL_CONFIG is read
     * @return the exit status: 0, or 1 after a fatal error
     */
    public static int run(List<String> args, PrintStream out, PrintStream err, Map<String, String> environment) {
        PostconfOutput output = new PostconfOutput();
        int status;
        try {
            PostconfOptions options =
                    PostconfOptions.parse(args.stream().map(Blanks::bytes).toList());
            String named = environment.get("MAIL_CONFIG");
            Optional<String> folder = options.folder()
                    .or(() ->
                            Optional.ofNullable(named).filter(n -> !n.isEmpty()).map(Blanks::bytes));
            new Postconf(options, folder, output).run();
            status = 0;
        } catch (PostconfOptions.GetoptException e) {
            output.message(String.valueOf(e.getMessage()));
            output.fatal(PostconfOptions.USAGE);
            status = 1;
        } catch (ConfigurationException e) {
            output.fatal(String.valueOf(e.getMessage()));
            status = 1;
        }
        output.writeTo(out, err);
        return out.checkError() ? 1 : status;
    }

    private void run() throws ConfigurationException {
        for (Letter unsupported : List.of(Letter.TLS)) {
            if (options.has(unsupported)) {
                throw new ConfigurationException("unsupported: " + unsupported.dashed());
            }
        }
        if (options.has(Letter.VERBOSE)) {
            output.message("configuration folder: " + directoryName());
        }
        if (options.has(Letter.BOUNCE_TEMPLATES) || options.has(Letter.DUMP_TEMPLATES)) {
            templates();
        } else if (options.has(Letter.MAPS)) {
            Tables.TYPES.stream().sorted().forEach(output::line);
        } else if (options.has(Letter.LOCKS)) {
            LOCK_TYPES.forEach(output::line);
        } else if (options.has(Letter.SERVER_SASL) || options.has(Letter.CLIENT_SASL)) {
            // no plug-ins: SASL is built in, there is no type to choose
            return;
        } else if (options.edits()) {
            edit();
        } else {
            show();
        }
    }

    /** {@code -b} and {@code -t}: those of {@code bounce_template_file}, or of a file that is named; an empty name: the built-in ones. */
    private void templates() throws ConfigurationException {
        if (options.rest().size() > 1) {
            throw new ConfigurationException(PostconfOptions.USAGE);
        }
        Snapshot configuration =
                Configurations.load(Path.of(Blanks.text(directoryName()))).configuration();
        String file = options.rest().isEmpty()
                ? configuration.get(Parameters.BOUNCE_TEMPLATE_FILE)
                : Blanks.text(options.rest().getFirst());
        Templates templates = file.isEmpty() ? Templates.standard() : Templates.read(Path.of(file));
        templates.warnings().forEach(output::warning);
        String text = options.has(Letter.DUMP_TEMPLATES) ? templates.dump() : templates.preview(configuration);
        text.lines().forEach(line -> output.line(Blanks.bytes(line)));
    }

    private String directoryName() {
        return folder.orElse(DEFAULT_FOLDER);
    }

    private Path file(String name) throws ConfigurationException {
        try {
            return Path.of(Blanks.text(directoryName()) + "/" + name);
        } catch (InvalidPathException e) {
            throw new ConfigurationException("open " + directoryName() + "/" + name + ": No such file or directory");
        }
    }

    private void edit() throws ConfigurationException {
        if (options.rest().isEmpty()) {
            throw new ConfigurationException(
                    options.has(Letter.EDIT) ? "-e requires name=value argument" : "missing service argument");
        }
        ConfigurationFileWriter writer = new ConfigurationFileWriter(new LinuxFileSystem(), new SecureRandom());
        if (options.showsServices()) {
            new PostconfServiceEdit(options, output).run(file("master.cf"), writer);
        } else {
            new PostconfMainEdit(options, output).run(file("main.cf"), writer);
        }
    }

    private void show() throws ConfigurationException {
        Map<String, String> settings = settings();
        List<MasterCf.Entry> services = services();
        boolean defaults = options.has(Letter.DEFAULTS);
        ParameterNames names = ParameterNames.of(settings, services);
        RawConfiguration configuration = RawConfiguration.of(
                Path.of(defaults ? DEFAULT_FOLDER : Blanks.text(directoryName())), settings, "postconf");
        if (!defaults) {
            warnOfUndefined(names);
            expandAll(configuration);
        }
        if (options.showsServices()) {
            new PostconfServices(options, output).show(services, configuration);
        } else {
            new PostconfMain(options, output).show(names, configuration);
        }
        if (!defaults) {
            warnOfUnused(names, settings, services);
        }
    }

    /** A value that cannot be expanded is fatal, whatever is to be shown. */
    private void expandAll(RawConfiguration configuration) throws ConfigurationException {
        for (Map.Entry<String, String> setting : configuration.settings().entrySet()) {
            if (Registry.recorded()
                    .find(setting.getKey())
                    .filter(k -> !k.isRaw())
                    .isPresent()) {
                PostconfMain.expand(output, configuration, setting.getValue(), Map.of());
            }
        }
    }

    private Map<String, String> settings() throws ConfigurationException {
        Map<String, String> settings = new LinkedHashMap<>();
        if (options.has(Letter.DEFAULTS)) {
            return settings;
        }
        folder.ifPresent(name -> settings.put("config_directory", name));
        MainCf main = MainCf.read(file("main.cf"));
        main.warnings().forEach(output::warning);
        main.entries().values().forEach(e -> settings.put(e.name(), e.value()));
        settings.putAll(options.overrides());
        return settings;
    }

    private List<MasterCf.Entry> services() throws ConfigurationException {
        Path file = file("master.cf");
        MasterCf master;
        try {
            master = MasterCf.readLeniently(file);
        } catch (ConfigurationException e) {
            String message = String.valueOf(e.getMessage());
            if (options.showsServices() || !message.startsWith("open ")) {
                throw e;
            }
            output.warning(message);
            return List.of();
        }
        master.warnings().forEach(output::warning);
        return master.entries();
    }

    private void warnOfUndefined(ParameterNames names) {
        names.undefinedInMain()
                .forEach(name -> output.warning(directoryName() + "/main.cf: undefined parameter: " + name));
        names.undefinedInMaster()
                .forEach(name -> output.warning(directoryName() + "/master.cf: undefined parameter: " + name));
        names.problems().forEach(output::warning);
    }

    private void warnOfUnused(ParameterNames names, Map<String, String> settings, List<MasterCf.Entry> services) {
        List<String> unused = new ArrayList<>();
        settings.forEach((name, value) -> {
            if (!names.isKnown(name) && !options.showsServices()) {
                unused.add("main.cf: unused parameter: " + name + "=" + value);
            }
        });
        Stream<String> master = services.stream()
                .flatMap(service -> service.overrides().entrySet().stream()
                        .filter(e -> !names.isUsed(e.getKey(), service))
                        .map(e -> "master.cf: unused parameter: " + e.getKey() + "=" + e.getValue()));
        Stream.concat(unused.stream(), master).forEach(text -> output.warning(directoryName() + "/" + text));
    }

    /** What the characters of a Java string are on the outside. */
    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
