package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;

class AddedFieldsTest {
    private static AddedFields fields(String name, String value) throws ConfigurationException {
        return AddedFields.of(
                Configurations.of(Path.of("/etc/postfix"), Map.of("myhostname", "cliente.example.net", name, value)));
    }

    /** The first four as Postfix 3.7.11 writes them. */
    @ParameterizedTest
    @CsvSource({
        "Pepe, a@b (Pepe)",
        "'Pepe, \"el\" L.', 'a@b (Pepe, \"el\" L.)'",
        "a(b)c, a@b (a(b)c)",
        "'', a@b",
        "a(b, a@b (a\\(b)",
        ")(, a@b (\\)\\()",
        "a\\, a@b (a\\\\)"
    })
    void fromMayHaveTheNameInAComment(String name, String from) throws ConfigurationException {
        assertThat(fields("header_from_format", "obsolete").from("a@b", name)).isEqualTo(from);
    }

    @Test
    void refusesWhatIsNoFormAndNoField() {
        assertThatThrownBy(() -> fields("header_from_format", "xx"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("invalid setting: \"header_from_format = xx\"");
        assertThatThrownBy(() -> fields("undisclosed_recipients_header", "nobody"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("need \"headername: headervalue\"");
    }
}
