package org.recadero.command;

import java.io.PrintStream;
import java.nio.file.Path;
import org.recadero.os.FileSystem;
import org.recadero.os.Identity;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.ProcessFacts;
import org.recadero.os.UserDatabase;

/**
 * {@code postfix set-permissions}: gives the folders below {@code $queue_directory/recadero} their owners and modes: of root's
 * instance for root, of a user's own for him.
 * Postfix's own folders and all configuration files stay as they are. Silent where all went well.
 */
public final class SetPermissions {
    private SetPermissions() {}

    /** Mends the folders; the exit status. */
    public static int run(Path folder, PrintStream err) {
        ProcessFacts process = new ProcessFacts();
        Identity self = new Identity(process.uids().effective(), process.gids().effective(), process.groups());
        return run(folder, err, new LinuxFileSystem(), new LibcUserDatabase(), self);
    }

    static int run(Path folder, PrintStream err, FileSystem files, UserDatabase users, Identity self) {
        try {
            Setup.read(folder, files, users, self).folders().repair(path -> {});
            return 0;
        } catch (Setup.FatalException e) {
            e.lines().forEach(err::println);
        } catch (SetupException e) {
            err.println("postfix: fatal: " + e.text());
        }
        return 1;
    }
}
