package org.recadero.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Parameters;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.SubmissionId;
import org.recadero.receive.submit.DropFile;
import org.recadero.receive.submit.QueueRequest;
import org.recadero.receive.submit.SendmailArguments;
import org.recadero.receive.submit.SendmailRequest;
import org.recadero.receive.submit.SubmissionClient;
import org.recadero.receive.submit.SubmissionConnection;
import org.recadero.receive.submit.UnixSockets;
import org.recadero.status.SysExits;

/**
 * sendmail, mailq, newaliases and postqueue in Java: speaks the same protocol as the C client, and where no daemon answers it leaves the
 * message in the drop folder under the same submission id. The C client executes it then; where no C compiler was at hand at
 * build time it is the only client.
 *
 * <p>One use for each call; {@link #decide} runs on the caller's thread.
 *
 * <p>Postfix: sendmail(1), postdrop(1).
 */
public final class Sendmail {
    /** In front of the arguments: the id that the C client has already used. */
    static final String SUBMISSION_OPTION = "--recadero-submission=";

    /** In front of the arguments: the C client was called with somebody else's rights (SAFETY 19). */
    static final String IGNORE_CONFIG_OPTION = "--recadero-ignore-config";

    private static final Path CONFIG_DIRECTORY = Path.of("/etc/postfix");
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);

    /** What is left to do for the caller. */
    public sealed interface Decision {
        /** All is done and said. */
        record Exit(int status) implements Decision {}

        /**
         * A command of the mail system is to be run here, with the caller's rights and this MAIL_CONFIG.
         *
         * @param command {@code postqueue -p}, {@code postalias hash:/etc/aliases}, {@code postfix start}, or {@code newaliases}
         *     alone: all of {@code alias_database}
         * @param configuration the folder of {@code -C} or MAIL_CONFIG; empty: the default one
         */
        record RunCommand(List<String> command, Optional<Path> configuration) implements Decision {
            public RunCommand {
                command = List.copyOf(command);
            }
        }
    }

    /** Connects to a socket. */
    @FunctionalInterface
    interface Dialer {
        SubmissionConnection dial(Path socket, Duration timeout) throws IOException;
    }

    /**
     * What main.cf says.
     *
     * @param messageSizeLimit bytes, 0: none
     */
    public record Settings(Path queueDirectory, long messageSizeLimit) {
        public Settings {
            Objects.requireNonNull(queueDirectory);
        }
    }

    /** Reads {@link Settings} from the folder of a main.cf. */
    @FunctionalInterface
    interface SettingsReader {
        /** @throws IOException with a text for the user where it cannot be read */
        Settings read(Path folder) throws IOException;
    }

    private final Dialer dialer;
    private final SettingsReader settingsReader;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final int uid;

    /** @param uid of this process */
    Sendmail(
            Dialer dialer,
            SettingsReader settingsReader,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Map<String, String> environment,
            int uid) {
        this.dialer = dialer;
        this.settingsReader = settingsReader;
        this.in = in;
        this.out = out;
        this.err = err;
        this.environment = Map.copyOf(environment);
        this.uid = uid;
    }

    /** Runs a command of the mail system in this process: {@code postqueue}, {@code postalias}, {@code newaliases}, {@code postfix}. */
    @FunctionalInterface
    public interface LocalCommands {
        /**
         * @param command its name and its arguments
         * @param environment with MAIL_CONFIG as it is to hold for the command
         * @return its exit status
         */
        int run(List<String> command, Map<String, String> environment);
    }

    /** The Java client as a program, with this process's streams and environment; the exit status. */
    public static int run(String invokedAs, List<String> arguments) {
        return run(invokedAs, arguments, System.in, System.out, System.err, System.getenv(), (command, environment) -> {
            System.err.println(invokedAs + ": fatal: " + String.join(" ", command)
                    + ": the mail system is down, or this command is not part of this version");
            return SysExits.UNAVAILABLE;
        });
    }

    /**
     * The Java client as a program.
     *
     * @param invokedAs {@code sendmail}, {@code mailq}, {@code newaliases}
     * @param arguments those of the command line; in front perhaps the C client's {@code --recadero-submission=} and
     *     {@code --recadero-ignore-config}
     * @param commands for what is left to be done in this process
     * @return the exit status
     */
    public static int run(
            String invokedAs,
            List<String> arguments,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Map<String, String> environment,
            LocalCommands commands) {
        int uid;
        try {
            uid = ownUid();
        } catch (IOException e) {
            err.println(invokedAs + ": fatal: cannot tell who is calling: " + e.getMessage());
            return SysExits.TEMPORARY_FAILURE;
        }
        Sendmail client = new Sendmail(UnixSockets::connect, Sendmail::mainCf, in, out, err, environment, uid);
        Decision decision;
        try {
            decision = client.decide(invokedAs, arguments);
        } catch (RuntimeException e) {
            // a bug must not look like anything but «not queued, try again»
            decision = client.fatal(invokedAs, "internal software error: " + e);
        }
        return switch (decision) {
            case Decision.Exit exit -> exit.status();
            case Decision.RunCommand command -> {
                Map<String, String> own = new HashMap<>(environment);
                command.configuration().ifPresent(folder -> own.put("MAIL_CONFIG", folder.toString()));
                yield commands.run(command.command(), Map.copyOf(own));
            }
        };
    }

    private static Settings mainCf(Path folder) throws IOException {
        try {
            Configuration configuration = Configurations.load(folder).configuration();
            return new Settings(
                    Path.of(configuration.get(Parameters.QUEUE_DIRECTORY)),
                    configuration.get(Parameters.MESSAGE_SIZE_LIMIT));
        } catch (ConfigurationException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Does all that can be done here. */
    Decision decide(String invokedAs, List<String> given) {
        List<String> args = new ArrayList<>(given);
        SubmissionId id = newId();
        if (!args.isEmpty() && args.getFirst().startsWith(SUBMISSION_OPTION)) {
            try {
                id = SubmissionId.parse(args.removeFirst().substring(SUBMISSION_OPTION.length()));
            } catch (IllegalArgumentException e) {
                return fatal(invokedAs, "bad submission id");
            }
        }
        boolean trusted = true;
        if (!args.isEmpty() && args.getFirst().equals(IGNORE_CONFIG_OPTION)) {
            args.removeFirst();
            trusted = false;
        }
        boolean isPostqueue = invokedAs.equals("postqueue");
        SendmailArguments parsed = SendmailArguments.parse(invokedAs, isPostqueue ? List.of() : args);
        Optional<String> named = isPostqueue ? QueueRequest.parse(args).folder() : parsed.configuration();
        Optional<Path> configuration = trusted ? configuration(named) : Optional.empty();
        Settings settings;
        try {
            settings = settingsReader.read(configuration.orElse(CONFIG_DIRECTORY));
        } catch (IOException e) {
            return fatal(invokedAs, String.valueOf(e.getMessage()));
        }
        DropFile.Submission submission = new DropFile.Submission(id, invokedAs, args, environment);
        return decide(submission, parsed, configuration, settings);
    }

    private Decision decide(
            DropFile.Submission submission, SendmailArguments parsed, Optional<Path> configuration, Settings settings) {
        Path folder = settings.queueDirectory().resolve("recadero");
        try (SubmissionClient client = new SubmissionClient(
                submission.id(), submission.invokedAs(), submission.arguments(), environment, in, out, err)) {
            SubmissionConnection connection = connect(folder);
            if (connection != null) {
                try (connection) {
                    if (!isServedByOurs(connection, folder)) {
                        return fatal(submission.invokedAs(), "the mail system's socket is served by a stranger");
                    }
                    switch (client.talk(connection)) {
                        case SubmissionClient.Answer.Exit exit -> {
                            return new Decision.Exit(exit.status());
                        }
                        case SubmissionClient.Answer.RunYourself command -> {
                            return new Decision.RunCommand(command.command(), configuration);
                        }
                        case SubmissionClient.Answer.InputTrouble trouble -> {
                            return fatal(
                                    submission.invokedAs(),
                                    "error reading input: " + trouble.cause().getMessage());
                        }
                        case SubmissionClient.Answer.Lost lost -> {}
                    }
                }
            }
            return withoutDaemon(submission, parsed, configuration, settings, client.inputAgain());
        } catch (IOException e) {
            return fatal(submission.invokedAs(), reason(e));
        }
    }

    private Decision withoutDaemon(
            DropFile.Submission submission,
            SendmailArguments parsed,
            Optional<Path> configuration,
            Settings settings,
            InputStream input) {
        if (submission.invokedAs().equals("postqueue")) {
            List<String> command = new ArrayList<>(List.of("postqueue"));
            command.addAll(submission.arguments());
            return new Decision.RunCommand(command, configuration);
        }
        parsed.diagnostics().forEach(err::println);
        return switch (parsed.request()) {
            case SendmailRequest.Submit submit -> drop(submission, submit, settings, input);
            case SendmailRequest.ListQueue list -> command(configuration, "postqueue", "-p");
            case SendmailRequest.Flush flush -> command(configuration, "postqueue", "-f");
            case SendmailRequest.FlushId flush -> command(configuration, "postqueue", "-i", flush.id());
            case SendmailRequest.FlushSite flush -> command(configuration, "postqueue", "-s", flush.site());
            case SendmailRequest.InitAliases init ->
                init.aliasDatabase().isPresent()
                        ? command(
                                configuration, "postalias", init.aliasDatabase().get())
                        : command(configuration, "newaliases");
            case SendmailRequest.StartDaemon start -> command(configuration, "postfix", "start");
            case SendmailRequest.StandAlone alone -> fatal(submission.invokedAs(), "the mail system is down");
            case SendmailRequest.Nothing nothing -> new Decision.Exit(SysExits.OK);
            case SendmailRequest.Fatal fatal -> fatal(submission.invokedAs(), fatal.text());
        };
    }

    private static Decision command(Optional<Path> configuration, String... words) {
        return new Decision.RunCommand(List.of(words), configuration);
    }

    /** The daemon is down: the message goes into the drop folder; exit status 0 only when it is on disk there (SAFETY 24). */
    private Decision drop(
            DropFile.Submission submission, SendmailRequest.Submit submit, Settings settings, InputStream input) {
        // the daemon parses addresses; who it is only stands in the text
        String sender = submit.sender().orElseGet(() -> System.getProperty("user.name", ""));
        String who = sender + "(" + Integer.toUnsignedString(uid) + ")";
        if (submit.recipients().isEmpty() && !submit.recipientsFromHeader()) {
            return fatal(
                    submission.invokedAs(),
                    who + ": Recipient addresses must be specified on the command line or via the -t option");
        }
        Path folder = settings.queueDirectory().resolve("recadero");
        Path drop = folder.resolve("drop");
        if (uid == 0) {
            drop = drop.resolve("root"); // SAFETY 25
        }
        try {
            DropFile.write(
                    drop,
                    submission,
                    submit.isOnlyAQuestion() ? InputStream.nullInputStream() : input,
                    new DropFile.Rules(
                            submit.dotEndsInput(), submit.recipients().isEmpty(), settings.messageSizeLimit()));
        } catch (DropFile.RefusedException e) {
            return fatal(submission.invokedAs(), who + ": " + e.getMessage());
        } catch (DropFile.InputException e) {
            return fatal(submission.invokedAs(), who + ": error reading input: " + e.getMessage());
        } catch (IOException e) {
            return fatal(
                    submission.invokedAs(),
                    who + ": the mail system is down and the message cannot be left in " + drop + ": " + reason(e));
        }
        submit.announcement(sender).ifPresent(out::print);
        knock(folder);
        return new Decision.Exit(SysExits.OK);
    }

    /** The daemon may have started meanwhile and looked into the folder too early: a word without words (SAFETY 23). */
    private void knock(Path folder) {
        SubmissionConnection connection = connect(folder);
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                // the message lies on disk, and the daemon looks there by itself
                return;
            }
        }
    }

    private @org.jspecify.annotations.Nullable SubmissionConnection connect(Path folder) {
        try {
            SubmissionConnection connection = dialer.dial(folder.resolve("submit"), CONNECT_LIMIT);
            connection.readTimeout(ANSWER_LIMIT);
            return connection;
        } catch (IOException e) {
            return null;
        }
    }

    /** SAFETY 19: root, the queue's owner, or oneself. */
    private boolean isServedByOurs(SubmissionConnection connection, Path folder) throws IOException {
        int server = connection.peerUid();
        return server == 0 || server == uid || server == (int) Files.getAttribute(folder, "unix:uid");
    }

    private Optional<Path> configuration(Optional<String> named) {
        return named.or(() -> Optional.ofNullable(environment.get("MAIL_CONFIG")))
                .filter(text -> !text.isEmpty())
                .map(Path::of)
                .map(Sendmail::folderOf);
    }

    /** {@code -C} takes main.cf or its folder. */
    private static Path folderOf(Path path) {
        if (!path.endsWith("main.cf")) {
            return path;
        }
        Path parent = path.getParent();
        return parent == null ? Path.of(".") : parent;
    }

    private Decision fatal(String invokedAs, String text) {
        err.println(invokedAs + ": fatal: " + OneLine.of(text));
        return new Decision.Exit(SysExits.TEMPORARY_FAILURE);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "No such file or directory";
            case AccessDeniedException denied -> "Permission denied";
            case FileSystemException other when other.getReason() != null -> String.valueOf(other.getReason());
            default -> String.valueOf(e.getMessage());
        };
    }

    private static SubmissionId newId() {
        SecureRandom random = new SecureRandom();
        return new SubmissionId(random.nextLong(), random.nextLong());
    }

    /** The effective uid of this process: the owner of its folder in /proc. */
    static int ownUid() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }
}
