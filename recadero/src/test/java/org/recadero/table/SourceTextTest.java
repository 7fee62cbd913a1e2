package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SourceTextTest {
    private final List<String> said = new ArrayList<>();

    private void read(Syntax syntax, InputStream in) throws IOException {
        new SourceText("m", syntax, true, w -> said.add("warning: " + w))
                .read(in, (key, value, line) -> said.add(line + " " + key + "=" + value));
    }

    private void read(Syntax syntax, String octets) throws IOException {
        read(syntax, new ByteArrayInputStream(Octets.bytes(octets)));
    }

    @Test
    void joinsContinuationLinesAcrossComments() throws IOException {
        read(Syntax.MAP, "a b\n#in\n  c\n\n   d\ne f");
        assertThat(said).containsExactly("1 a=b  c   d", "6 e=f");
    }

    @Test
    void readsFromRandomBytesWithoutHarm() throws IOException {
        Random random = new Random(11);
        for (int i = 0; i < 3_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            for (int n = bytes.length / 4; n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) "a: \n\"\\#,".charAt(random.nextInt(8));
            }
            read(i % 2 == 0 ? Syntax.MAP : Syntax.ALIASES, new ByteArrayInputStream(bytes));
        }
        assertThat(said).isNotEmpty();
    }

    @Test
    void aLineHasABound() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }
        };
        assertThatThrownBy(() -> read(Syntax.MAP, endless))
                .isInstanceOf(IOException.class)
                .hasMessage("m, line 1: over 4194304 bytes in one line");
    }
}
