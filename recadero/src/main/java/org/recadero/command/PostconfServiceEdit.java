package org.recadero.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.ConfigurationException;
import org.recadero.config.ConfigurationFileWriter;
import org.recadero.config.MasterCf;
import org.recadero.config.MasterCfEditor;
import org.recadero.config.MasterCfLine;
import org.recadero.config.NameValue;
import org.recadero.config.SourceLine;

/** {@code postconf -M}, {@code -F} and {@code -P} with {@code -e}, {@code -X} or {@code -#}: edits master.cf. */
final class PostconfServiceEdit {
    private record Request(PostconfPattern pattern, String value) {}

    private final PostconfOptions options;
    private final PostconfOutput output;

    PostconfServiceEdit(PostconfOptions options, PostconfOutput output) {
        this.options = options;
        this.output = output;
    }

    void run(Path file, ConfigurationFileWriter writer) throws ConfigurationException {
        List<Request> requests = new ArrayList<>();
        for (String word : options.rest()) {
            requests.add(request(word));
        }
        writer.edit(file, text -> {
            String edited = text;
            for (Request request : requests) {
                edited = options.has(Letter.SERVICES) ? lines(file, edited, request) : changed(file, edited, request);
            }
            return edited;
        });
    }

    private Request request(String word) throws ConfigurationException {
        PostconfMainEdit.checkText(word, "-Me, -Fe, -Pe, -X, or -# accept no ");
        if (!options.has(Letter.EDIT)) {
            return new Request(PostconfPattern.toEdit(word, word, options), "");
        }
        NameValue setting = PostconfMainEdit.nameValue(word);
        PostconfPattern pattern = PostconfPattern.toEdit(word, setting.name(), options);
        if (options.has(Letter.SERVICE_PARAMETERS) && setting.value().chars().anyMatch(Character::isWhitespace)) {
            throw new ConfigurationException("-Pe does not accept whitespace in parameter value");
        }
        return new Request(pattern, setting.value());
    }

    private String lines(Path file, String text, Request request) throws ConfigurationException {
        PostconfPattern pattern = request.pattern();
        if (options.has(Letter.EXCLUDE)) {
            return MasterCfEditor.remove(text, pattern::matchesLabel);
        }
        if (options.has(Letter.COMMENT_OUT)) {
            return MasterCfEditor.commentOut(text, pattern::matchesLabel);
        }
        MasterCf.Entry entry = MasterCfLine.read(request.value(), new SourceLine(file, 0))
                .orElseThrow(() -> new ConfigurationException("bad field count: \"" + pattern.text() + "\""));
        return MasterCfEditor.replace(text, pattern::matchesLabel, entry);
    }

    private String changed(Path file, String text, Request request) throws ConfigurationException {
        PostconfPattern pattern = request.pattern();
        List<MasterCf.Entry> services = MasterCf.ofText(file, text).entries();
        if (services.stream().noneMatch(pattern::matches)) {
            output.warning("unmatched service_name/type: \"" + pattern.text() + "\"");
            return text;
        }
        return MasterCfEditor.change(
                text,
                services,
                pattern::matches,
                service -> options.has(Letter.FIELDS) ? field(service, request) : parameter(service, request));
    }

    private static MasterCf.Entry field(MasterCf.Entry service, Request request) throws ConfigurationException {
        MasterCf.Entry changed = service;
        for (MasterCf.Column column : MasterCf.Column.values()) {
            if (request.pattern().matchesPart(column.word())) {
                changed = MasterCfLine.with(changed, column, request.value());
            }
        }
        return changed;
    }

    private MasterCf.Entry parameter(MasterCf.Entry service, Request request) {
        String name = Objects.requireNonNull(request.pattern().part());
        String setting = name + "=" + request.value();
        List<String> arguments = new ArrayList<>();
        boolean found = false;
        boolean leading = true;
        int endOfOptions = 0;
        List<String> old = service.arguments();
        for (int i = 0; i < old.size(); i++) {
            leading = leading && old.get(i).startsWith("-") && !old.get(i).equals("-");
            boolean pair = leading && old.get(i).equals("-o") && i + 1 < old.size();
            if (pair && old.get(i + 1).startsWith(name + "=")) {
                found = true;
                i++;
                if (options.has(Letter.EDIT)) {
                    arguments.addAll(List.of("-o", setting));
                }
            } else {
                arguments.add(old.get(i));
                if (pair) {
                    arguments.add(old.get(++i));
                }
            }
            endOfOptions = leading ? arguments.size() : endOfOptions;
        }
        if (!found && options.has(Letter.EDIT)) {
            arguments.addAll(endOfOptions, List.of("-o", setting));
        }
        return MasterCfLine.with(service, arguments);
    }
}
