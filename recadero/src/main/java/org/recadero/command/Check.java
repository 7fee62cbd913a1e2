package org.recadero.command;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.recadero.bounce.Templates;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.daemon.Doubts;
import org.recadero.daemon.Logging;
import org.recadero.log.MailLog;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.ProcessFacts;
import org.recadero.os.UserDatabase;
import org.recadero.table.Tables;

/**
 * {@code postfix check}, which {@code postfix start} runs too: makes folders that are missing, warns of wrong owners and modes
 * and of password files that too many or too few can read; silent where all is well.
 *
 * <p>As with Postfix's postlog(1), warnings go to the log, and to standard error where that is a terminal or where nobody takes
 * log lines; a fatal line always goes to standard error. Postfix: postfix(1), {@code check}.
 */
public final class Check {
    private static final String SCRIPT = "postfix-script";
    private static final Path SYSLOG = Path.of("/dev/log");

    private Check() {}

    /**
     * Checks.
     *
     * @param arguments {@code start}: what main.cf's reader doubts is left to the daemon to say
     * @return the exit status: 0, also with warnings; 1 where the mail system cannot start
     */
    public static int run(List<String> arguments, Path folder, PrintStream err) {
        ProcessFacts process = new ProcessFacts();
        Identity self = new Identity(process.uids().effective(), process.gids().effective(), process.groups());
        FileSystem files = new LinuxFileSystem();
        UserDatabase users = new LibcUserDatabase();
        try {
            Setup setup = Setup.read(folder, files, users, self);
            String tag = setup.configuration().get(Parameters.SYSLOG_NAME);
            boolean logs = logs(setup.configuration().get(Parameters.MAILLOG_FILE));
            boolean shows = process.isTerminal(2) || !logs;
            MailLog log = new MailLog(Logging.sink(setup.configuration()), tag);
            check(setup, folder, files, self, warning -> {
                if (logs) {
                    log.warning(SCRIPT, warning);
                }
                if (shows) {
                    err.println(tag + "/" + SCRIPT + ": warning: " + warning);
                }
            });
            if (!arguments.contains("start")) {
                setup.warnings().forEach(warning -> err.println("postfix: warning: " + warning));
                doubts(setup.configuration(), new Tables(users, log, SCRIPT))
                        .forEach(warning -> err.println("postfix: warning: " + warning));
            }
            return 0;
        } catch (Setup.FatalException e) {
            e.lines().forEach(err::println);
        } catch (SetupException e) {
            err.println("postfix: fatal: " + e.text());
        } catch (ConfigurationException e) {
            err.println("postfix: fatal: " + e.getMessage());
        }
        return 1;
    }

    /** What the daemon says at its start too. */
    static List<String> doubts(Snapshot configuration, Tables tables) throws ConfigurationException {
        List<String> all = new ArrayList<>(Doubts.of(configuration, tables));
        all.addAll(Templates.of(configuration).warnings());
        return all;
    }

    /** Whether a log line comes to somebody. A file that root made here would be one that the daemon cannot write. */
    private static boolean logs(String maillogFile) {
        return Files.exists(maillogFile.isEmpty() ? SYSLOG : Path.of(maillogFile));
    }

    /** Makes what is missing, and says what is wrong, without {@code warning: } in front. */
    static void check(Setup setup, Path folder, FileSystem files, Identity self, Consumer<String> warnings)
            throws SetupException {
        setup.folders().make(new QueueFolders.Report() {
            @Override
            public void made(Path path) {}

            @Override
            public void leftAlone(Path path, List<String> faults) {}
        });
        List<String> all = new ArrayList<>(setup.folders().faults());
        all.addAll(new ConfigurationFolder(files, folder, self.uid()).faults());
        all.addAll(new PasswordFiles(files, setup.owner()).faults(setup.configuration()));
        all.forEach(warnings);
    }
}
