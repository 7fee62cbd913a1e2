package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MappedFilesTest {
    private static final String SMAPS = """
            800001000-8008fe000 rw-p 00001000 fe:00 1450162                          /opt/lib/recadero.aot
            Size:               9204 kB
            Anonymous:          9132 kB
            8008fe000-801574000 r--p 008fe000 fe:00 1450162                          /opt/lib/recadero.aot
            Size:              12760 kB
            Anonymous:             0 kB
            VmFlags: rd mr mw me
            7f0000000000-7f0000e00000 r-xp 00000000 fe:00 7                          /usr/lib/jvm/lib/libjvm.so
            Anonymous:             4 kB
            7f0800000000-7f0800e00000 r--p 00000000 fe:00 7                          /usr/lib/libnss_x.so.2
            Anonymous:             0 kB
            7f1000000000-7f1000e00000 r--p 00000000 00:00 0
            Anonymous:             0 kB
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            Anonymous:             0 kB
            """;

    @Test
    void readsWhatTheKernelSays() {
        assertThat(MappedFiles.read(SMAPS.lines()))
                .containsExactly(
                        new MappedFiles.Mapping(0x800001000L, 0x8008fe000L, false, true, false),
                        new MappedFiles.Mapping(0x8008fe000L, 0x801574000L, true, true, true),
                        new MappedFiles.Mapping(0x7f0000000000L, 0x7f0000e00000L, true, true, false),
                        new MappedFiles.Mapping(0x7f0800000000L, 0x7f0800e00000L, true, false, true),
                        new MappedFiles.Mapping(0x7f1000000000L, 0x7f1000e00000L, true, false, true),
                        new MappedFiles.Mapping(0xffffffffff600000L, 0xffffffffff601000L, false, false, true));
    }

    @Test
    void theProgramGoesOnAfterwards() {
        assertThat(MappedFiles.letGo()).isPositive();
        assertThat(MappedFiles.letGo()).isPositive();
        assertThat(MappedFiles.read(Stream.of("x", ""))).isEmpty();
    }
}
