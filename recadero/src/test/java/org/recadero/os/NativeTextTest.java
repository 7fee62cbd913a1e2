package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeTextTest {
    @Test
    void isUtf8WhereItCanBe() {
        assertThat(NativeText.bytes("año 📮")).isEqualTo("año 📮".getBytes(StandardCharsets.UTF_8));
        assertThat(NativeText.text("año 📮".getBytes(StandardCharsets.UTF_8))).isEqualTo("año 📮");
    }

    @Test
    void losesNoByteOfOtherText() {
        byte[] latin1 = {'a', (byte) 0xF1, 'o', (byte) 0xC3};
        assertThat(NativeText.text(latin1)).isEqualTo("a\uDCF1o\uDCC3");
        Random random = new Random(42);
        for (int i = 0; i < 2_000; i++) {
            byte[] any = new byte[random.nextInt(12)];
            random.nextBytes(any);
            assertThat(NativeText.bytes(NativeText.text(any))).isEqualTo(any);
        }
    }
}
