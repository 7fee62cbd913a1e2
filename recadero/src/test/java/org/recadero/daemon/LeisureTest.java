package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeisureTest {
    private int collections;
    private int lettingsGo;
    private long doings;
    private final Leisure leisure = new Leisure(() -> doings, () -> collections++, () -> lettingsGo++);

    @Test
    void collectsOnceWhenNothingGoesOnAnyMore() {
        for (int i = 0; i < 5; i++) {
            doings++;
            leisure.look(false);
        }
        assertThat(collections).as("while something goes on").isZero();
        for (int i = 0; i < 100; i++) {
            leisure.look(false);
        }
        assertThat(collections).as("when it is idle").isEqualTo(1);
        assertThat(lettingsGo).isEqualTo(1);
        leisure.look(true);
        leisure.look(false);
        assertThat(lettingsGo).as("after a disturbance").isEqualTo(2);
        assertThat(collections).isEqualTo(1);
        doings++;
        leisure.look(false);
        assertThat(collections).isEqualTo(1);
        leisure.look(false);
        assertThat(collections).as("idle again").isEqualTo(2);
    }
}
