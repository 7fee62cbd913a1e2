package org.recadero.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.log.MailLog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.table.Tables;

/** Postfix: postconf(5), local_login_sender_maps. */
class LoginSendersTest {
    private static LoginSenders of(Map<String, String> settings) throws Exception {
        Snapshot snapshot = Configurations.of(Path.of("/etc/postfix"), settings);
        Tables tables = new Tables(new LibcUserDatabase(), new MailLog((s, t, x) -> {}, "postfix"), "sendmail");
        return new LoginSenders(snapshot, tables::open);
    }

    private static boolean allowed(LoginSenders senders, String name, String sender) {
        return senders.allows(name, sender) instanceof LoginSenders.Answer.Allowed;
    }

    @Test
    void everybodyMaySendAsAnybodyUnlessAMapSaysOtherwise() throws Exception {
        assertThat(allowed(of(Map.of()), "pepe", "x@y.z")).isTrue();
        assertThat(allowed(of(Map.of()), "pepe", "")).isTrue();
        LoginSenders nobody = of(Map.of("local_login_sender_maps", "inline:{ { root = * } }"));
        assertThat(allowed(nobody, "pepe", "pepe")).isFalse();
        assertThat(allowed(nobody, "root", "x@y.z")).isTrue();
    }

    @Test
    void readsPatterns() throws Exception {
        LoginSenders senders = of(Map.of(
                "local_login_sender_maps",
                "inline:{ { pepe = pepe, Pepe@Gmail.com @example.net } { uid:1234 = <> } }",
                "recipient_delimiter",
                "+"));
        assertThat(allowed(senders, "pepe", "pepe")).isTrue();
        assertThat(allowed(senders, "pepe", "pepe+x@gmail.com")).isTrue();
        assertThat(allowed(senders, "pepe", "who@EXAMPLE.net")).isTrue();
        assertThat(allowed(senders, "pepe", "who@sub.example.net")).isFalse();
        assertThat(allowed(senders, "pepe", "manolo")).isFalse();
        assertThat(allowed(senders, "pepe", "")).isFalse();
        assertThat(allowed(senders, LoginSenders.name(Optional.empty(), 1234), ""))
                .isTrue();
        assertThat(allowed(senders, LoginSenders.name(Optional.empty(), 1234), "x@y.z"))
                .isFalse();
        assertThat(senders.names("pepe", Address.of("pepe@gmail.com"))).isTrue();
        assertThat(senders.names("pepe", Address.of("x@example.net"))).isFalse();
    }

    @Test
    void aTableThatFailsIsNoPermission() throws Exception {
        assertThat(of(Map.of("local_login_sender_maps", "fail:away")).allows("pepe", "pepe"))
                .isInstanceOf(LoginSenders.Answer.Failed.class);
    }
}
