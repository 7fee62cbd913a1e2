package org.recadero.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.table.Tables;

class AccountRuleTest {
    private static final Map<String, String> CHAPTER = Map.of(
            "sender_dependent_relayhost_maps", "inline:{ { pepe@gmail.com = [smtp.gmail.com]:submission } }",
            "smtp_sender_dependent_authentication", "yes",
            "smtp_sasl_password_maps", "inline:{ { manolo@example.net = manolo:soymanolo } }");

    private boolean usersFail;
    private int asked;

    private String choose(Map<String, String> settings, String sender, int uid, String from) throws Exception {
        Map<String, String> all = new HashMap<>(CHAPTER);
        all.putAll(settings);
        Snapshot snapshot = Configurations.of(Path.of("/etc/postfix"), all);
        Tables tables = new Tables(new LibcUserDatabase(), new MailLog((s, t, x) -> {}, "postfix"), "qmgr");
        AccountRule rule = new AccountRule(
                snapshot, List.of(), tables::open, new LoginSenders(snapshot, tables::open), new AccountRule.Logins() {
                    @Override
                    public Optional<String> name(int number) throws UserDatabaseException {
                        if (usersFail) {
                            throw new UserDatabaseException("away");
                        }
                        return number == 1001 ? Optional.of("usuario") : Optional.empty();
                    }

                    @Override
                    public Optional<Address> completed(String login) {
                        return Optional.of(Address.of(login + "@cliente"));
                    }
                });
        Envelope envelope = new Envelope(
                ReversePath.of(sender),
                Optional.empty(),
                List.of(EnvelopeRecipient.of(Address.of("x@example.org"))),
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                uid < 0 ? Optional.empty() : Optional.of(uid));
        AccountRule.Answer answer = rule.choose(envelope, () -> {
            asked++;
            if (from.equals("!")) {
                throw new IOException("unreadable");
            }
            return from.isEmpty() ? Optional.empty() : Optional.of(Address.of(from));
        });
        return switch (answer) {
            case AccountRule.Answer.Is(ReversePath account, Optional<Reason> why) -> account.toString();
            case AccountRule.Answer.Failed(String text) -> "failed: " + text;
        };
    }

    @Test
    void theFromFieldChoosesWhereTheEnvelopeHasOnlyTheLoginName() throws Exception {
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "pepe@gmail.com")).isEqualTo("pepe@gmail.com");
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "manolo@example.net"))
                .isEqualTo("manolo@example.net");
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "pepe+lista@gmail.com"))
                .as("no recipient_delimiter, no extension")
                .isEqualTo("usuario@cliente");
    }

    @Test
    void theEnvelopesSenderStaysWhereItWasGiven() throws Exception {
        assertThat(choose(Map.of(), "manolo@example.net", 1001, "pepe@gmail.com"))
                .isEqualTo("manolo@example.net");
        assertThat(choose(Map.of(), "otra@example.org", 1001, "pepe@gmail.com")).isEqualTo("otra@example.org");
        assertThat(choose(Map.of(), "", 1001, "pepe@gmail.com")).isEmpty();
        assertThat(choose(Map.of(), "usuario@cliente", -1, "pepe@gmail.com")).isEqualTo("usuario@cliente");
        assertThat(choose(Map.of(), "usuario@cliente", 1002, "pepe@gmail.com")).isEqualTo("usuario@cliente");
        assertThat(asked).isZero();
    }

    @Test
    void theEnvelopesSenderStaysWhereAMapKnowsItOrNoneKnowsTheAuthor() throws Exception {
        Map<String, String> known =
                Map.of("sender_dependent_default_transport_maps", "inline:{ { @cliente = smtps } }");
        assertThat(choose(known, "usuario@cliente", 1001, "pepe@gmail.com")).isEqualTo("usuario@cliente");
        assertThat(asked).isZero();
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "nadie@example.com"))
                .isEqualTo("usuario@cliente");
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "")).isEqualTo("usuario@cliente");
    }

    @Test
    void canBeSwitchedOff() throws Exception {
        assertThat(choose(Map.of("recadero_sender_from_header", "no"), "usuario@cliente", 1001, "pepe@gmail.com"))
                .isEqualTo("usuario@cliente");
        assertThat(asked).isZero();
    }

    /** A From field is no way round local_login_sender_maps. */
    @Test
    void nobodySendsThroughAnAccountThatHeMayNotUse() throws Exception {
        Map<String, String> own = Map.of("local_login_sender_maps", "inline:{ { usuario = usuario, pepe@gmail.com } }");
        assertThat(choose(own, "usuario@cliente", 1001, "pepe@gmail.com")).isEqualTo("pepe@gmail.com");
        assertThat(choose(own, "usuario@cliente", 1001, "manolo@example.net")).isEqualTo("usuario@cliente");
        Map<String, String> meant = Map.of("local_login_sender_maps", "inline:{ { usuario = usuario@cliente, * } }");
        assertThat(choose(meant, "usuario@cliente", 1001, "pepe@gmail.com")).isEqualTo("usuario@cliente");
    }

    @Test
    void waitsWhereItCannotBeDecided() throws Exception {
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "!")).startsWith("failed: the From field cannot be read");
        assertThat(choose(
                        Map.of("sender_dependent_relayhost_maps", "fail:away"),
                        "usuario@cliente",
                        1001,
                        "pepe@gmail.com"))
                .startsWith("failed: the sender's account cannot be looked up");
        usersFail = true;
        assertThat(choose(Map.of(), "usuario@cliente", 1001, "pepe@gmail.com")).startsWith("failed: the user database");
    }
}
