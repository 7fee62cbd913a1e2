package org.recadero.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;
import org.recadero.config.MasterCfLine;
import org.recadero.config.RawConfiguration;

/** {@code postconf -M}, {@code -F} and {@code -P}: master.cf's services, their columns, their own parameters. */
final class PostconfServices {
    private final PostconfOptions options;
    private final PostconfOutput output;

    PostconfServices(PostconfOptions options, PostconfOutput output) {
        this.options = options;
        this.output = output;
    }

    void show(List<MasterCf.Entry> services, RawConfiguration configuration) throws ConfigurationException {
        List<PostconfPattern> patterns = new ArrayList<>();
        for (String word : options.rest()) {
            patterns.add(PostconfPattern.toShow(word, options));
        }
        if (patterns.isEmpty()) {
            patterns.add(PostconfPattern.EVERYTHING);
        }
        for (PostconfPattern pattern : patterns) {
            boolean found = false;
            for (MasterCf.Entry service : services) {
                if (pattern.matches(service)) {
                    found |= show(service, pattern, configuration);
                }
            }
            if (!found && !pattern.equals(PostconfPattern.EVERYTHING)) {
                output.warning("unmatched request: \"" + pattern.text() + "\"");
            }
        }
    }

    private boolean show(MasterCf.Entry service, PostconfPattern pattern, RawConfiguration configuration)
            throws ConfigurationException {
        boolean found = false;
        if (options.has(Letter.SERVICES)) {
            output.line(MasterCfLine.print(expanded(service, configuration), options.has(Letter.FOLD)));
            found = true;
        } else if (options.has(Letter.FIELDS)) {
            MasterCf.Entry shown = expanded(service, configuration);
            for (MasterCf.Column column : MasterCf.Column.values()) {
                if (pattern.matchesPart(column.word())) {
                    output.parameter(options, service.label() + "/" + column.word(), shown.column(column));
                    found = true;
                }
            }
        } else {
            for (Map.Entry<String, String> own : new TreeMap<>(service.overrides()).entrySet()) {
                if (pattern.matchesPart(own.getKey())) {
                    output.parameter(
                            options,
                            service.label() + "/" + own.getKey(),
                            options.has(Letter.EXPAND)
                                    ? expand(own.getValue(), service, configuration)
                                    : own.getValue());
                    found = true;
                }
            }
        }
        return found;
    }

    private MasterCf.Entry expanded(MasterCf.Entry service, RawConfiguration configuration)
            throws ConfigurationException {
        if (!options.has(Letter.EXPAND)) {
            return service;
        }
        List<String> arguments = new ArrayList<>(service.arguments());
        for (int i = 0; i + 1 < arguments.size() && arguments.get(i).startsWith("-"); i++) {
            if (arguments.get(i).equals("-o")) {
                String setting = arguments.get(++i);
                int equals = setting.indexOf('=');
                arguments.set(
                        i,
                        setting.substring(0, equals + 1)
                                + expand(setting.substring(equals + 1), service, configuration));
            }
        }
        return MasterCfLine.with(service, arguments);
    }

    private String expand(String value, MasterCf.Entry service, RawConfiguration configuration)
            throws ConfigurationException {
        Map<String, String> over = new HashMap<>();
        over.put("service_name", service.service());
        over.put("process_name", service.command());
        over.putAll(service.overrides());
        return PostconfMain.expand(output, configuration, value, over);
    }
}
