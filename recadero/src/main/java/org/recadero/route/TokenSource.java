package org.recadero.route;

import java.util.List;
import java.util.Optional;

/**
 * Whence the OAuth token of an account comes: {@code file:/path}, {@code command:/path arguments} or {@code
 * command:USER:/path arguments}. No shell reads it: blanks part the arguments, and there are no quotes.
 */
public sealed interface TokenSource {
    /** Most arguments of a command. */
    int MOST_WORDS = 100;

    /** @param path absolute; the token is the file's first line */
    record InFile(String path) implements TokenSource {
        @Override
        public String toString() {
            return "file " + path;
        }
    }

    /**
     * A program that prints the token.
     *
     * @param user whose rights it has
     * @param words the program's absolute path, and its arguments
     */
    record OfCommand(String user, List<String> words) implements TokenSource {
        public OfCommand {
            words = List.copyOf(words);
        }

        @Override
        public String toString() {
            return "command " + words.getFirst() + " as " + user;
        }
    }

    /**
     * Reads one; empty where it is none.
     *
     * @param defaultUser for a command that names no user
     */
    static Optional<TokenSource> parse(String text, String defaultUser) {
        if (text.startsWith("file:")) {
            String path = text.substring("file:".length());
            return isPath(path) ? Optional.of(new InFile(path)) : Optional.empty();
        }
        if (!text.startsWith("command:")) {
            return Optional.empty();
        }
        String rest = text.substring("command:".length());
        String user = defaultUser;
        if (!rest.startsWith("/")) {
            int colon = rest.indexOf(':');
            if (colon <= 0) {
                return Optional.empty();
            }
            user = rest.substring(0, colon);
            rest = rest.substring(colon + 1);
        }
        List<String> words = List.of(rest.strip().split("[ \\t]+", MOST_WORDS + 1));
        return isPath(words.getFirst()) && words.size() <= MOST_WORDS && rest.indexOf('\0') < 0
                ? Optional.of(new OfCommand(user, words))
                : Optional.empty();
    }

    private static boolean isPath(String text) {
        return text.length() > 1 && text.startsWith("/") && text.indexOf('\0') < 0;
    }
}
