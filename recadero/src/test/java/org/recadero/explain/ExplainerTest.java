package org.recadero.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.Configurations;
import org.recadero.envelope.Address;
import org.recadero.log.MailLog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.table.Tables;

/** The chapter's accounts, explained: every rule with its file and line, never a secret. */
class ExplainerTest {
    private static final int ROOT = 0;

    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void theChapter() throws Exception {
        write("main.cf", """
                compatibility_level = 3.6
                myhostname = cliente.example.net
                myorigin = cliente
                mydestination = cliente, localhost
                relayhost = [smtp.gmail.com]:submission
                smtp_sender_dependent_authentication = yes
                sender_dependent_relayhost_maps = texthash:FOLDER/sender_relay
                sender_dependent_default_transport_maps = texthash:FOLDER/sender_transport
                smtp_sasl_auth_enable = yes
                smtp_sasl_password_maps = texthash:FOLDER/sasl_passwd
                smtp_use_tls = yes
                smtp_tls_policy_maps = texthash:FOLDER/tls_policy
                """);
        write("master.cf", """
                smtp      unix  -       -       y       -       -       smtp
                smtps     unix  -       -       y       -       -       smtp
                  -o smtp_tls_wrappermode=yes
                """);
        write("sender_relay", """
                # Emisor                    # [servidor]:puerto (puerto sólo si != 25)
                pepe@gmail.com             [smtp.gmail.com]:submission
                manolo@example.net         [smtp.example.net]
                soy.yo@juntadeandalucia.es [mail.juntadeandalucia.es]:465
                """);
        write("sender_transport", "soy.yo@juntadeandalucia.es smtps:\n");
        write("sasl_passwd", """
                # Emisor                       # usuario:contraseña
                pepe@gmail.com                pepe@gmail.com:soypepe
                manolo@example.net            manolo:soymanolo
                [smtp.gmail.com]:submission   pepe@gmail.com:soypepe   # Para el relayhost predeterminado
                """);
        write("tls_policy", """
                [smtp.gmail.com]:submission   encrypt
                [smtp.example.net]            encrypt
                """);
    }

    private void write(String name, String text) throws Exception {
        Files.writeString(folder.resolve(name), text.replace("FOLDER", folder.toString()));
    }

    private Explanation explain(String sender, String recipient, String from) throws Exception {
        Tables tables = new Tables(new LibcUserDatabase(), new MailLog((s, t, x) -> {}, "postfix"), "explain");
        return new Explainer(
                        Configurations.load(folder).configuration(),
                        tables::open,
                        new LibcUserDatabase(),
                        warnings::add)
                .explain(new Explainer.Question(
                        sender,
                        recipient,
                        from.isEmpty() ? Optional.empty() : Optional.of(Address.of(from)),
                        Optional.of(ROOT)));
    }

    private String text(String sender, String recipient, String from) throws Exception {
        List<String> lines = ExplanationText.of(explain(sender, recipient, from), (key, args) -> {
            StringBuilder line = new StringBuilder(key.replace("explain-", ""));
            for (Object arg : args) {
                line.append(' ').append(arg);
            }
            return line.toString();
        });
        return String.join("\n", lines).replace(folder.toString(), "");
    }

    @Test
    void namesFileAndLineOfEachRule() throws Exception {
        assertThat(text("pepe@gmail.com", "x@example.org", "")).isEqualTo("""
                sender pepe@gmail.com\s
                recipient x@example.org\s
                smtp smtp [smtp.gmail.com]:submission
                    example.org is not in mydestination  (/main.cf:4)
                    default_transport = smtp  default
                    texthash:/sender_relay has pepe@gmail.com [smtp.gmail.com]:submission  (/sender_relay:2)
                    service smtp  (/master.cf:1)
                hop [smtp.gmail.com]:submission
                host smtp.gmail.com 587
                login pepe@gmail.com
                tls encrypt starttls
                    texthash:/sasl_passwd has pepe@gmail.com (login pepe@gmail.com)  (/sasl_passwd:2)
                    texthash:/tls_policy has [smtp.gmail.com]:submission encrypt  (/tls_policy:1)""");
    }

    @Test
    void followsTheDefaultRelayhostTheTransportsAndTheFromField() throws Exception {
        assertThat(text("quien@example.com", "x@example.org", ""))
                .contains("relayhost = [smtp.gmail.com]:submission  (/main.cf:5)", "(/sasl_passwd:4)");
        assertThat(text("soy.yo@juntadeandalucia.es", "x@example.org", ""))
                .contains(
                        "smtp smtps [mail.juntadeandalucia.es]:465",
                        "(/sender_transport:1)",
                        "(/sender_relay:4)",
                        "service smtps  (/master.cf:2)",
                        "no-login",
                        "tls encrypt wrapped");
        assertThat(text("root", "x@example.org", "manolo@example.net"))
                .contains(
                        "sender root@cliente given root",
                        "account manolo@example.net",
                        "login manolo",
                        "(/sasl_passwd:3)");
    }

    @Test
    void saysAsWhomASenderLeaves() throws Exception {
        Files.writeString(
                folder.resolve("main.cf"),
                Files.readString(folder.resolve("main.cf")) + "recadero_rewrite_local_senders = yes\n");
        assertThat(text("root", "x@example.org", "")).contains("\nleaves-as pepe@gmail.com");
        assertThat(text("pepe@gmail.com", "x@example.org", "")).doesNotContain("leaves-as");
    }

    @Test
    void saysWhatStaysAndWhatWaits() throws Exception {
        assertThat(text("pepe@gmail.com", "root", ""))
                .contains("recipient root@cliente given root", "local local", "mydestination contains cliente");
        Files.delete(folder.resolve("sender_relay"));
        assertThat(text("pepe@gmail.com", "x@example.org", ""))
                .contains("waits sender_dependent_relayhost_maps: texthash:/sender_relay: open database");
        assertThat(text("pepe@gmail.com", "@", "")).contains("recipient");
        assertThat(explain("pepe@gmail.com", "x@", "").recipient().broken()).isPresent();
    }

    @Test
    void neverShowsASecret() throws Exception {
        for (String sender : List.of("pepe@gmail.com", "manolo@example.net", "quien@example.com")) {
            assertThat(text(sender, "x@example.org", "")).doesNotContain("soypepe", "soymanolo");
            assertThat(ExplanationJson.of(explain(sender, "x@example.org", ""))).doesNotContain("soypepe", "soymanolo");
        }
        assertThat(warnings).noneMatch(w -> w.contains("soypepe"));
    }

    @Test
    void isOneJsonObjectForPrograms() throws Exception {
        assertThat(ExplanationJson.of(explain("manolo@example.net", "x@example.org", ""))
                        .replace(folder.toString(), ""))
                .contains(
                        "\"route\":{\"kind\":\"smtp\",\"transport\":\"smtp\",\"next_hop\":\"[smtp.example.net]\"",
                        "\"host\":\"smtp.example.net\",\"port\":25,\"login\":\"manolo\","
                                + "\"tls\":{\"level\":\"encrypt\",\"wrappermode\":false",
                        "\"file\":\"/tls_policy\",\"line\":2}");
    }
}
