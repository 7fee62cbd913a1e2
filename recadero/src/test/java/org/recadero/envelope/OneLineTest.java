package org.recadero.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {
    @Test
    void controlCharactersBecomeQuestionMarks() {
        assertThat(OneLine.of("a\r\nb\tc\0d\u001b[1m\u007f")).isEqualTo("a??b?c?d?[1m?");
    }

    @Test
    void allElseStays() {
        assertThat(OneLine.of("ñandú <a@b> \u0085")).isEqualTo("ñandú <a@b> \u0085");
        assertThat(OneLine.of("")).isEmpty();
    }
}
