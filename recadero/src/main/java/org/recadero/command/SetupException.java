package org.recadero.command;

import java.util.List;

/** What is in the way of a folder or file that has to be there: a sentence of {@link Words}. */
final class SetupException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String key;
    private final transient List<Object> args;

    /**
     * @param key a line of the bundles
     * @param args as for {@link Words#text}
     */
    SetupException(String key, Object... args) {
        super(key);
        this.key = key;
        this.args = List.of(args);
    }

    String text(Words words) {
        return words.text(key, args.toArray());
    }

    /** The sentence in English, for commands with Postfix's names. */
    String text() {
        return text(Words.english());
    }
}
