package org.recadero.bounce;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Expansion;
import org.recadero.config.Parameters;

/**
 * The wording of one kind of report. Postfix: bounce(5). Immutable.
 *
 * @param charset as the file has it; what leaves is always UTF-8
 * @param from of the report; {@code MAILER-DAEMON} gets the domain of this site
 * @param postmasterSubject of a postmaster's copy, where there are any of this kind
 * @param text lines, ended by LF, with {@code $name} not yet replaced
 */
record Template(
        Kind kind, String charset, String from, String subject, Optional<String> postmasterSubject, String text) {
    enum Kind {
        FAILURE,
        DELAY,
        SUCCESS,
        VERIFY;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Suffixes that say in which unit a time is wanted. */
    private enum Unit {
        SECONDS(1),
        MINUTES(60),
        HOURS(3_600),
        DAYS(86_400),
        WEEKS(604_800);

        private final long seconds;

        Unit(long seconds) {
            this.seconds = seconds;
        }
    }

    Template {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(charset);
        Objects.requireNonNull(from);
        Objects.requireNonNull(subject);
        Objects.requireNonNull(postmasterSubject);
        Objects.requireNonNull(text);
    }

    /**
     * The text for a reader.
     *
     * @throws ConfigurationException where it names what nobody knows; in Postfix's words, without the file
     */
    String expanded(Configuration configuration) throws ConfigurationException {
        List<String> unknown = new ArrayList<>();
        Expansion.names(text, name -> {
            if (value(name, configuration).isEmpty()) {
                unknown.add(name);
            }
        });
        if (!unknown.isEmpty()) {
            throw new ConfigurationException(
                    "undefined $name in " + kind.word() + " template: $" + String.join(" $", unknown));
        }
        return new Expansion(name -> value(name, configuration).orElse(null)).expand(text);
    }

    private static Optional<String> value(String name, Configuration configuration) {
        return time(name, "delay_warning_time_", configuration.get(Parameters.DELAY_WARNING_TIME))
                .or(() -> time(name, "maximal_queue_lifetime_", configuration.get(Parameters.MAXIMAL_QUEUE_LIFETIME)))
                .or(() -> configuration.text(name));
    }

    private static Optional<String> time(String name, String prefix, Duration time) {
        for (Unit unit : Unit.values()) {
            if (name.equals(prefix + unit.name().toLowerCase(java.util.Locale.ROOT))) {
                return Optional.of(Long.toString(time.toSeconds() / unit.seconds));
            }
        }
        return Optional.empty();
    }
}
