package org.recadero.table;

import java.util.function.BooleanSupplier;

/**
 * What one look-up in a table of regular expressions may cost: reads of the key's characters, over all its patterns. {@code
 * java.util.regex} goes back as often as a pattern makes it, which for {@code (a+)+$} doubles with each character; a sender
 * chooses the key, so the reads are counted and the match is given up.
 *
 * <p>One use for each look-up. A match that recurs too deeply for the caller's stack is tried again on one of its own.
 *
 * <p>Postfix: pcre_table(5) has the limits of the PCRE library, regexp_table(5) none.
 */
final class MatchBudget {
    /** About a tenth of a second. */
    static final long MOST_READS = 20_000_000;

    private static final long STACK_BYTES = 256L << 20;

    private long left = MOST_READS;

    /** Thrown out of a match whose reads are used up; {@link #matches} turns it into its own answer. */
    private static final class Spent extends RuntimeException {
        private static final long serialVersionUID = 1;

        Spent() {
            super("match budget", null, false, false);
        }
    }

    /** What became of a match. */
    enum Outcome {
        MATCHES,
        DIFFERS,
        GIVEN_UP
    }

    private final class Counted implements CharSequence {
        private final String text;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new Spent();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The text, each read of which counts. */
    CharSequence counting(String text) {
        return new Counted(text);
    }

    /** Carries out a match on a {@link #counting} text. */
    Outcome matches(BooleanSupplier match) {
        try {
            return match.getAsBoolean() ? Outcome.MATCHES : Outcome.DIFFERS;
        } catch (Spent e) {
            return Outcome.GIVEN_UP;
        } catch (StackOverflowError e) {
            // (a|b)* takes a few frames a character: a long header is no reason to keep mail back
            return onALargeStack(match);
        }
    }

    private static Outcome onALargeStack(BooleanSupplier match) {
        Outcome[] outcome = {Outcome.GIVEN_UP};
        Thread thread = Thread.ofPlatform()
                .name("regexp")
                .stackSize(STACK_BYTES)
                .unstarted(() -> {
                    try {
                        outcome[0] = match.getAsBoolean() ? Outcome.MATCHES : Outcome.DIFFERS;
                    } catch (Spent | StackOverflowError e) {
                        outcome[0] = Outcome.GIVEN_UP;
                    }
                });
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                // the budget ends it
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return outcome[0];
    }
}
