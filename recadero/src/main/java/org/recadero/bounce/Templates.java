package org.recadero.bounce;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;

/**
 * The wording of all reports: built in, and what {@code bounce_template_file} has instead. A template that cannot be used is
 * left out with a warning, and the built-in one serves. Postfix: bounce(5). Immutable.
 */
public final class Templates {
    /** Bound for the file. */
    static final int MAX_BYTES = 1 << 20;

    private static final String ASCII = "us-ascii";
    private static final Templates BUILT_IN = builtIn();

    private final Map<Template.Kind, Template> all;
    private final List<String> warnings;

    private Templates(Map<Template.Kind, Template> all, List<String> warnings) {
        this.all = Map.copyOf(all);
        this.warnings = List.copyOf(warnings);
    }

    private static Templates builtIn() {
        try (InputStream in = Objects.requireNonNull(Templates.class.getResourceAsStream("templates.cf"))) {
            return new Parser("templates.cf", Map.of())
                    .parse(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Those of a configuration; never fails: what cannot be read is a warning. */
    public static Templates of(Configuration configuration) {
        String file = configuration.get(Parameters.BOUNCE_TEMPLATE_FILE);
        Templates read;
        try {
            read = file.isEmpty() ? BUILT_IN : read(Path.of(file));
        } catch (ConfigurationException e) {
            // DIFFERS: Postfix sends no report until the file is mended
            return new Templates(BUILT_IN.all, List.of(e.getMessage() + " -- using the built-in templates"));
        }
        List<String> warnings = new ArrayList<>(read.warnings);
        Map<Template.Kind, Template> usable = new EnumMap<>(read.all);
        read.all.forEach((kind, template) -> {
            try {
                var _ = template.expanded(configuration);
            } catch (ConfigurationException e) {
                warnings.add(file + ": " + e.getMessage() + " -- ignoring this template");
                usable.put(kind, BUILT_IN.get(kind));
            }
        });
        return new Templates(usable, warnings);
    }

    /**
     * Reads a file.
     *
     * @throws ConfigurationException where it cannot be read or has no syntax, in Postfix's words
     */
    public static Templates read(Path file) throws ConfigurationException {
        String text;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new ConfigurationException(file + ": more than " + MAX_BYTES + " bytes");
            }
            text = new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("open " + file + ": No such file or directory");
        } catch (AccessDeniedException e) {
            throw new ConfigurationException("open " + file + ": Permission denied");
        } catch (IOException e) {
            throw new ConfigurationException("read " + file + ": " + e.getMessage());
        }
        return new Parser(file.toString(), BUILT_IN.all).parse(text);
    }

    /** Without any file. */
    public static Templates standard() {
        return BUILT_IN;
    }

    Template get(Template.Kind kind) {
        return Objects.requireNonNull(all.get(kind));
    }

    /** What was wrong, for the administrator. */
    public List<String> warnings() {
        return warnings;
    }

    /** {@code postconf -t}: as a file that this class reads. */
    public String dump() {
        List<String> texts = new ArrayList<>();
        for (Template.Kind kind : Template.Kind.values()) {
            Template template = get(kind);
            texts.add(kind.word() + "_template = <<EOF\nCharset: " + template.charset() + "\nFrom: " + template.from()
                    + "\nSubject: " + template.subject() + "\n"
                    + template.postmasterSubject()
                            .map(s -> "Postmaster-Subject: " + s + "\n")
                            .orElse("")
                    + "\n" + template.text() + "EOF\n");
        }
        return String.join("\n", texts);
    }

    /**
     * {@code postconf -b}: the texts as a reader would see them.
     *
     * @throws ConfigurationException where one names what nobody knows
     */
    public String preview(Configuration configuration) throws ConfigurationException {
        List<String> texts = new ArrayList<>();
        for (Template.Kind kind : Template.Kind.values()) {
            texts.add("expanded_" + kind.word() + "_text = <<EOF\n" + get(kind).expanded(configuration) + "EOF\n");
        }
        return String.join("\n", texts);
    }

    /** Reads one file; used once. */
    private static final class Parser {
        private final String file;
        private final Map<Template.Kind, Template> found;
        private final Map<Template.Kind, Template> defaults;
        private final List<String> warnings = new ArrayList<>();

        Parser(String file, Map<Template.Kind, Template> defaults) {
            this.file = file;
            this.defaults = defaults;
            this.found = new EnumMap<>(Template.Kind.class);
            this.found.putAll(defaults);
        }

        Templates parse(String text) throws ConfigurationException {
            List<String> lines = text.lines().toList();
            int at = 0;
            while (at < lines.size()) {
                String line = lines.get(at);
                int number = at + 1;
                at++;
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                int equals = line.indexOf('=');
                if (equals < 0) {
                    throw new ConfigurationException(
                            file + ", line " + number + ": missing '=' after attribute name: \"" + line + "\"");
                }
                String name = line.substring(0, equals).strip();
                String value = line.substring(equals + 1).strip();
                List<String> body = new ArrayList<>();
                if (value.startsWith("<<")) {
                    String end = value.substring(2).strip();
                    if (end.isEmpty()) {
                        throw new ConfigurationException(file + ", line " + number + ": missing end marker after <<");
                    }
                    while (at < lines.size() && !lines.get(at).equals(end)) {
                        body.add(lines.get(at));
                        at++;
                    }
                    if (at == lines.size()) {
                        warnings.add(file + ", line " + number + ": no line \"" + end + "\" ends this text");
                    }
                    at++;
                } else {
                    body.add(value);
                }
                define(name, body);
            }
            return new Templates(found, warnings);
        }

        private void define(String name, List<String> lines) {
            for (Template.Kind kind : Template.Kind.values()) {
                if (name.equals(kind.word() + "_template")) {
                    template(kind, lines).ifPresent(t -> found.put(kind, t));
                    return;
                }
            }
            warnings.add(file + ": unknown name \"" + name + "\" -- ignored");
        }

        private Optional<Template> template(Template.Kind kind, List<String> lines) {
            Map<String, String> header = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            int at = 0;
            String last = "";
            while (at < lines.size() && !lines.get(at).isEmpty()) {
                String line = lines.get(at);
                if (!last.isEmpty() && (line.startsWith(" ") || line.startsWith("\t"))) {
                    header.merge(last, " " + line.strip(), String::concat);
                } else if (line.matches("[!-9;-~]+[ \t]*:.*")) {
                    last = line.substring(0, line.indexOf(':')).strip();
                    header.put(last, line.substring(line.indexOf(':') + 1).strip());
                } else {
                    break;
                }
                at++;
            }
            for (Map.Entry<String, String> field : header.entrySet()) {
                if (!List.of("charset", "from", "subject", "postmaster-subject")
                        .contains(field.getKey().toLowerCase(Locale.ROOT))) {
                    return ignored("unknown \"" + field.getKey() + "\" header label in " + kind.word() + " template");
                }
                if (!isAscii(field.getValue())) {
                    return ignored("non-ASCII \"" + field.getKey() + "\" header value in " + kind.word() + " template");
                }
            }
            if (at < lines.size() && lines.get(at).isEmpty()) {
                at++;
            }
            StringBuilder raw = new StringBuilder();
            lines.subList(at, lines.size()).forEach(l -> raw.append(l).append('\n'));
            String charset = header.getOrDefault("charset", ASCII);
            Optional<String> text = decoded(raw.toString(), charset);
            if (text.isEmpty()) {
                return ignored(
                        charset.equalsIgnoreCase(ASCII)
                                ? "8-bit message text in " + kind.word()
                                        + " template; please specify a charset value other than us-ascii"
                                : "the text of the " + kind.word() + " template is not in its charset \"" + charset
                                        + "\"");
            }
            Template otherwise = defaults.get(kind);
            return Optional.of(new Template(
                    kind,
                    charset,
                    header.getOrDefault("from", otherwise == null ? "" : otherwise.from()),
                    header.getOrDefault("subject", otherwise == null ? "" : otherwise.subject()),
                    Optional.ofNullable(header.get("postmaster-subject"))
                            .or(() -> otherwise == null ? Optional.empty() : otherwise.postmasterSubject()),
                    text.get()));
        }

        private Optional<Template> ignored(String why) {
            warnings.add(file + ": " + why + " -- ignoring this template");
            return Optional.empty();
        }

        private static boolean isAscii(String text) {
            return text.chars().allMatch(c -> c < 0x80);
        }

        private static Optional<String> decoded(String octets, String charset) {
            try {
                return Optional.of(Charset.forName(charset)
                        .newDecoder()
                        .decode(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)))
                        .toString());
            } catch (CharacterCodingException | IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }
}
