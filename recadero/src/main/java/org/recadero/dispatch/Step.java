package org.recadero.dispatch;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one delivery adds to or takes from the number that may be under way: {@code 1}, {@code 0.5}, {@code 1/5}, {@code 1 /
 * concurrency}, {@code 1 / sqrt_concurrency}. Postfix: postconf(5), default_destination_concurrency_positive_feedback.
 *
 * @param number 0 to 1
 * @param divisor of it
 */
public record Step(double number, Divisor divisor) {
    static final Step WHOLE = new Step(1, Divisor.ONE);

    private static final int MOST_CHARACTERS = 60;
    private static final Pattern TEXT = Pattern.compile(
            "\\s*(?<number>[0-9]*\\.?[0-9]+)\\s*(?:/\\s*(?:(?<by>[0-9]{1,9})|(?<root>sqrt_)?(?<window>concurrency))\\s*)?");

    /** What the number is divided by. */
    public enum Divisor {
        ONE,
        CONCURRENCY,
        ROOT_OF_CONCURRENCY
    }

    public Step {
        Objects.requireNonNull(divisor);
        if (!(number >= 0 && number <= 1)) {
            throw new IllegalArgumentException("not between 0 and 1: " + number);
        }
    }

    /** @throws IllegalArgumentException where the text is none; DIFFERS: Postfix warns and takes 1 */
    public static Step parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (text.length() > MOST_CHARACTERS || !matcher.matches()) {
            throw new IllegalArgumentException("neither NUMBER nor NUMBER / concurrency nor NUMBER / sqrt_concurrency");
        }
        double number = Double.parseDouble(matcher.group("number"));
        if (matcher.group("by") != null) {
            return new Step(number / Integer.parseInt(matcher.group("by")), Divisor.ONE);
        }
        if (matcher.group("window") == null) {
            return new Step(number, Divisor.ONE);
        }
        return new Step(number, matcher.group("root") == null ? Divisor.CONCURRENCY : Divisor.ROOT_OF_CONCURRENCY);
    }

    double of(int concurrency) {
        return switch (divisor) {
            case ONE -> number;
            case CONCURRENCY -> number / concurrency;
            case ROOT_OF_CONCURRENCY -> number / Math.sqrt(concurrency);
        };
    }
}
