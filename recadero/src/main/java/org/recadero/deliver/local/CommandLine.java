package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.List;

/** What is executed for a command as somebody wrote it. Postfix: exec_command(3). */
final class CommandLine {
    private static final String PLAIN = "!@%-_=+:,./";

    private CommandLine() {}

    /**
     * Words, or the shell and the whole text where a character stands in it that the shell could mean. Words whose first is no
     * program are left to the shell by {@code recadero-exec}: {@code exit 75} is the shell's own.
     *
     * @param shell {@code local_command_shell}, words; empty: {@code /bin/sh -c} where it is needed
     * @return empty for a blank command
     */
    static List<String> of(String command, String shell) {
        if (!shell.isBlank()) {
            List<String> arguments = new ArrayList<>(words(shell));
            arguments.add(command);
            return arguments;
        }
        if (isPlain(command)) {
            return words(command);
        }
        return List.of("/bin/sh", "-c", command);
    }

    private static boolean isPlain(String command) {
        for (int i = 0; i < command.length(); i++) {
            char c = command.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == ' '
                    || c == '\t'
                    || PLAIN.indexOf(c) >= 0;
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private static List<String> words(String text) {
        String bare = text.strip();
        return bare.isEmpty() ? List.of() : List.of(bare.split("[ \t]+", -1));
    }
}
