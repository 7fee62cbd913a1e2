package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MasterCfTest {
    private static final Path FILE = Path.of("/cfg/master.cf");

    private static MasterCf.Entry first(String text) throws ConfigurationException {
        return MasterCf.parse(FILE, text, true).entries().getFirst();
    }

    @Test
    void readsEightColumnsAndTheArguments() throws ConfigurationException {
        MasterCf.Entry entry = first("# c\n\nqmgr  unix  n  -  n  300?  1  qmgr\n  -v\n # c\n  -o a=b\n");
        assertThat(entry.label()).isEqualTo("qmgr/unix");
        assertThat(entry.isPrivate()).isFalse();
        assertThat(entry.isUnprivileged()).isTrue();
        assertThat(entry.isChroot()).isFalse();
        assertThat(entry.wakeupSeconds()).isEqualTo(OptionalInt.of(300));
        assertThat(entry.mostProcesses()).isEqualTo(OptionalInt.of(1));
        assertThat(entry.command()).isEqualTo("qmgr");
        assertThat(entry.arguments()).containsExactly("-v", "-o", "a=b");
        assertThat(entry.overrides()).isEqualTo(Map.of("a", "b"));
        assertThat(entry.source()).isEqualTo(new SourceLine(FILE, 3));
    }

    @Test
    void takesDashesAsDefaults() throws ConfigurationException {
        MasterCf.Entry entry = first("smtp unix - - - - - smtp");
        assertThat(entry.isPrivate()).isTrue();
        assertThat(entry.wakeupSeconds()).isEmpty();
        assertThat(entry.mostProcesses()).isEmpty();
        assertThat(entry.isChroot()).isFalse();
    }

    @Test
    void readsSettingsInBraces() throws ConfigurationException {
        MasterCf.Entry entry = first("smtp inet n - y - - smtpd -o { name = some value } -oc=d -o {e=f,g} x -o no=no");
        assertThat(entry.overrides()).isEqualTo(Map.of("name", "some value", "c", "d", "e", "f,g"));
    }

    @Test
    void letsTheLastOfTwoSettingsWin() throws ConfigurationException {
        assertThat(first("smtp inet n - y - - smtpd -o a=1 -o a=2").overrides()).isEqualTo(Map.of("a", "2"));
    }

    @Test
    void saysFileAndLineOfWhatIsWrong() {
        assertThatThrownBy(() -> first("\nsmtp inet n - y - -\n"))
                .hasMessage("/cfg/master.cf, line 2: bad field count");
        assertThatThrownBy(() -> first("smtp foo n - y - - x\n"))
                .hasMessage("/cfg/master.cf, line 1: invalid type field \"foo\" in \"smtp foo n - y - - x\"");
        assertThatThrownBy(() -> first("smtp inet n - y x - x\n")).hasMessageContaining("invalid wakeup field \"x\"");
        assertThatThrownBy(() -> first("smtp inet n - y - 99999999999 x\n"))
                .hasMessageContaining("invalid process_limit field");
        assertThatThrownBy(() -> first("smtp inet n - y - - x -o {a = b\n"))
                .hasMessageContaining("line 1: missing '}' in \"{a = b\"");
        assertThatThrownBy(() -> first("smtp inet n - y - - x -o { a b }\n"))
                .hasMessageContaining("missing '=' after attribute name: \"a b\"");
    }

    /** What is printed means the same when it is read again. */
    @Test
    void printsWhatItReadsAgain() throws ConfigurationException {
        Random random = new Random(3);
        String[] words = {"-v", "-o a=b", "-o {c = d e}", "flags=R", "{ x y }", "argv={p q}", "${r}", "-oq=r", "-D", "z"
        };
        for (int round = 0; round < 5_000; round++) {
            StringBuilder line = new StringBuilder("name-of-it unix - n n 5? 3 program");
            for (int i = random.nextInt(9); i > 0; i--) {
                line.append(' ').append(words[random.nextInt(words.length)]);
            }
            MasterCf.Entry entry = first(line.toString());
            assertThat(first(MasterCfLine.print(entry, false))).isEqualTo(entry);
            assertThat(first(MasterCfLine.print(entry, true))).isEqualTo(entry);
        }
    }

    @Test
    void survivesRandomText() {
        Random random = new Random(5);
        String[] pieces = {
            "smtp ", "inet ", "- ", "n ", "y ", "1 ", "-o ", "{", "}", "=", "a", "\n", " ", "#", "\0", "-o"
        };
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(25); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                assertThat(MasterCf.parse(FILE, text.toString(), true).entries())
                        .isNotNull();
            } catch (ConfigurationException e) {
                assertThat(e.getMessage()).startsWith("/cfg/master.cf, line ");
            }
        }
    }
}
