package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The golden dialogues of {@code recadero/src/test/resources/dialogues/receive} against the packaged server and against real Postfix: each line that is not
 * Postfix's is marked {@code DIFFERS: why} there. Prints how many lines were compared, and how many differ. {@code lab/dialogues} plays them.
 */
class DialoguesTest {
    private static final Path FILES = Path.of("../recadero/src/test/resources/dialogues/receive");
    private static final Path PLAYER = Path.of("../lab/dialogues");
    private static final Pattern COUNTS =
            Pattern.compile("(\\d+) lines compared, (\\d+) DIFFERS, (\\d+) wrong in (\\d+) dialogues");

    @ParameterizedTest
    @EnumSource(Mta.class)
    void areSpokenAsWritten(Mta mta) {
        try (Machine machine = Machine.withMailPrograms(mta)) {
            Chapter.configure(machine);
            // as installed for «Sólo correo local»: the mail name is not local there, and there is one user
            Chapter.settings(machine, List.of("mydestination = $myhostname, localhost.example.net, localhost"));
            machine.shell("userdel otro").succeeded();
            machine.shell("touch /var/log/maillog; chown postfix /var/log/maillog")
                    .succeeded();
            // Debian's for machines that have none; Postfix's package brings it along
            machine.shell("""
                    cd /etc/ssl; [ -f certs/ssl-cert-snakeoil.pem ] || { mkdir -p private
                    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=cliente.example.net \\
                      -keyout private/ssl-cert-snakeoil.key -out certs/ssl-cert-snakeoil.pem 2>/dev/null; }
                    """).succeeded();
            copy(machine);
            String whose = mta == Mta.RECADERO ? "--ours " : "";
            Result played = machine.exec(
                    Duration.ofMinutes(5),
                    "root",
                    new byte[0],
                    "bash",
                    "-c",
                    "python3 /root/dialogues " + whose + "/root/receive/*.smtp");
            System.out.println(mta + ": " + played.out());
            Matcher counts = COUNTS.matcher(played.out());
            assertThat(counts.find()).as(played.out() + played.err()).isTrue();
            assertThat(counts.group(3)).as(played.out()).isEqualTo("0");
            assertThat(Integer.parseInt(counts.group(1))).isGreaterThan(500);
            assertThat(played.out()).doesNotContain("no difference any more");
            if (mta == Mta.REFERENCE && Differs.applies()) {
                Differs.note(
                        "golden dialogues",
                        counts.group(2) + " of " + counts.group(1) + " lines, each marked with its reason in its file");
            }
        }
    }

    private static void copy(Machine machine) {
        try (Stream<Path> all = Files.list(FILES)) {
            Files.copy(PLAYER, machine.file("/root/dialogues"));
            Files.createDirectory(machine.file("/root/receive"));
            for (Path each :
                    all.filter(file -> file.toString().endsWith(".smtp")).toList()) {
                Files.copy(each, machine.file("/root/receive/" + each.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
