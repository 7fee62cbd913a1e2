package org.recadero.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.daemon.Logging;
import org.recadero.envelope.OneLine;
import org.recadero.log.LogSink;
import org.recadero.log.LogSink.Severity;
import org.recadero.os.ProcessFacts;
import org.recadero.receive.submit.Options;

/**
 * Writes to the mail log, for scripts: the words of the command line, else each line of standard input.
 *
 * <p>Postfix: postlog(1). {@code DIFFERS}: it is not set-gid, so with a {@code maillog_file} only who may write that file can use
 * it.
 */
public final class Postlog {
    private static final String USAGE = "usage: postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]";
    /** Bound for a line of input; what is longer is cut. Postfix: {@code line_length_limit}. */
    private static final int MOST_CHARS = 2_048;

    private Postlog() {}

    /** @return the exit status */
    public static int run(
            List<String> arguments, InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
        try {
            return work(arguments, in, err, environment);
        } catch (CommandException e) {
            e.before().ifPresent(err::println);
            err.println("postlog: fatal: " + e.text());
            return 1;
        } catch (ConfigurationException | IOException e) {
            err.println("postlog: fatal: " + e.getMessage());
            return 1;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int work(List<String> arguments, InputStream in, PrintStream err, Map<String, String> environment)
            throws CommandException, ConfigurationException, IOException {
        Optional<String> folder = Optional.empty();
        Optional<String> tag = Optional.empty();
        String priority = "info";
        Options options = new Options("c:ip:t:v", arguments);
        for (char option; (option = options.next()) != Options.END; ) {
            switch (option) {
                case 'c' -> folder = Optional.of(options.value());
                case 'p' -> priority = options.value();
                case 't' -> tag = Optional.of(options.value());
                case Options.UNKNOWN, Options.NO_VALUE ->
                    throw new CommandException(USAGE, "postlog: " + options.complaint(option));
                default -> {} // every line has the process id anyway
            }
        }
        Severity severity = severity(priority);
        Snapshot configuration =
                Configurations.load(Configurations.folder(folder, environment)).configuration();
        LogSink sink = Logging.sink(configuration);
        String program = tag.orElse(configuration.get(Parameters.SYSLOG_NAME) + "/postlog");
        boolean terminal = new ProcessFacts().isTerminal(2);
        String words = String.join(" ", options.operands());
        if (!words.isEmpty()) {
            line(sink, severity, program, words, terminal ? err : null);
            return 0;
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        String line;
        while ((line = lines.readLine()) != null) {
            line(sink, severity, program, line, terminal ? err : null);
        }
        return 0;
    }

    private static void line(
            LogSink sink,
            Severity severity,
            String program,
            String text,
            @org.jspecify.annotations.Nullable PrintStream terminal) {
        String clean = OneLine.of(text.substring(0, Math.min(text.length(), MOST_CHARS)));
        String marked = switch (severity) {
            case INFO -> clean;
            case WARNING -> "warning: " + clean;
            case ERROR -> "error: " + clean;
            case FATAL -> "fatal: " + clean;
        };
        sink.write(severity, OneLine.of(program), marked);
        if (terminal != null) {
            terminal.println("postlog: " + marked);
        }
    }

    private static Severity severity(String priority) throws CommandException {
        return switch (priority) {
            case "info" -> Severity.INFO;
            case "warn", "warning" -> Severity.WARNING;
            case "error" -> Severity.ERROR;
            case "fatal", "panic" -> Severity.FATAL;
            default -> throw new CommandException("invalid priority: \"" + OneLine.of(priority) + "\"");
        };
    }
}
