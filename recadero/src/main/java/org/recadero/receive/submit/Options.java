package org.recadero.receive.submit;

import java.util.List;
import java.util.Optional;

/**
 * The options of a command line, one after the other, as getopt(3) reads them: clustered, a value joined or in the next word. They end
 * at the first word that is none or behind {@code --}.
 */
public final class Options {
    /** What {@link #next} gives for a letter that is no option. */
    public static final char UNKNOWN = '?';

    /** What {@link #next} gives for an option whose value is missing. */
    public static final char NO_VALUE = ':';

    /** What {@link #next} gives at the end. */
    public static final char END = 0;

    private final String known;
    private final List<String> arguments;
    private int index;
    private int inWord;
    private String value = "";
    private char letter;

    /** @param known getopt's option string: letters, a colon behind each that takes a value */
    public Options(String known, List<String> arguments) {
        this.known = known;
        this.arguments = arguments;
    }

    /** The word at which the next option begins, where it is not inside a cluster; empty at the end. */
    Optional<String> word() {
        return inWord == 0 && index < arguments.size() ? Optional.of(arguments.get(index)) : Optional.empty();
    }

    /** The word that follows {@link #word}. */
    Optional<String> wordAfter() {
        return index + 1 < arguments.size() ? Optional.of(arguments.get(index + 1)) : Optional.empty();
    }

    void skipWord() {
        index++;
    }

    /** Reads the next option: its letter, or one of the constants above. */
    public char next() {
        if (inWord == 0) {
            if (index >= arguments.size()) {
                return END;
            }
            String word = arguments.get(index);
            if (word.equals("--")) {
                index++;
                return END;
            }
            if (word.length() < 2 || word.charAt(0) != '-') {
                return END;
            }
            inWord = 1;
        }
        String word = arguments.get(index);
        letter = word.charAt(inWord++);
        int at = letter == ':' ? -1 : known.indexOf(letter);
        boolean takesValue = at >= 0 && at + 1 < known.length() && known.charAt(at + 1) == ':';
        if (!takesValue) {
            if (inWord >= word.length()) {
                index++;
                inWord = 0;
            }
            return at < 0 ? UNKNOWN : letter;
        }
        index++;
        if (inWord < word.length()) {
            value = word.substring(inWord);
        } else if (index < arguments.size()) {
            value = arguments.get(index++);
        } else {
            inWord = 0;
            return NO_VALUE;
        }
        inWord = 0;
        return letter;
    }

    /** Of the option just read. */
    public String value() {
        return value;
    }

    /** getopt's words about what {@link #next} did not take. */
    public String complaint(char answer) {
        return (answer == NO_VALUE ? "option requires an argument -- '" : "invalid option -- '") + letter + "'";
    }

    /** What follows the options; after {@link #END}. */
    public List<String> operands() {
        return List.copyOf(arguments.subList(Math.min(index, arguments.size()), arguments.size()));
    }
}
