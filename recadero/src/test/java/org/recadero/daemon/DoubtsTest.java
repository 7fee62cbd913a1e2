package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.log.MailLog;
import org.recadero.os.LibcUserDatabase;
import org.recadero.table.Tables;

class DoubtsTest {
    @TempDir
    Path folder;

    private final Map<String, String> settings = new LinkedHashMap<>(Map.of("myhostname", "cliente.example.net"));

    private List<String> doubts() {
        Tables tables = new Tables(new LibcUserDatabase(), new MailLog((severity, tag, text) -> {}, "postfix"), "x");
        try {
            return Doubts.of(Configurations.of(folder, settings), tables);
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void isSilentWhereAllIsWell() throws IOException {
        Files.writeString(folder.resolve("aliases"), "");
        Files.writeString(folder.resolve("index.db"), "");
        settings.put("alias_maps", "hash:" + folder.resolve("aliases") + ", cdb:" + folder.resolve("aliases"));
        settings.put("virtual_alias_maps", "hash:" + folder.resolve("index"));
        settings.put("virtual_alias_domains", "$virtual_alias_maps, v.example");
        settings.put("header_checks", "regexp:{{/x/ HOLD}}, static:/nowhere");
        settings.put("relay_domains", "$mydestination");
        assertThat(doubts()).isEmpty();
    }

    @Test
    void namesTablesOfWhichThereIsNoFileWhereverTheyStand() {
        settings.put("header_checks", "regexp:" + folder.resolve("headers"));
        settings.put("canonical_maps", "inline:{a=b}, unionmap:{hash:" + folder.resolve("c") + ",static:x}");
        settings.put("smtpd_client_restrictions", "check_client_access cidr:" + folder.resolve("clients") + ", permit");
        String end = ": No such file or directory; mail waits where it is asked";
        String main = folder.resolve("main.cf") + ": ";
        assertThat(doubts())
                .containsExactlyInAnyOrder(
                        main + "header_checks: regexp:" + folder.resolve("headers") + end,
                        main + "canonical_maps: hash:" + folder.resolve("c") + end,
                        main + "smtpd_client_restrictions: cidr:" + folder.resolve("clients") + end);
    }

    @Test
    void namesTablesOfAServicesOwnSettings() throws IOException {
        Files.writeString(
                folder.resolve("master.cf"),
                "smtp unix - - n - - smtp\n  -o { smtp_generic_maps = static:x, hash:" + folder.resolve("g")
                        + " }\n  -o smtp_helo_name=x\nuno unix - - n - - smtp -o smtp_generic_maps=$canonical_maps\n");
        settings.put("canonical_maps", "regexp:" + folder.resolve("c"));
        String end = ": No such file or directory; mail waits where it is asked";
        String master = folder.resolve("master.cf") + ", line ";
        assertThat(doubts())
                .containsExactly(
                        folder.resolve("main.cf") + ": canonical_maps: regexp:" + folder.resolve("c") + end,
                        master + "1: service smtp/unix: -o smtp_generic_maps: hash:" + folder.resolve("g") + end,
                        master + "4: service uno/unix: -o smtp_generic_maps: regexp:" + folder.resolve("c") + end);
    }

    @Test
    void namesDomainsThatAreSaidToHaveMailboxesToo() { // Postfix: trivial-rewrite(8); seen with 3.7.11
        settings.put("mydestination", "local.example, dos.example");
        settings.put("virtual_mailbox_domains", "dos.example, tres.example, cuatro.example, mysql:/nowhere");
        settings.put("virtual_alias_domains", "tres.example");
        settings.put("relay_domains", "cuatro.example");
        assertThat(doubts()).isEmpty();
        settings.put("virtual_mailbox_domains", "dos.example, tres.example, cuatro.example");
        assertThat(doubts())
                .containsExactly(
                        "do not list domain dos.example in BOTH mydestination and virtual_mailbox_domains",
                        "do not list domain tres.example in BOTH virtual_alias_domains and virtual_mailbox_domains",
                        "do not list domain cuatro.example in BOTH virtual_mailbox_domains and relay_domains");
    }

    @Test
    void namesDomainsOfTwoClassesInPostfixsWords() { // Postfix: trivial-rewrite(8); seen with 3.7.11
        settings.put("mydestination", "localhost, a.example, c.example");
        settings.put("virtual_alias_domains", "A.example b.example");
        settings.put("relay_domains", "b.example c.example");
        assertThat(doubts())
                .containsExactly(
                        "do not list domain a.example in BOTH mydestination and virtual_alias_domains",
                        "do not list domain b.example in BOTH virtual_alias_domains and relay_domains");
    }
}
