package org.recadero.command;

import java.text.MessageFormat;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.stream.Stream;
import org.recadero.os.ErrnoException;

/**
 * The sentences that {@code recadero …} says to people, in English or Spanish: {@code words_en.properties} and {@code
 * words_es.properties} beside this class, as {@link MessageFormat} patterns. Commands with Postfix's names do not use them.
 *
 * <p>The language is what POSIX says (Base Definitions §8.2): the first of LC_ALL, LC_MESSAGES, LANG that is not empty. The
 * launcher, which needs a UTF-8 locale of its own, hands the user's on in {@code RECADERO_LANG}. Immutable; safe for all
 * threads.
 */
public final class Words {
    /** What the launcher found in the user's environment before it took a locale of its own; may be empty. */
    static final String FROM_LAUNCHER = "RECADERO_LANG";

    private static final String BUNDLE = "org.recadero.command.words";

    private final ResourceBundle bundle;

    private Words(Locale locale) {
        this.bundle = ResourceBundle.getBundle(BUNDLE, locale);
    }

    /** The language of a user with this environment. */
    public static Words of(Map<String, String> environment) {
        String fromLauncher = environment.get(FROM_LAUNCHER);
        String named = fromLauncher != null
                ? fromLauncher
                : Stream.of("LC_ALL", "LC_MESSAGES", "LANG")
                        .map(name -> environment.getOrDefault(name, ""))
                        .filter(value -> !value.isEmpty())
                        .findFirst()
                        .orElse("");
        String language = named.split("[_.@-]", 2)[0].toLowerCase(Locale.ROOT);
        return language.equals("es") ? new Words(Locale.of("es")) : english();
    }

    static Words english() {
        return new Words(Locale.ENGLISH);
    }

    /**
     * One sentence.
     *
     * @param key a line of the bundles
     * @param args for {@code {0}}, {@code {1}}…: numbers as text already; control characters in them are replaced; an {@link
     *     ErrnoException} becomes the system's words for it
     * @throws java.util.MissingResourceException where the bundles have no such line
     */
    public String text(String key, Object... args) {
        Object[] shown = Arrays.stream(args).map(this::shown).toArray();
        return new MessageFormat(bundle.getString(key), bundle.getLocale()).format(shown);
    }

    private String shown(Object arg) {
        if (arg instanceof ErrnoException e) {
            String key = "errno." + e.errno();
            return bundle.containsKey(key) ? bundle.getString(key) : e.text();
        }
        StringBuilder text = new StringBuilder();
        String.valueOf(arg).chars().forEach(c -> text.append(Character.isISOControl(c) ? '?' : (char) c));
        return text.toString();
    }
}
