package org.recadero.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.envelope.Address;
import org.recadero.message.AddressList;
import org.recadero.message.AddressText;

class RewriterTest {
    private final Map<String, String> settings = new LinkedHashMap<>(Map.of(
            "myhostname", "cliente.example.net",
            "mydomain", "example.net",
            "myorigin", "example.net",
            "append_dot_mydomain", "no"));

    private Rewriter rewriter() {
        try {
            return new Rewriter(Configurations.of(Path.of("/etc/postfix"), settings));
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    private String envelope(String internal) {
        return switch (rewriter().envelope(internal)) {
            case Completion.Complete complete -> complete.address().external();
            case Completion.Broken broken -> "broken: " + broken.internal();
        };
    }

    private String header(String external) {
        byte[] text = external.getBytes(StandardCharsets.ISO_8859_1);
        return AddressText.external(
                rewriter().header(AddressList.parse(text, 0, text.length, 100).getFirst()));
    }

    @Test
    void completesNames() {
        assertThat(envelope("usuario")).isEqualTo("usuario@example.net");
        assertThat(envelope("a b")).isEqualTo("\"a b\"@example.net");
        assertThat(envelope("a@b")).isEqualTo("a@b");
        assertThat(envelope("a@b.")).isEqualTo("a@b");
        assertThat(envelope("a@b..")).isEqualTo("a@b..");
        assertThat(envelope("a@[127.0.0.1]")).isEqualTo("a@[127.0.0.1]");
    }

    @Test
    void takesOldNotationsApart() {
        assertThat(envelope("host!user")).isEqualTo("user@host");
        assertThat(envelope("a!b!user")).isEqualTo("b!user@a");
        assertThat(envelope("user%host")).isEqualTo("user@host");
        assertThat(envelope("a%b%host")).isEqualTo("a%b@host");
        assertThat(envelope("@a,@b:user@c")).isEqualTo("user@c");
        assertThat(header("\"a!b\"")).isEqualTo("a!b@example.net");
        settings.put("swap_bangpath", "no");
        settings.put("allow_percent_hack", "no");
        assertThat(envelope("host!user")).isEqualTo("host!user@example.net");
        assertThat(envelope("user%host")).isEqualTo("user%host@example.net");
    }

    @Test
    void appendsTheDomainToASingleNameWhereToldTo() {
        settings.put("append_dot_mydomain", "yes");
        assertThat(envelope("a@host")).isEqualTo("a@host.example.net");
        assertThat(envelope("a@host.")).isEqualTo("a@host");
        assertThat(envelope("a@host.example")).isEqualTo("a@host.example");
        assertThat(envelope("a@[1.2.3.4]")).isEqualTo("a@[1.2.3.4]");
        assertThat(envelope("host!a")).isEqualTo("a@host.example.net");
    }

    @Test
    void givesTheEmptyRecipientItsName() {
        assertThat(rewriter().recipient("")).isEqualTo(complete("MAILER-DAEMON@example.net"));
        assertThat(rewriter().recipient("@")).isEqualTo(complete("MAILER-DAEMON@example.net"));
        assertThat(rewriter().recipient("@localhost")).isEqualTo(complete("MAILER-DAEMON@localhost"));
    }

    @Test
    void saysWhatNamesNobody() {
        assertThat(envelope("a@")).isEqualTo("broken: a@");
        assertThat(envelope("@a")).isEqualTo("broken: @a");
        assertThat(envelope("a@b c")).isEqualTo("broken: a@b c");
        assertThat(envelope("@")).startsWith("broken");
    }

    @Test
    void usesTheHostNameWhereNoOriginIsAppended() {
        settings.put("append_at_myorigin", "no");
        assertThat(envelope("usuario")).isEqualTo("usuario@cliente.example.net");
        assertThat(header("usuario")).isEqualTo("usuario");
    }

    @Test
    void looksBehindOwnDomains() {
        assertThat(behind("a@b@localhost")).contains(Address.of("a@b"));
        assertThat(behind("a%b@localhost")).contains(Address.of("a@b"));
        assertThat(behind("b!a@localhost")).contains(Address.of("a@b"));
        assertThat(behind("a%localhost@localhost")).contains(Address.of("a@localhost"));
        assertThat(behind("a@localhost")).isEmpty();
        assertThat(behind("a%b@c.example")).isEmpty();
        assertThat(behind("%@localhost")).isEmpty();
        assertThat(behind("a" + "%localhost".repeat(40) + "@localhost")).isPresent();
    }

    private Optional<Address> behind(String internal) {
        return rewriter().withoutOwnDomains(Address.of(internal), d -> d.key().equals("localhost"));
    }

    private static Completion complete(String internal) {
        return new Completion.Complete(Address.of(internal));
    }

    @Test
    void completesTwiceWhatItCompletedOnce() {
        Random random = new Random(3);
        String alphabet = "ab.@%!:[]\" \\,";
        Rewriter rewriter = rewriter();
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(12);
            for (int i = 0; i < length; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            if (rewriter.recipient(text.toString()) instanceof Completion.Complete complete
                    && !complete.address().internal().startsWith("@")) {
                Completion again = rewriter.envelope(complete.address().internal());
                // one more trailing dot may go at each time (a@b.. stays as it is)
                assertThat(again).as(text.toString()).isInstanceOf(Completion.Complete.class);
            }
        }
    }
}
