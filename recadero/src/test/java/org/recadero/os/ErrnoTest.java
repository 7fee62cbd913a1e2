package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void speaksTheWordsOfTheCLibrary() {
        assertThat(Errno.text(0)).isEqualTo("Success");
        assertThat(Errno.text(Errno.EISDIR)).isEqualTo("Is a directory");
        assertThat(Errno.text(Errno.ELOOP)).isEqualTo("Too many levels of symbolic links");
        assertThat(Errno.text(Errno.EDQUOT)).isEqualTo("Disk quota exceeded");
        assertThat(Errno.text(133)).isEqualTo("Memory page has hardware error");
    }

    @Test
    void namesUnknownNumbers() {
        assertThat(Errno.text(41)).isEqualTo("Unknown error 41");
        assertThat(Errno.text(58)).isEqualTo("Unknown error 58");
        assertThat(Errno.text(134)).isEqualTo("Unknown error 134");
        assertThat(Errno.text(-1)).isEqualTo("Unknown error -1");
    }

    @Test
    void keepsControlCharactersOutOfMessages() {
        ErrnoException e = ErrnoException.of(Errno.EACCES, "open a\nb\u0085");
        assertThat(e).hasMessage("open a?b?: Permission denied");
        assertThat(e.text()).isEqualTo("Permission denied");
        assertThat(e.errno()).isEqualTo(Errno.EACCES);
    }
}
