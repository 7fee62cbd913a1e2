package org.recadero.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;

/**
 * What {@code postfix check} and {@code postfix set-permissions} both need: a configuration that can be used, by somebody who
 * may.
 *
 * @param queue {@code queue_directory}
 */
record Setup(Snapshot configuration, List<String> warnings, MailOwner owner, Path queue, QueueFolders folders) {
    /** The commands end with these lines, Postfix's where Postfix has one. */
    static final class FatalException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient List<String> lines;

        FatalException(String... lines) {
            super(lines[lines.length - 1]);
            this.lines = List.of(lines);
        }

        List<String> lines() {
            return lines;
        }
    }

    Setup {
        warnings = List.copyOf(warnings);
    }

    /** Reads main.cf and master.cf in a folder. */
    static Setup read(Path folder, FileSystem files, UserDatabase users, Identity self) throws FatalException {
        try {
            Configurations.Loaded loaded = Configurations.load(folder);
            Snapshot configuration = loaded.configuration();
            Path master = folder.resolve("master.cf");
            if (!Files.exists(master)) {
                throw new FatalException("postfix/postfix-script: fatal: no " + master + " file found");
            }
            MasterCf.read(master);
            MailOwner owner = owner(folder, configuration, users, self);
            Path queue = Path.of(configuration.get(Parameters.QUEUE_DIRECTORY));
            Optional<Path> tooLong = QueueFolders.tooLongSocket(queue);
            if (tooLong.isPresent()) {
                throw new FatalException("postfix: fatal: "
                        + Words.english().text("socket-path", tooLong.get(), "" + QueueFolders.MOST_SOCKET_BYTES));
            }
            if (!Files.isDirectory(queue)) {
                // as Postfix: a queue on a disk that is not mounted is not begun anew
                throw new FatalException("postfix: fatal: chdir(" + queue + "): "
                        + (Files.exists(queue) ? "Not a directory" : "No such file or directory"));
            }
            QueueFolders folders = new QueueFolders(files, queue, owner, self.uid());
            return new Setup(configuration, loaded.warnings(), owner, queue, folders);
        } catch (ConfigurationException | UserDatabaseException e) {
            throw new FatalException("postfix: fatal: " + e.getMessage());
        }
    }

    private static MailOwner owner(Path folder, Snapshot configuration, UserDatabase users, Identity self)
            throws FatalException, UserDatabaseException {
        String name = configuration.get(Parameters.MAIL_OWNER);
        String fatal = "postfix: fatal: file " + folder.resolve("main.cf") + ": parameter mail_owner: ";
        Optional<MailOwner> owner = MailOwner.of(name, users, self);
        if (owner.isEmpty()) {
            throw new FatalException(
                    "postfix: warning: «recadero init» makes the user " + name + " where it is missing",
                    fatal + "unknown user name value: " + name);
        }
        if (owner.get().uid() == 0) {
            throw new FatalException(fatal + "user " + name + " has privileged user ID");
        }
        if (self.uid() != 0 && self.uid() != owner.get().uid()) {
            throw new FatalException(
                    "postfix: error: to submit mail, use the Postfix sendmail command",
                    "postfix: fatal: the postfix command is reserved for the superuser");
        }
        return owner.get();
    }
}
