package org.recadero.bounce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;

/** Each case was seen with Postfix 3.7.11's {@code postconf -b} and {@code -t}, unless a comment says DIFFERS. */
class TemplatesTest {
    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.write(folder.resolve("b.cf"), text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Snapshot configuration(Map<String, String> settings) throws ConfigurationException {
        return Configurations.of(folder, settings);
    }

    @Test
    void theBuiltInOnesAreTheSameReadAgain() throws Exception {
        assertThat(Templates.read(file(Templates.standard().dump())).dump())
                .isEqualTo(Templates.standard().dump())
                .contains("failure_template = <<EOF\nCharset: us-ascii\nFrom: Mail Delivery System <MAILER-DAEMON>\n")
                .contains("EOF\n\ndelay_template = <<EOF\n");
    }

    @Test
    void replacesNamesAndTimes() throws Exception {
        Snapshot configuration = configuration(
                Map.of("myhostname", "h.example.net", "delay_warning_time", "90m", "maximal_queue_lifetime", "2d"));
        String text = """
                failure_template = <<EOF
                Subject: a

                $myhostname ${mydomain} $(mydomain) $$ $delay_warning_time_minutes $delay_warning_time_hours $maximal_queue_lifetime_hours
                EOF
                """;
        Templates templates = Templates.read(file(text));
        assertThat(templates.preview(configuration))
                .startsWith("expanded_failure_text = <<EOF\nh.example.net example.net example.net $ 90 1 48\nEOF\n\n")
                .contains("expanded_delay_text = <<EOF\nThis is the mail system at host h.example.net.\n")
                .contains("for more than 1 hour(s).\nIt will be retried until it is 2 day(s) old.\n");
    }

    @Test
    void whatATemplateDoesNotSayIsBuiltIn() throws Exception {
        Templates templates = Templates.read(
                file("# mine\nverify_template = one line\n\ndelay_template=<<X\ncharset: utf-8\n\n\u00c3\u00b1\nX\n"));
        assertThat(templates.get(Template.Kind.VERIFY).text()).isEqualTo("one line\n");
        assertThat(templates.get(Template.Kind.VERIFY).subject()).isEqualTo("Mail Delivery Status Report");
        assertThat(templates.get(Template.Kind.DELAY).text()).isEqualTo("ñ\n");
        assertThat(templates.get(Template.Kind.DELAY).postmasterSubject()).contains("Postmaster Warning: Delayed Mail");
        assertThat(templates.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X: y\\n\\nt| unknown \"X\" header label in failure template -- ignoring this template",
                "Subject: \u00f1\\n\\nt| non-ASCII \"Subject\" header value in failure template -- ignoring this template",
                "Charset: us-ascii\\n\\n\u00f1| 8-bit message text in failure template; please specify a charset value other than"
                        + " us-ascii -- ignoring this template",
                "Charset: utf-8\\n\\n\u00f1| the text of the failure template is not in its charset \"utf-8\" -- ignoring this"
                        + " template"
            })
    void warnsOfABadTemplateAndUsesTheBuiltInOne(String text, String warning) throws Exception {
        Path file = file("failure_template = <<EOF\n" + text.replace("\\n", "\n") + "\nEOF\n");
        Templates templates = Templates.read(file);
        assertThat(templates.get(Template.Kind.FAILURE))
                .isEqualTo(Templates.standard().get(Template.Kind.FAILURE));
        assertThat(templates.warnings()).containsExactly(file + ": " + warning);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rubbish| , line 1: missing '=' after attribute name: \"rubbish\"",
                "failure_template = <<\\nx| , line 1: missing end marker after <<"
            })
    void refusesWhatHasNoSyntax(String text, String message) throws Exception {
        Path file = file(text.replace("\\n", "\n") + "\n");
        assertThatThrownBy(() -> Templates.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(file + message);
    }

    /** DIFFERS: with Postfix no report leaves until the file is mended. */
    @Test
    void aReportIsWrittenWhateverIsWrongWithTheFile() throws Exception {
        Path file = file("failure_template = $nosuch\nverify_template = $myhostname\n");
        Templates some = Templates.of(configuration(Map.of("bounce_template_file", file.toString())));
        assertThat(some.get(Template.Kind.FAILURE))
                .isEqualTo(Templates.standard().get(Template.Kind.FAILURE));
        assertThat(some.get(Template.Kind.VERIFY).text()).isEqualTo("$myhostname\n");
        assertThat(some.warnings())
                .containsExactly(file + ": undefined $name in failure template: $nosuch -- ignoring this template");
        Templates none = Templates.of(configuration(Map.of("bounce_template_file", "/nonexistent")));
        assertThat(none.dump()).isEqualTo(Templates.standard().dump());
        assertThat(none.warnings())
                .containsExactly("open /nonexistent: No such file or directory -- using the built-in templates");
    }
}
