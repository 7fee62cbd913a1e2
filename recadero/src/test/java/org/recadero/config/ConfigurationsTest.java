package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationsTest {
    @TempDir
    Path folder;

    private Configurations.Loaded load(String mainCf) throws IOException, ConfigurationException {
        Files.writeString(folder.resolve("main.cf"), mainCf);
        return Configurations.load(folder);
    }

    private Snapshot of(String... settings) throws ConfigurationException {
        Map<String, String> map = new HashMap<>(Map.of("myhostname", "vm.example.net"));
        for (int i = 0; i < settings.length; i += 2) {
            map.put(settings[i], settings[i + 1]);
        }
        return Configurations.of(folder, map);
    }

    @Test
    void hasDefaultsThatFollowFromOthers() throws ConfigurationException {
        Snapshot configuration = of();
        assertThat(configuration.get(Parameters.MYDOMAIN)).isEqualTo("example.net");
        assertThat(configuration.get(Parameters.MYDESTINATION))
                .containsExactly("vm.example.net", "localhost.example.net", "localhost");
        assertThat(configuration.get(Parameters.MYORIGIN)).isEqualTo("vm.example.net");
        assertThat(configuration.get(Parameters.LOCAL_TRANSPORT)).isEqualTo("local:vm.example.net");
        assertThat(configuration.get(Parameters.ALIAS_MAPS)).containsExactly(new TableSpec("hash", "/etc/aliases"));
        assertThat(configuration.get(Parameters.MAIL_NAME)).isEqualTo("Recadero");
        assertThat(configuration.get(Parameters.SYSLOG_NAME)).isEqualTo("postfix");
        assertThat(configuration.expanded("relay_domains"))
                .isEqualTo("vm.example.net, localhost.example.net, localhost");
        assertThat(of("compatibility_level", "3.6").expanded("relay_domains")).isEmpty();
    }

    @Test
    void readsTheOriginFromAFile() throws IOException, ConfigurationException {
        Path mailname = folder.resolve("mailname");
        Files.writeString(mailname, "example.net \nignored\n");
        assertThat(of("myorigin", mailname.toString()).get(Parameters.MYORIGIN)).isEqualTo("example.net");
        Files.writeString(mailname, "\n");
        assertThatThrownBy(() -> of("myorigin", mailname.toString())).hasMessageContaining("first line is empty");
        Files.delete(mailname);
        assertThatThrownBy(() -> load("myhostname = a.b\nmyorigin = " + mailname + "\n"))
                .hasMessageContaining("main.cf, line 2: ")
                .hasMessageContaining("myorigin")
                .hasMessageContaining("No such file or directory");
    }

    @Test
    void leavesToTheirUsersWhatPostfixDoesNotExpand() throws ConfigurationException {
        Snapshot configuration = of("mailbox_command", "procmail -a \"$EXTENSION\"");
        assertThat(configuration.get(Parameters.MAILBOX_COMMAND)).isEqualTo("procmail -a \"$EXTENSION\"");
        assertThat(configuration.get(Parameters.FORWARD_PATH))
                .containsExactly("$home/.forward${recipient_delimiter}${extension}", "$home/.forward");
    }

    @Test
    void saysFileLineAndNameOfAWrongValue() {
        assertThatThrownBy(() -> load("myhostname = a.b\n\nbiff = maybe\n"))
                .hasMessage(folder + "/main.cf, line 3: bad boolean configuration: biff = maybe");
        assertThatThrownBy(() -> load("line_length_limit = 5\n"))
                .hasMessage(folder + "/main.cf, line 1: invalid line_length_limit parameter value 5 < 512");
        assertThatThrownBy(() -> load("queue_run_delay = 5x\n"))
                .hasMessage(folder + "/main.cf, line 1: parameter queue_run_delay: bad time value or unit: 5x");
        assertThatThrownBy(() -> load("queue_run_delay = 0\n"))
                .hasMessage(folder + "/main.cf, line 1: invalid queue_run_delay: 0 (min 1)");
        assertThatThrownBy(() -> load("mail_owner =\n"))
                .hasMessage(folder + "/main.cf, line 1: bad string length 0 < 1: mail_owner = ");
        assertThatThrownBy(() -> load("myhostname = a..b\n")).hasMessageContaining("bad parameter value: a..b");
        assertThatThrownBy(() -> load("relayhost = $relayhost\n"))
                .hasMessage(folder + "/main.cf, line 1: unreasonable macro call nesting: \"relayhost\"");
        assertThatThrownBy(() -> load("relayhost = ${x\n"))
                .hasMessageContaining("main.cf, line 1: parameter relayhost: truncated");
    }

    @Test
    void parsesNumbersAsPostfixDoes() throws ConfigurationException {
        assertThat(of("message_size_limit", "5000000000").get(Parameters.MESSAGE_SIZE_LIMIT))
                .isEqualTo(5_000_000_000L);
        for (String wrong : List.of("x", "", "0x600", "600 x", "99999999999999999999", "1.5", "१")) {
            assertThatThrownBy(() -> of("line_length_limit", wrong))
                    .hasMessageEndingWith("bad numerical configuration: line_length_limit = " + wrong);
        }
        assertThatThrownBy(() -> of("line_length_limit", "99999999999")).hasMessageContaining("bad numerical");
    }

    @Test
    void parsesTimes() throws ConfigurationException {
        assertThat(of("queue_run_delay", "7").get(Parameters.QUEUE_RUN_DELAY)).isEqualTo(Duration.ofSeconds(7));
        assertThat(of("queue_run_delay", "2m").get(Parameters.QUEUE_RUN_DELAY)).isEqualTo(Duration.ofMinutes(2));
        assertThat(of("delay_warning_time", "4").get(Parameters.DELAY_WARNING_TIME))
                .isEqualTo(Duration.ofHours(4));
        assertThat(of("maximal_queue_lifetime", "5").get(Parameters.MAXIMAL_QUEUE_LIFETIME))
                .isEqualTo(Duration.ofDays(5));
        assertThat(of("maximal_queue_lifetime", "1w2d").get(Parameters.MAXIMAL_QUEUE_LIFETIME))
                .isEqualTo(Duration.ofDays(9));
        for (String wrong : List.of("", "-5s", "5 s", "5M", "s", "5sx", "9999999999w", "99999999999s")) {
            assertThatThrownBy(() -> of("queue_run_delay", wrong))
                    .hasMessageContaining("bad time value or unit: " + wrong);
        }
    }

    @Test
    void parsesBooleansInAnyCase() throws ConfigurationException {
        assertThat(of("soft_bounce", "YES").get(Parameters.SOFT_BOUNCE)).isTrue();
        assertThatThrownBy(() -> of("soft_bounce", "true")).hasMessageContaining("bad boolean configuration");
    }

    @Test
    void keepsBracesOfListsTogether() throws ConfigurationException {
        assertThat(of("transport_maps", "inline:{ {a = b}, c=d }, /x,proxy:hash:/y lmdb:/z")
                        .get(Parameters.TRANSPORT_MAPS))
                .containsExactly(
                        new TableSpec("inline", "{ {a = b}, c=d }"),
                        new TableSpec("hash", "/x"),
                        new TableSpec("proxy", "hash:/y"),
                        new TableSpec("lmdb", "/z"));
        assertThat(of("transport_maps", "/x", "default_database_type", "cdb").get(Parameters.TRANSPORT_MAPS))
                .containsExactly(new TableSpec("cdb", "/x"));
        assertThatThrownBy(() -> of("transport_maps", "inline:{ a=b")).hasMessageContaining("missing '}'");
    }

    @Test
    void warnsOfAnUnknownNameWithFileLineAndTheNearest() throws IOException, ConfigurationException {
        assertThat(load("myhostname = a.b\nrelayhots = x\nmine = 1\nmydestination = $mine\n")
                        .warnings())
                .containsExactly(folder + "/main.cf, line 2: unknown parameter: relayhots (did you mean relayhost?)");
    }

    @Test
    void warnsOfWhatHasNoEffectOnlyWhereItIsNotTheDefault() throws IOException, ConfigurationException {
        assertThat(
                        load("myhostname = a.b\nvirtual_mailbox_base = /x\nheader_checks =\npostscreen_greet_wait = 1s\nmax_use = 5\n")
                                .warnings())
                .containsExactly(
                        folder + "/main.cf, line 2: virtual_mailbox_base is not supported yet and has no effect",
                        folder + "/main.cf, line 4: postscreen_greet_wait is not supported and has no effect");
    }

    @Test
    void knowsTheTransportsOfMasterCf() throws IOException, ConfigurationException {
        Files.writeString(folder.resolve("master.cf"), "gmail unix - - n - - smtp\n");
        assertThat(load("myhostname = a.b\ngmail_recipient_refill_delay = 0s\nhotmail_recipient_refill_delay = 0s\n")
                        .warnings())
                .hasSize(2)
                .first()
                .asString()
                .contains("gmail_recipient_refill_delay is not supported yet");
    }

    @Test
    void warnsOnceOfANameThatStandsTwice() throws IOException, ConfigurationException {
        assertThat(load("myhostname = a.b\nrelayhost =\nrelayhost = [x]\n").warnings())
                .containsExactly(folder + "/main.cf, line 3: overriding earlier entry: relayhost=");
    }

    @Test
    void putsAServicesOwnSettingsOver() throws ConfigurationException {
        Snapshot base = of();
        Snapshot own = base.with(Map.of("syslog_name", "postfix/x"), new SourceLine(folder.resolve("master.cf"), 7));
        assertThat(own.get(Parameters.SYSLOG_NAME)).isEqualTo("postfix/x");
        assertThat(own.source("syslog_name")).hasValue(new SourceLine(folder.resolve("master.cf"), 7));
        assertThat(base.get(Parameters.SYSLOG_NAME)).isEqualTo("postfix");
        assertThatThrownBy(() -> base.with(Map.of("biff", "x"), new SourceLine(folder.resolve("master.cf"), 7)))
                .hasMessageContaining("master.cf, line 7: bad boolean");
    }

    @Test
    void findsTheFolderAsPostfixDoes() {
        assertThat(Configurations.folder(Optional.of("/a"), Map.of("MAIL_CONFIG", "/b")))
                .isEqualTo(Path.of("/a"));
        assertThat(Configurations.folder(Optional.empty(), Map.of("MAIL_CONFIG", "/b")))
                .isEqualTo(Path.of("/b"));
        assertThat(Configurations.folder(Optional.empty(), Map.of())).isEqualTo(Path.of("/etc/postfix"));
    }

    @Test
    void completesAHostNameWithoutADot() throws ConfigurationException {
        Machine machine = new Machine("vm", 1, "x");
        assertThat(new Snapshot(folder, machine, Map.of()).get(Parameters.MYHOSTNAME))
                .isEqualTo("vm.localdomain");
        assertThat(new Snapshot(folder, machine, Map.of()).get(Parameters.MYDOMAIN))
                .isEqualTo("localdomain");
        Map<String, MainCf.Entry> domain =
                Map.of("mydomain", new MainCf.Entry("mydomain", "example.net", new SourceLine(folder, 1)));
        assertThat(new Snapshot(folder, machine, domain).get(Parameters.MYHOSTNAME))
                .isEqualTo("vm.example.net");
    }

    @Test
    void refusesAMissingOrHugeFileInWords() throws IOException {
        assertThatThrownBy(() -> Configurations.load(folder.resolve("none")))
                .hasMessage("open " + folder + "/none/main.cf: No such file or directory");
        Files.createDirectory(folder.resolve("main.cf"));
        assertThatThrownBy(() -> Configurations.load(folder)).hasMessage("read " + folder + "/main.cf: Is a directory");
        Files.delete(folder.resolve("main.cf"));
        Files.write(folder.resolve("main.cf"), new byte[ConfigurationFile.MOST_BYTES + 1]);
        assertThatThrownBy(() -> Configurations.load(folder)).hasMessageContaining("over 16777216 bytes");
    }

    @Test
    void aSyslogFacilityHasItsNumber() throws Exception {
        assertThat(Configurations.of(Path.of("/etc/postfix"), Map.of()).get(Parameters.SYSLOG_FACILITY))
                .isEqualTo(2);
        assertThat(Configurations.of(Path.of("/etc/postfix"), Map.of("syslog_facility", "LOCAL3"))
                        .get(Parameters.SYSLOG_FACILITY))
                .isEqualTo(19);
        assertThatThrownBy(() -> Configurations.of(Path.of("/etc/postfix"), Map.of("syslog_facility", "-"))
                        .get(Parameters.SYSLOG_FACILITY))
                .hasMessageContaining("is no syslog facility");
    }
}
