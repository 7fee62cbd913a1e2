package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeisureTest {
    private int collections;
    private long doings;
    private final Leisure leisure = new Leisure(() -> doings, () -> collections++);

    @Test
    void collectsOnceWhenNothingGoesOnAnyMore() {
        for (int i = 0; i < 5; i++) {
            doings++;
            leisure.look();
        }
        assertThat(collections).as("while something goes on").isZero();
        for (int i = 0; i < 100; i++) {
            leisure.look();
        }
        assertThat(collections).as("when it is idle").isEqualTo(1);
        doings++;
        leisure.look();
        assertThat(collections).isEqualTo(1);
        leisure.look();
        assertThat(collections).as("idle again").isEqualTo(2);
    }
}
