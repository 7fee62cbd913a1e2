package org.recadero.os;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Runs users' commands: with the user's ids for good, without any capability or foreign descriptor, and ended with all that
 * they started when their time is over (SAFETY 1, 4). Postfix: pipe_command(3).
 */
public interface Commands {
    /** Most characters of all arguments and variables together. */
    int MOST_CHARS = 256 << 10;

    /**
     * What shall run.
     *
     * @param identity never uid 0
     * @param arguments at least one; a first one without a slash is looked for in the environment's PATH
     * @param environment all of it
     * @param folder where it runs
     * @param folderAsUser the folder is entered with the user's rights
     * @param shellKnows where there is no program of that name {@code /bin/sh -c} gets all arguments in one line
     * @param limit after it everything that was started is ended
     * @param outputBytes so much of what it prints is kept, at most 1 MiB
     * @param fileBytes no file that it writes grows over this; 0: no limit
     */
    record Command(
            Identity identity,
            List<String> arguments,
            Map<String, String> environment,
            String folder,
            boolean folderAsUser,
            boolean shellKnows,
            Duration limit,
            int outputBytes,
            long fileBytes) {
        public Command {
            Objects.requireNonNull(identity);
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(new LinkedHashMap<>(environment));
            Objects.requireNonNull(folder);
            Objects.requireNonNull(limit);
            if (arguments.isEmpty()) {
                throw new IllegalArgumentException("no command");
            }
            if (outputBytes < 0 || outputBytes > 1 << 20) {
                throw new IllegalArgumentException("output of " + outputBytes + " bytes");
            }
        }
    }

    /** The command's standard input. */
    @FunctionalInterface
    interface Input {
        /**
         * Writes all of it. It runs on a platform thread of its own.
         *
         * @param out fails, silently for the writer, where the command reads no more
         * @throws IOException where the input itself cannot be read: then the command is ended at once
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /** How it ended. {@code output} is what it printed, to standard output and error, bytes as ISO 8859-1. */
    sealed interface End {
        /** Whether it read all of its input is nobody's concern. */
        record Exited(int status, String output) implements End {}

        record Killed(int signal, String output) implements End {}

        /** Its time was over, and all that it started has been ended. */
        record TimedOut(String output) implements End {}

        /** There is no such program, or the user may not run it. */
        record NotRun(String why) implements End {}

        /** The machine's fault, or the mail system stops: it did not run, or not to its end. */
        record Failed(String why) implements End {}
    }

    /** Runs it and waits, at most {@link Command#limit} and a little; nothing is thrown for what a command can do. */
    End run(Command command, Input input);
}
