package org.recadero.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.recadero.command.SetupFixture.OWNER;
import static org.recadero.command.SetupFixture.USER;
import static org.recadero.command.SetupFixture.ids;
import static org.recadero.command.SetupFixture.ownerAndMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;

class InitTest {
    @TempDir
    Path folder;

    private SetupFixture machine;
    private Path home;
    private Path queue;

    @BeforeEach
    void makesAMachine() throws IOException {
        machine = new SetupFixture(folder);
        home = Files.createDirectory(folder.resolve("casa"));
        queue = folder.resolve("spool");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (SetupFixture.isRoot()) {
            Files.setAttribute(home, "unix:uid", USER);
        }
        machine.addUserEntry("pepe", USER, home.toString());
    }

    private Map<String, String> snapshotOf(Path root) throws IOException {
        Map<String, String> all = new HashMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                String content = Files.isRegularFile(path) ? Files.readString(path) : "";
                all.put(path.toString(), ownerAndMode(path) + " " + Files.getLastModifiedTime(path) + content);
            }
        }
        return all;
    }

    // ---- an ordinary user

    private SetupFixture.Ran asUser(Map<String, String> environment) throws IOException {
        return machine.init(USER, environment);
    }

    @Test
    void anOrdinaryUserGetsAnInstanceOfHisOwn() throws IOException, ConfigurationException {
        SetupFixture.Ran ran = asUser(Map.of("HOME", home.toString()));

        Path configured = home.resolve(".config/recadero");
        Path state = home.resolve(".local/state/recadero");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.status()).isZero();
        assertThat(ran.out())
                .contains("made        " + configured.resolve("main.cf") + "\n")
                .contains("made        " + state.resolve("recadero/log") + "\n")
                .endsWith("\nexport MAIL_CONFIG=" + configured + "\n");
        Snapshot configuration = Configurations.load(configured).configuration();
        assertThat(configuration.get(Parameters.MAIL_OWNER)).isEqualTo("pepe");
        assertThat(configuration.get(Parameters.QUEUE_DIRECTORY)).isEqualTo(state.toString());
        assertThat(configuration.get(Parameters.HOME_MAILBOX)).isEqualTo("Maildir/");
        assertThat(MasterCf.read(configured.resolve("master.cf")).entries())
                .isNotEmpty()
                .noneMatch(service -> service.type() == MasterCf.Type.INET);
        for (String name : List.of("", "log", "large", "corrupt", "drop")) {
            assertThat(ownerAndMode(state.resolve("recadero").resolve(name))).isEqualTo(ids(USER) + " 700");
        }
        assertThat(state.resolve("recadero/drop/root")).doesNotExist();
    }

    @Test
    void aSecondRunTouchesNothing() throws IOException {
        asUser(Map.of("HOME", home.toString()));
        Map<String, String> before = snapshotOf(home);

        SetupFixture.Ran again = asUser(Map.of("HOME", home.toString(), "LANG", "es_ES.UTF-8"));

        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("sin tocar   " + home).doesNotContain("creado");
        assertThat(snapshotOf(home)).isEqualTo(before);
    }

    @Test
    void aConfigurationThatIsThereDecidesWhereTheQueueIs() throws IOException {
        Path configured = folder.resolve("conf");
        Files.createDirectory(configured);
        Files.writeString(
                configured.resolve("main.cf"), "mail_owner = pepe\nqueue_directory = " + home.resolve("q") + "\n");
        Files.writeString(configured.resolve("master.cf"), "");

        SetupFixture.Ran ran = asUser(Map.of("HOME", home.toString(), "MAIL_CONFIG", configured.toString()));

        assertThat(ran.err()).isEmpty();
        assertThat(home.resolve("q/recadero/log")).isDirectory();
        assertThat(configured.resolve("aliases")).doesNotExist();
    }

    @Test
    void aWrongConfigurationThatIsThereIsNamed() throws IOException {
        Path configured = Files.createDirectory(folder.resolve("conf"));
        Files.writeString(configured.resolve("main.cf"), "x = 1\nqueue_run_delay = nunca\n");
        Files.writeString(configured.resolve("master.cf"), "");

        SetupFixture.Ran ran = asUser(Map.of("HOME", home.toString(), "MAIL_CONFIG", configured.toString()));

        assertThat(ran.status()).isEqualTo(78);
        assertThat(ran.err()).contains("main.cf, line 2");
    }

    @Test
    void aNumberWithoutEntryIsCalledAsItsShellSaysUnlessSomebodyIsCalledSo() throws IOException {
        machine.users.clear();
        asUser(Map.of("HOME", home.toString(), "USER", "visitante"));
        Path main = home.resolve(".config/recadero/main.cf");
        assertThat(main).content().contains("\nmail_owner = visitante\n");

        Files.delete(main);
        machine.addUserEntry("visitante", 1, "/");
        asUser(Map.of("HOME", home.toString(), "USER", "visitante"));
        assertThat(main).content().contains("\nmail_owner = " + USER + "\n");
    }

    @Test
    void withoutAHomeItSaysWhatToSet() throws IOException {
        machine.users.clear();

        SetupFixture.Ran ran = asUser(Map.of());

        assertThat(ran.status()).isEqualTo(73);
        assertThat(ran.err()).startsWith("recadero: HOME is not set");
    }

    @Test
    void withoutTheVariableTheHomeIsTheUserDatabases() throws IOException {
        assertThat(asUser(Map.of()).status()).isZero();
        assertThat(home.resolve(".config/recadero/main.cf")).exists();
    }

    @Test
    void aHomeThatCouldAddLinesToMainCfIsRefused() throws IOException {
        for (String bad : List.of("relative", home + "\nmail_owner = root", home + "/\u0000")) {
            SetupFixture.Ran ran = asUser(Map.of("HOME", bad));
            assertThat(ran.status()).as(bad).isEqualTo(73);
            assertThat(ran.err()).as(bad).contains("cannot be used as a folder");
        }
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void aDollarInThePathIsNoVariableInMainCf() throws IOException, ConfigurationException {
        Path odd = home.resolve("a$myhostname b");

        SetupFixture.Ran ran = asUser(Map.of("HOME", odd.toString()));

        assertThat(ran.err()).isEmpty();
        assertThat(ran.out()).endsWith("\nexport MAIL_CONFIG='" + odd + "/.config/recadero'\n");
        assertThat(Configurations.load(odd.resolve(".config/recadero"))
                        .configuration()
                        .get(Parameters.QUEUE_DIRECTORY))
                .isEqualTo(odd + "/.local/state/recadero");
        assertThat(odd.resolve(".local/state/recadero/recadero/log")).isDirectory();
    }

    @Test
    void aSocketPathThatIsTooLongIsToldBeforeAnythingIsMade() throws IOException {
        SetupFixture.Ran ran = asUser(Map.of("HOME", home + "/" + "x".repeat(100)));

        assertThat(ran.status()).isEqualTo(73);
        assertThat(ran.err()).contains("at most 107 bytes");
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("r-xr-xr-x"));

        SetupFixture.Ran ran = asUser(Map.of("HOME", home.toString(), "LANG", "es"));

        assertThat(ran.status()).isEqualTo(73);
        assertThat(ran.err())
                .isEqualTo("recadero: no se puede crear " + home.resolve(".config") + ": permiso denegado\n");
    }

    @Test
    void aFileInTheWayIsNamed() throws IOException {
        Files.writeString(home.resolve(".config"), "");

        assertThat(asUser(Map.of("HOME", home.toString())).err())
                .isEqualTo("recadero: " + home.resolve(".config") + " is in the way: it is no folder\n");
    }

    // ---- root

    private SetupFixture.Ran asRoot(Map<String, String> environment) throws IOException {
        assumeTrue(SetupFixture.isRoot(), "needs root");
        return machine.init(0, environment);
    }

    private Path existingMainCf() throws IOException {
        Path configured = Files.createDirectory(folder.resolve("conf"));
        Files.writeString(configured.resolve("main.cf"), "queue_directory = " + queue + "\n");
        return configured;
    }

    @Test
    void rootGetsAccountFilesAndFoldersWithTheirOwnersAndModes() throws IOException {
        Path configured = existingMainCf();

        SetupFixture.Ran ran = asRoot(Map.of("MAIL_CONFIG", configured.toString()));

        assertThat(ran.err()).isEmpty();
        assertThat(ran.status()).isZero();
        assertThat(machine.accountCalls).containsExactly("group postfix", "user postfix postfix " + queue);
        assertThat(ran.out())
                .contains("left alone  " + configured.resolve("main.cf") + "\n")
                .contains("made        " + configured.resolve("master.cf") + "\n")
                .contains("made        group postfix\n", "made        user postfix\n")
                .contains("made        " + queue.resolve("recadero/drop/root") + "\n");
        assertThat(machine.etc.resolve("mailname")).hasContent("cliente.example.net\n");
        assertThat(machine.etc.resolve("aliases")).content().contains("postmaster: root\n");
        assertThat(ownerAndMode(machine.etc.resolve("aliases"))).isEqualTo("0 0 644");
        assertThat(ownerAndMode(configured.resolve("master.cf"))).isEqualTo("0 0 644");
        String owner = OWNER + " " + OWNER + " ";
        Path ours = queue.resolve("recadero");
        assertThat(ownerAndMode(queue)).isEqualTo("0 0 755");
        assertThat(ownerAndMode(ours)).isEqualTo(owner + "755");
        assertThat(ownerAndMode(ours.resolve("log"))).isEqualTo(owner + "700");
        assertThat(ownerAndMode(ours.resolve("large"))).isEqualTo(owner + "700");
        assertThat(ownerAndMode(ours.resolve("corrupt"))).isEqualTo(owner + "700");
        assertThat(ownerAndMode(ours.resolve("control"))).isEqualTo(owner + "750");
        // SAFETY 24, 25
        assertThat(ownerAndMode(ours.resolve("drop"))).isEqualTo(owner + "3733");
        assertThat(ownerAndMode(ours.resolve("drop/root"))).isEqualTo("0 " + OWNER + " 2770");
    }

    @Test
    void rootsSecondRunTouchesNothing() throws IOException {
        Map<String, String> environment = Map.of("MAIL_CONFIG", existingMainCf().toString());
        asRoot(environment);
        Map<String, String> before = snapshotOf(folder);
        machine.accountCalls.clear();

        assertThat(asRoot(environment).out()).doesNotContain("made");
        assertThat(snapshotOf(folder)).isEqualTo(before);
        assertThat(machine.accountCalls).isEmpty();
    }

    @Test
    void rootFollowsNoLinkInAFolderThatOthersCanWrite() throws IOException {
        // SAFETY 6
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.createSymbolicLink(shared.resolve("conf"), target);

        SetupFixture.Ran ran =
                asRoot(Map.of("MAIL_CONFIG", shared.resolve("conf/x").toString()));

        assertThat(ran.status()).isEqualTo(73);
        assertThat(ran.err()).contains(shared.resolve("conf") + " is in the way: it is a symbolic link");
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void rootFollowsALinkThatOnlyRootCanHaveMade() throws IOException {
        Path real = existingMainCf();
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, Path.of("etc/../" + real.getFileName()));

        assertThat(asRoot(Map.of("MAIL_CONFIG", link.toString())).err()).isEmpty();
        assertThat(real.resolve("master.cf")).isRegularFile();
    }

    @Test
    void aLinkInPlaceOfAFolderOfOursIsNotFollowed() throws IOException {
        // SAFETY 6: mail_owner can write there
        Path configured = existingMainCf();
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.createDirectories(queue.resolve("recadero"));
        Files.createSymbolicLink(queue.resolve("recadero/log"), target);

        SetupFixture.Ran ran = asRoot(Map.of("MAIL_CONFIG", configured.toString()));

        assertThat(ran.err()).contains("recadero/log is in the way: it is a symbolic link");
        assertThat(ownerAndMode(target)).startsWith("0 0 ");
    }

    @Test
    void aLinkInPlaceOfAFileIsLeftAlone() throws IOException {
        Path configured = existingMainCf();
        Path outside = folder.resolve("outside");
        Files.createSymbolicLink(configured.resolve("master.cf"), outside);

        asRoot(Map.of("MAIL_CONFIG", configured.toString()));

        assertThat(outside).doesNotExist();
    }

    @Test
    void aMachineWithoutUseraddIsTold() throws IOException {
        machine.hasAccountTools = false;

        SetupFixture.Ran ran = asRoot(Map.of("MAIL_CONFIG", existingMainCf().toString()));

        assertThat(ran.status()).isEqualTo(73);
        assertThat(ran.err()).contains("the program groupadd that makes it", "by hand");
    }

    @Test
    void theMailSystemIsNeverRoots() throws IOException {
        Path configured = existingMainCf();
        Files.writeString(configured.resolve("main.cf"), "mail_owner = root\nqueue_directory = " + queue + "\n");
        machine.addUserEntry("root", 0, "/root");

        SetupFixture.Ran ran = asRoot(Map.of("MAIL_CONFIG", configured.toString()));

        assertThat(ran.err()).contains("never runs as root");
        assertThat(queue).doesNotExist();
    }

    // ---- texts

    @Test
    void theFirstMainCfIsForLocalMailOnlyAndNothingInItIsDoubted() throws IOException, ConfigurationException {
        Path mailname = Files.writeString(machine.etc.resolve("mailname"), "cliente.example.net\n");
        String text = FirstFiles.mainCf(MachineNames.of(machine.etc, "cliente"));
        Files.writeString(folder.resolve("main.cf"), text.replace("/etc/mailname", mailname.toString()));

        Configurations.Loaded loaded = Configurations.load(folder);

        assertThat(loaded.warnings()).isEmpty();
        assertThat(loaded.configuration().get(Parameters.DEFAULT_TRANSPORT)).isEqualTo("error");
        assertThat(loaded.configuration().get(Parameters.MYDESTINATION))
                .containsExactly("cliente.example.net", "localhost.example.net", "localhost");
    }

    @Test
    void theUsersMainCfIsNotDoubtedEither() throws IOException, ConfigurationException {
        MachineNames names = new MachineNames("cliente.example.net", "example.net");
        Files.writeString(
                folder.resolve("main.cf"), FirstFiles.mainCf(names, "$myhostname", "pepe", queue, "/x/mail.log"));

        assertThat(Configurations.load(folder).warnings()).isEmpty();
    }

    @Test
    void theMailNameIsADestinationOnce() throws IOException {
        Files.writeString(machine.etc.resolve("mailname"), "example.net\n");
        assertThat(MachineNames.of(machine.etc, "cliente").destinations())
                .isEqualTo("$myhostname, example.net, localhost.example.net, localhost");
        Files.writeString(machine.etc.resolve("mailname"), "CLIENTE.example.net\n");
        assertThat(MachineNames.of(machine.etc, "cliente").destinations())
                .isEqualTo("$myhostname, localhost.example.net, localhost");
        assertThat(MachineNames.of(folder, "solo").destinations())
                .isEqualTo("$myhostname, localhost.localdomain, localhost");
    }

    @Test
    void aMailNameThatIsNoNameDoesNotGetIntoMainCf() throws IOException {
        Files.writeString(machine.etc.resolve("mailname"), "$x, {y}\n");

        assertThat(MachineNames.of(machine.etc, "cliente").mailName()).isEqualTo("cliente.example.net");
    }

    @Test
    void theChaptersLineStandsInMasterCfByteForByte() {
        assertThat(FirstFiles.masterCf().lines())
                .contains("smtp      unix  -       -       y       -       -       smtp")
                .contains("smtp      inet  n       -       y       -       -       smtpd");
        assertThat(FirstFiles.masterCfWithoutPorts().lines())
                .contains("#smtp      inet  n       -       y       -       -       smtpd");
    }
}
