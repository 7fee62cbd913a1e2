package org.recadero.command;

import java.util.Optional;

/** Ends a command with {@code NAME: fatal: message}, perhaps after a line of its own without «fatal». */
final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Optional<String> before;

    CommandException(String message) {
        super(message);
        this.before = Optional.empty();
    }

    CommandException(String message, String before) {
        super(message);
        this.before = Optional.of(before);
    }

    Optional<String> before() {
        return before;
    }

    /** The text; never {@code null}. */
    String text() {
        return String.valueOf(getMessage());
    }
}
