package org.recadero.command;

import java.util.Arrays;
import java.util.List;
import org.recadero.command.PostconfOptions.Letter;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;

/**
 * {@code service[/type[/part]]}; {@code *} is any. Postfix: postconf(1).
 *
 * @param text as the user wrote it
 */
record PostconfPattern(String text, String service, String type, String part) {
    private static final String ANY = "*";
    static final PostconfPattern EVERYTHING = new PostconfPattern("", ANY, ANY, ANY);

    /** What is to be shown: parts at the end may be missing. */
    static PostconfPattern toShow(String text, PostconfOptions options) throws ConfigurationException {
        List<String> parts = parts(text);
        if (options.has(Letter.SERVICES) && parts.size() > 2) {
            throw new ConfigurationException("-M option requires service_name[/type]");
        }
        if (parts.size() > 3) {
            throw new ConfigurationException(
                    options.has(Letter.FIELDS)
                            ? "-F option requires service_name[/type[/field]]"
                            : "-P option requires service_name[/type[/parameter]]");
        }
        PostconfPattern pattern = of(text, parts);
        if (options.has(Letter.FIELDS)) {
            pattern.checkColumn();
        }
        return pattern;
    }

    /** What is to be edited: all parts stand there. */
    static PostconfPattern toEdit(String text, String name, PostconfOptions options) throws ConfigurationException {
        List<String> parts = parts(name);
        if (options.has(Letter.SERVICES)) {
            if (parts.size() != 2) {
                throw new ConfigurationException("-Me, -MX or -M# requires service_name/type");
            }
        } else if (parts.size() != 3) {
            throw new ConfigurationException(
                    options.has(Letter.FIELDS)
                            ? "-Fe or -FX requires service_name/type/field_name"
                            : "-Pe or -PX requires service_name/type/parameter");
        }
        PostconfPattern pattern = of(text, parts);
        if (options.has(Letter.FIELDS)) {
            pattern.checkColumn();
        }
        return pattern;
    }

    private static List<String> parts(String text) {
        return Arrays.stream(text.split("/", -1)).filter(p -> !p.isEmpty()).toList();
    }

    private static PostconfPattern of(String text, List<String> parts) {
        return new PostconfPattern(
                text,
                parts.isEmpty() ? "" : parts.getFirst(),
                parts.size() > 1 ? parts.get(1) : ANY,
                parts.size() > 2 ? parts.get(2) : ANY);
    }

    private void checkColumn() throws ConfigurationException {
        if (!part.equals(ANY)
                && Arrays.stream(MasterCf.Column.values())
                        .noneMatch(c -> c.word().equals(part))) {
            throw new ConfigurationException("invalid service attribute name: \"" + part + "\"");
        }
    }

    boolean matches(MasterCf.Entry entry) {
        return matches(service, entry.service()) && matches(type, entry.type().word());
    }

    /** Whether a {@code service/type} fits. */
    boolean matchesLabel(String label) {
        int slash = label.lastIndexOf('/');
        return matches(service, label.substring(0, slash)) && matches(type, label.substring(slash + 1));
    }

    boolean matchesPart(String name) {
        return matches(part, name);
    }

    private static boolean matches(String pattern, String text) {
        return pattern.equals(ANY) || pattern.equals(text);
    }
}
