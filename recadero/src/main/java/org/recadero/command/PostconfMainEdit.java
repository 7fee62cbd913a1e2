package org.recadero.command;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.ConfigurationException;
import org.recadero.config.ConfigurationFileWriter;
import org.recadero.config.MainCfEditor;
import org.recadero.config.NameValue;

/** {@code postconf -e}, {@code -X} and {@code -#} on main.cf. */
final class PostconfMainEdit {
    private final PostconfOptions options;
    private final PostconfOutput output;

    PostconfMainEdit(PostconfOptions options, PostconfOutput output) {
        this.options = options;
        this.output = output;
    }

    void run(Path file, ConfigurationFileWriter writer) throws ConfigurationException {
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String word : options.rest()) {
            checkText(word, "-e, -X, or -# accepts no ");
            if (options.has(Letter.EDIT)) {
                NameValue setting = nameValue(word);
                String before = wanted.put(setting.name(), setting.value());
                if (before != null) {
                    output.warning("ignoring earlier request: '" + setting.name() + " = " + before + "'");
                }
            } else {
                wanted.put(name(word), "");
            }
        }
        writer.edit(file, text -> {
            MainCfEditor.Edited edited = options.has(Letter.EDIT)
                    ? MainCfEditor.replace(text, wanted)
                    : options.has(Letter.EXCLUDE)
                            ? MainCfEditor.remove(text, wanted.keySet())
                            : MainCfEditor.commentOut(text, wanted.keySet());
            edited.twice().forEach(name -> output.warning(file + ": multiple entries for \"" + name + "\""));
            return edited.text();
        });
    }

    /** One line, and no comment. */
    static void checkText(String word, String refusal) throws ConfigurationException {
        if (word.indexOf('\n') >= 0) {
            throw new ConfigurationException(refusal + "multi-line input");
        }
        if (word.stripLeading().startsWith("#")) {
            throw new ConfigurationException(refusal + "comment input");
        }
    }

    static NameValue nameValue(String word) throws ConfigurationException {
        try {
            return NameValue.of(word);
        } catch (ConfigurationException e) {
            throw new ConfigurationException(e.getMessage() + ": \"" + word + "\"");
        }
    }

    private static String name(String word) throws ConfigurationException {
        if (word.indexOf('=') >= 0) {
            throw new ConfigurationException("-X or -# requires parameter names without value");
        }
        if (word.isBlank()) {
            throw new ConfigurationException("-X or -# requires non-blank parameter names");
        }
        return word;
    }
}
