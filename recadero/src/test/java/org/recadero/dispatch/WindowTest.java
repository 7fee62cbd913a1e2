package org.recadero.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many at a time, by Postfix's rules (SCHEDULER_README). */
class WindowTest {
    private static final int BUSY = 1_000;

    private static Window window(int initial, String positive, String negative, int cohorts) {
        return new Window(
                new Agent.Limits(
                        20,
                        initial,
                        50,
                        new Agent.Feedback(Step.parse(positive), Step.parse(negative), cohorts),
                        Agent.Pauses.NONE),
                false);
    }

    private static int after(Window window, int reached, int missed) {
        for (int i = 0; i < reached; i++) {
            window.reached(BUSY);
        }
        for (int i = 0; i < missed; i++) {
            window.missed();
        }
        return window.size();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 3, 8", // one more for each
        "0.5, 3, 6", // at the end of two steps
        "1/5, 4, 5",
        "1/5, 5, 6",
        "1 / concurrency, 5, 6", // after each cohort
        "1 / concurrency, 10, 6",
        "1 / concurrency, 11, 7",
        "1 / sqrt_concurrency, 3, 6",
        "0, 100, 5",
        "1, 100, 20"
    })
    void growsWithWhatIsTaken(String positive, int deliveries, int size) {
        assertThat(after(window(5, positive, "1", 1), deliveries, 0)).isEqualTo(size);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 3",
        "1, 100, 1",
        "0.5, 1, 4", // at the begin of two steps
        "0.5, 2, 4",
        "0.5, 3, 3",
        "1 / concurrency, 4, 4",
        "0, 100, 5"
    })
    void shrinksWithWhatFails(String negative, int deliveries, int size) {
        assertThat(after(window(5, "1", negative, 0), 0, deliveries)).isEqualTo(size);
    }

    @Test
    void whatNobodyUsesDoesNotGrow() {
        Window window = window(5, "1", "1", 1);
        for (int i = 0; i < 100; i++) {
            window.reached(1);
        }
        assertThat(window.size()).isEqualTo(6);
    }

    @Test
    void isDeadAfterACohortOfFailuresInARow() {
        Window window = window(5, "1", "0", 2);
        after(window, 0, 9);
        assertThat(window.isDead()).isFalse();
        after(window, 1, 9);
        assertThat(window.isDead()).as("one got through in between").isFalse();
        after(window, 0, 3);
        assertThat(window.isDead()).isTrue();
        Window never = window(5, "1", "0", 0);
        after(never, 0, 1_000);
        assertThat(never.isDead()).isFalse();
    }

    @Test
    void safety30OneProbeDecidesWhereTheDestinationWasAwayLast() {
        Window window = new Window(new Agent.Limits(20, 5, 50), true);
        assertThat(window.size()).isOne();
        window.missed();
        assertThat(window.isDead()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"12, 12", "5, 5", "2, 5", "1000, 20"})
    void goesOnWhereItEndedAMomentAgo(int before, int size) {
        Window window = window(5, "1", "1", 1);
        window.resume(before);
        assertThat(window.size()).isEqualTo(size);
    }

    @Test
    void safety30WhatWasAwayHasOneProbeWhateverItTookBefore() {
        Window window = new Window(new Agent.Limits(20, 5, 50), true);
        window.resume(20);
        assertThat(window.size()).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "-1", "nonsense", "1/0", "1/foo", "1/concurrency/2", "NaN"})
    void refusesWhatIsNoStep(String text) {
        assertThatThrownBy(() -> Step.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
