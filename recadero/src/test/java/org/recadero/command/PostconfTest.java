package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.table.Tables;

/** What PostconfGoldenTest cannot compare with Postfix. */
class PostconfTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void prepare() throws IOException {
        environment.put("MAIL_CONFIG", folder.toString());
        Files.writeString(folder.resolve("main.cf"), "myhostname = a.b\n");
        Files.writeString(folder.resolve("master.cf"), "");
    }

    private int run(String... args) {
        out.reset();
        err.reset();
        return Postconf.run(Arrays.asList(args), new PrintStream(out), new PrintStream(err), environment);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void takesTheFolderFromTheEnvironment() {
        assertThat(run("-n")).isZero();
        assertThat(out()).isEqualTo("config_directory = " + folder + "\nmyhostname = a.b\n");
        assertThat(run("-c", folder + "/none", "-n")).isEqualTo(1);
        assertThat(err()).isEqualTo("postconf: fatal: open " + folder + "/none/main.cf: No such file or directory\n");
    }

    @Test
    void passesAnyEncodingThrough() throws IOException {
        byte[] latin1 = "relayhost = se\u00f1or\n".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("main.cf"), latin1);
        assertThat(run("-e", "myorigin=señor.example")).isZero();
        assertThat(Files.readAllBytes(folder.resolve("main.cf")))
                .startsWith(latin1)
                .endsWith("myorigin = señor.example\n".getBytes(StandardCharsets.UTF_8));
        assertThat(run("-h", "myorigin", "relayhost")).isZero();
        assertThat(out.toByteArray())
                .startsWith("señor.example\n".getBytes(StandardCharsets.UTF_8))
                .endsWith("se\u00f1or\n".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void printsTheTypesOfTablesThatThereAre() {
        assertThat(run("-m")).isZero();
        assertThat(out().lines())
                .containsExactlyElementsOf(Tables.TYPES.stream().sorted().toList());
        assertThat(run("-l")).isZero();
        assertThat(out()).isEqualTo("flock\nfcntl\ndotlock\n");
        assertThat(run("-A")).isZero();
        assertThat(out()).isEmpty();
    }

    /** Postfix: postconf(1), {@code -b} and {@code -t}; bounce(5). */
    @Test
    void showsTheTemplatesOfReports() throws IOException {
        Path file = Files.writeString(folder.resolve("b.cf"), "verify_template = de $mydomain\n");
        Files.writeString(folder.resolve("main.cf"), "mydomain = example.net\nbounce_template_file = " + file + "\n");
        assertThat(run("-b")).isZero();
        assertThat(out())
                .startsWith("expanded_failure_text = <<EOF\n")
                .endsWith("expanded_verify_text = <<EOF\nde example.net\nEOF\n");
        assertThat(run("-t")).isZero();
        assertThat(out()).contains("Subject: Mail Delivery Status Report\n\nde $mydomain\nEOF\n");
        assertThat(run("-t", "")).isZero();
        assertThat(out()).doesNotContain("$mydomain");
        assertThat(run("-b", "/nonexistent")).isEqualTo(1);
        assertThat(err()).isEqualTo("postconf: fatal: open /nonexistent: No such file or directory\n");
    }

    @Test
    void refusesWhatItCannotDo() {
        assertThat(run("-T", "compile-version")).isEqualTo(1);
    }

    @Test
    void warnsOnceOfANameThatStandsTwice() throws IOException {
        Files.writeString(folder.resolve("main.cf"), "relayhost =\nrelayhost = x\n");
        assertThat(run("-h", "relayhost")).isZero();
        assertThat(out()).isEqualTo("x\n");
        assertThat(err())
                .isEqualTo("postconf: warning: " + folder + "/main.cf, line 2: overriding earlier entry: relayhost=\n");
    }

    @Test
    void refusesAnEmptyColumn() throws IOException {
        String line = "smtp inet n - y - - smtpd\n";
        Files.writeString(folder.resolve("master.cf"), line);
        for (String column : new String[] {"chroot", "command", "service", "type", "wakeup"}) {
            assertThat(run("-F", "smtp/inet/" + column + "=")).isEqualTo(1);
            assertThat(err()).startsWith("postconf: fatal: invalid " + column + " field");
        }
        assertThat(run("-F", "smtp/inet/service=a b")).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("master.cf"))).isEqualTo(line);
    }

    @Test
    void leavesTheFileWhereARequestIsWrong() throws IOException {
        assertThat(run("-e", "a=b", "nosuch")).isEqualTo(1);
        assertThat(err()).isEqualTo("postconf: fatal: missing '=' after attribute name: \"nosuch\"\n");
        assertThat(Files.readString(folder.resolve("main.cf"))).isEqualTo("myhostname = a.b\n");
    }

    @Test
    void failsWhereTheOutputCannotBeWritten() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThat(Postconf.run(Arrays.asList("-n"), new PrintStream(broken), new PrintStream(err), environment))
                .isEqualTo(1);
    }

    @Test
    void namesWhatHasNoPath() {
        assertThat(run("-c", "a\0b")).isEqualTo(1);
        assertThat(err()).contains("No such file or directory");
    }

    @Test
    void parsesClusteredOptionsAndJoinedValues() {
        assertThat(run("-hnc" + folder, "myhostname")).isZero();
        assertThat(out()).isEqualTo("a.b\n");
        assertThat(run("-Cuser")).isZero();
        assertThat(out()).isEmpty();
    }
}
