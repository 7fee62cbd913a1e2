package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.route.Relay;
import org.recadero.route.RelayRules;
import org.recadero.route.ServiceNames;
import org.recadero.table.Tables;

class OutboundTest {
    private static final String NEXT = "[smtp.gmail.com]:587";
    private static final Map<String, String> BASE = Map.of(
            "compatibility_level", "3.6",
            "myhostname", "cliente.example.net",
            "myorigin", "cliente",
            "mydestination", "cliente, example.net, localhost",
            "recipient_delimiter", "+",
            "relayhost", NEXT,
            "smtp_sasl_auth_enable", "yes",
            "smtp_sender_dependent_authentication", "yes",
            "smtp_sasl_password_maps",
                    "inline:{ { manolo@example.net = manolo:dos } { [smtp.gmail.com]:587 = pepe@gmail.com:uno } }");

    private static final Map<String, String> LOCAL = Map.of("recadero_rewrite_local_senders", "yes");

    /** Sender, recipient and content as they leave. */
    private static String leaves(Map<String, String> more, String account, String sender, String header)
            throws Exception {
        Map<String, String> settings = new HashMap<>(BASE);
        settings.putAll(more);
        Snapshot snapshot = Configurations.of(Path.of("/etc/postfix"), settings);
        Tables tables = new Tables(new LibcUserDatabase(), new MailLog((s, t, x) -> {}, "postfix"), "smtp");
        RelayRules rules = new RelayRules(snapshot, tables::open, ServiceNames.ofMail(), w -> {});
        Relay relay = ((Relay.Decision.Chosen) rules.decide(NEXT, ReversePath.of(account))).relay();
        Outbound outbound = new Outbound(snapshot, tables::open);
        byte[] content = (header + "\ncuerpo From: root@cliente\n").getBytes(StandardCharsets.UTF_8);
        if (!outbound.changes(relay)) {
            return sender + " unchanged";
        }
        Outbound.Rewritten rewritten = outbound.rewrite(
                relay,
                ReversePath.of(account),
                ReversePath.of(sender),
                List.of(Address.of("usuario@cliente")),
                new ByteArrayInputStream(content));
        try (var in = rewritten.of(new ByteArrayInputStream(content))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text).endsWith("\n\ncuerpo From: root@cliente\n");
            return rewritten.sender() + " " + rewritten.recipients().getFirst() + " "
                    + text.substring(0, text.indexOf("\n\n") + 1);
        }
    }

    private static String leaves(Map<String, String> more, String header) throws Exception {
        return leaves(more, "root@cliente", "root@cliente", header);
    }

    /** Postfix: generic(5). */
    @Test
    void genericMapsChangeEnvelopeAndHeader() throws Exception {
        Map<String, String> generic = Map.of(
                "smtp_generic_maps",
                "inline:{ { root@cliente = root.cliente@example.com } { usuario = usuario@example.com } { @localhost = @example.org } }");
        assertThat(leaves(generic, """
                        From: root@cliente (Cron Daemon)
                        To: "U" <usuario@cliente>,
                         otra@example.com
                        Cc: x@localhost
                        Subject: root@cliente
                        """)).isEqualTo("""
                        root.cliente@example.com usuario@example.com From: root.cliente@example.com (Cron Daemon)
                        To: "U" <usuario@example.com>,
                         otra@example.com
                        Cc: x@example.org
                        Subject: root@cliente
                        """);
    }

    @Test
    void genericMapsKnowExtensionsAndFail() throws Exception {
        Map<String, String> generic =
                new HashMap<>(Map.of("smtp_generic_maps", "inline:{ { root@cliente = admin@example.com } }"));
        assertThat(leaves(generic, "root+x@cliente", "root+x@cliente", "From: root+x@cliente\n"))
                .isEqualTo("admin@example.com usuario@cliente From: admin@example.com\n");
        generic.put("propagate_unmatched_extensions", "generic");
        assertThat(leaves(generic, "root+x@cliente", "root+x@cliente", "From: root+x@cliente\n"))
                .isEqualTo("admin+x@example.com usuario@cliente From: admin+x@example.com\n");
        assertThatThrownBy(() -> leaves(Map.of("smtp_generic_maps", "fail:away"), "From: root@cliente\n"))
                .isInstanceOf(Outbound.TableFailed.class)
                .hasMessageContaining("smtp_generic_maps");
        assertThat(leaves(generic, "", "", "From: x@example.org\n")).startsWith(" usuario@cliente From");
    }

    @Test
    void localSendersBecomeTheAccountAndTheirOriginStaysVisible() throws Exception {
        assertThat(leaves(LOCAL, "From: root@cliente\nSender: root@cliente\nTo: root@cliente\n"))
                .isEqualTo("""
                        pepe@gmail.com usuario@cliente From: "root (cliente)" <pepe@gmail.com>
                        Sender: "root (cliente)" <pepe@gmail.com>
                        To: root@cliente
                        """);
        assertThat(leaves(LOCAL, "From: root@cliente (Cron Daemon)\n"))
                .contains("From: \"Cron Daemon (root@cliente)\" <pepe@gmail.com>\n");
        assertThat(leaves(LOCAL, "From: \"Cron Daemon\"\n <root@cliente>\n"))
                .contains("From: \"Cron Daemon (root@cliente)\" <pepe@gmail.com>\n");
        assertThat(leaves(LOCAL, "From: =?utf-8?q?Se=C3=B1or?= <root@cliente>\n"))
                .contains("From: =?utf-8?q?Se=C3=B1or?= \"(root@cliente)\" <pepe@gmail.com>\n");
        assertThat(leaves(LOCAL, "From: Ana <ana@example.com>, root@cliente\nReply-To: otra@example.org\n"))
                .contains("From: Ana <ana@example.com>, pepe@gmail.com\nReply-To: otra@example.org\n");
    }

    @Test
    void whoIsKnownOutsideStaysWhoHeIs() throws Exception {
        assertThat(leaves(LOCAL, "manolo@example.net", "manolo@example.net", "From: Manolo <manolo@example.net>\n"))
                .as("example.net is local, but a map knows him")
                .isEqualTo("manolo@example.net usuario@cliente From: Manolo <manolo@example.net>\n");
        assertThat(leaves(LOCAL, "quien@example.org", "quien@example.org", "From: quien@example.org\n"))
                .startsWith("quien@example.org ");
        assertThat(leaves(LOCAL, "manolo@example.net", "usuario@cliente", "From: manolo@example.net\n"))
                .as("the From field chose the account: the envelope follows")
                .startsWith("manolo@example.net ");
        assertThat(leaves(LOCAL, "", "", "From: MAILER-DAEMON@cliente\n"))
                .startsWith(" usuario@cliente From: \"MAILER-DAEMON (cliente)\" <pepe@gmail.com>\n");
    }

    @Test
    void genericMapsWinAndTheDefaultIsPostfixsWay() throws Exception {
        Map<String, String> both = new HashMap<>(LOCAL);
        both.put("smtp_generic_maps", "inline:{ { root@cliente = admin@example.com } }");
        assertThat(leaves(both, "From: root@cliente\nReply-To: otro@cliente\n")).isEqualTo("""
                        admin@example.com usuario@cliente From: admin@example.com
                        Reply-To: "otro (cliente)" <pepe@gmail.com>
                        """);
        assertThat(leaves(Map.of(), "From: root@cliente\n")).isEqualTo("root@cliente unchanged");
        assertThat(leaves(
                        Map.of("recadero_rewrite_local_senders", "yes", "smtp_sasl_auth_enable", "no"),
                        "From: root@cliente\n"))
                .as("not through an account")
                .isEqualTo("root@cliente unchanged");
    }
}
