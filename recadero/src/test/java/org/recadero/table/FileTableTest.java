package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.recadero.table.TableFixture.index;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.os.Identity;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;

class FileTableTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private final TableFixture fixture = new TableFixture();

    private Path write(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    private static LookupResult found(String value) {
        return new LookupResult.Found(value);
    }

    private static final LookupResult NONE = new LookupResult.NotFound();

    @Test
    void answersFromTheIndexOfItsText() throws Exception {
        Path text = write("m", "a text\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "index");
        LookupTable table = fixture.open("hash:" + text);
        assertThat(table.find("a")).isEqualTo(found("index"));
        assertThat(table.find("A")).isEqualTo(found("index"));
        assertThat(table.find("b")).isEqualTo(NONE);
        assertThat(table.find("")).isEqualTo(NONE);
        assertThat(fixture.log).isEmpty();
    }

    @Test
    void eachKindHasItsOwnSuffix() throws Exception {
        Path text = folder.resolve("m");
        for (String suffix : List.of("db", "lmdb", "cdb")) {
            index(text, folder.resolve("m." + suffix), Syntax.MAP, false, "k", suffix);
        }
        assertThat(fixture.open("hash:" + text).find("k")).isEqualTo(found("db"));
        assertThat(fixture.open("btree:" + text).find("k")).isEqualTo(found("db"));
        assertThat(fixture.open("lmdb:" + text).find("k")).isEqualTo(found("lmdb"));
        assertThat(fixture.open("cdb:" + text).find("k")).isEqualTo(found("cdb"));
        assertThat(fixture.open("proxy:cdb:" + text).find("k")).isEqualTo(found("cdb"));
    }

    @Test
    void usesTheTextOfAnOlderIndexAndSaysSoOnce() throws Exception {
        // CONTRACTS «Folders»: any difference in time, size or inode
        Path text = write("m", "a old\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "old");
        write("m", "a new\n");
        LookupTable table = fixture.open("hash:" + text);
        for (int i = 0; i < 5; i++) {
            assertThat(table.find("a")).isEqualTo(found("new"));
            fixture.time.pass(A_SECOND);
        }
        assertThat(fixture.log)
                .containsExactly("warning: database " + text + ".db is older than source file " + text
                        + " -- using the source file");
    }

    @Test
    void aCopyWithTheSameTimeAndSizeIsAnotherText() throws Exception {
        Path text = write("m", "a old\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "old");
        Path copy = write("copy", "a new\n");
        Files.setLastModifiedTime(copy, Files.getLastModifiedTime(text));
        Files.move(copy, text, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(fixture.open("hash:" + text).find("a")).isEqualTo(found("new"));
    }

    @Test
    void theIndexServesWhereTheTextIsGone() throws Exception {
        Path text = write("m", "a b\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "b");
        Files.delete(text);
        assertThat(fixture.open("hash:" + text).find("a")).isEqualTo(found("b"));
        assertThat(fixture.log).isEmpty();
    }

    @Test
    void usesTheTextBesideAnotherProgramsIndexWithOneWarning() throws Exception {
        Path text = write("m", "a b\n");
        Files.write(folder.resolve("m.db"), new byte[12_288]);
        LookupTable table = fixture.open("hash:" + text);
        for (int i = 0; i < 3; i++) {
            assertThat(table.find("a")).isEqualTo(found("b"));
            fixture.time.pass(A_SECOND);
        }
        assertThat(fixture.log)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("warning: database " + text + ".db cannot be used");
    }

    @Test
    void failsWithoutATextBesideAnotherProgramsIndex() throws Exception {
        Path text = folder.resolve("m");
        Files.write(folder.resolve("m.db"), new byte[12_288]);
        assertThat(fixture.open("hash:" + text).find("a")).isInstanceOf(LookupResult.Failed.class);
    }

    @Test
    void failsWhereThereIsNeither() throws Exception {
        Path text = folder.resolve("m");
        LookupTable table = fixture.open("hash:" + text);
        assertThat(table.find("a"))
                .isEqualTo(new LookupResult.Failed(
                        "hash:" + text + ": open database " + text + ".db: No such file or directory"));
        write("m", "a b\n");
        assertThat(table.find("a")).isEqualTo(found("b"));
    }

    @Test
    void noticesAChangeAtTheNextLookUp() throws Exception {
        Path text = write("m", "a one\n");
        LookupTable table = fixture.open("texthash:" + text);
        fixture.time.pass(A_SECOND);
        assertThat(table.find("a")).isEqualTo(found("one"));
        write("m", "a three\n");
        assertThat(table.find("a")).isEqualTo(found("three"));
        assertThat(fixture.log).containsExactly("table texthash:" + text + " has changed");
        // the clock goes back: still looked at
        write("m", "a fourth\n");
        fixture.time.pass(Duration.ofHours(-2));
        assertThat(table.find("a")).isEqualTo(found("fourth"));
    }

    @Test
    void noticesANewIndex() throws Exception {
        Path text = write("m", "a one\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "one");
        LookupTable table = fixture.open("hash:" + text);
        assertThat(table.find("a")).isEqualTo(found("one"));
        write("m", "a three\n");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "three");
        fixture.time.pass(A_SECOND);
        assertThat(table.find("a")).isEqualTo(found("three"));
        assertThat(fixture.log).containsExactly("table hash:" + text + " has changed");
    }

    @Test
    void readsAYoungTextAgain() throws Exception {
        Path text = write("m", "a one\n");
        // the file is as old as the clock says: it may change again within its time stamp
        fixture.time.pass(Duration.between(
                fixture.time.instant(), Files.getLastModifiedTime(text).toInstant()));
        LookupTable table = fixture.open("texthash:" + text);
        assertThat(table.find("a")).isEqualTo(found("one"));
        var stamp = Files.getLastModifiedTime(text);
        write("m", "a two\n");
        Files.setLastModifiedTime(text, stamp);
        fixture.time.pass(A_SECOND);
        assertThat(table.find("a")).isEqualTo(found("two"));
    }

    @Test
    void readsAnAliasFileAsWhatItIs() throws Exception {
        Path text = write("aliases", "Postmaster: root\nback: \\usuario, otro\n");
        LookupTable named = fixture.open("hash:" + text, text.toString());
        assertThat(named.find("postmaster")).isEqualTo(found("root"));
        assertThat(named.find("back")).isEqualTo(found("usuario, otro"));
        assertThat(fixture.tables
                        .openAliases(Tables.spec("proxy:hash:" + text, ""))
                        .find("postmaster"))
                .isEqualTo(found("root"));
        // an index of postalias says so too
        index(text, folder.resolve("aliases.db"), Syntax.ALIASES, false, "postmaster", "root");
        write("aliases", "postmaster: otro\n");
        assertThat(fixture.open("hash:" + text).find("postmaster")).isEqualTo(found("otro"));
        // texthash has one syntax only
        assertThat(fixture.open("texthash:" + text, text.toString()).find("postmaster:"))
                .isEqualTo(found("otro"));
    }

    @Test
    void firstOfTwoEqualKeysStaysWithAWarning() throws Exception {
        Path text = write("m", "a one\nA two\n");
        assertThat(fixture.open("texthash:" + text).find("a")).isEqualTo(found("one"));
        assertThat(fixture.log).containsExactly("warning: " + text + ", line 2: duplicate entry: \"A\"");
    }

    @Test
    void endsEachKeyInNulWhereTheIndexSaysSo() throws Exception {
        Path text = folder.resolve("m");
        index(text, folder.resolve("m.db"), Syntax.MAP, true, "a", "b");
        assertThat(fixture.open("hash:" + text).find("a")).isEqualTo(found("b"));
        assertThat(fixture.open("hash:" + text).find("a\0")).isEqualTo(NONE);
    }

    @Test
    void noLookUpReachesTheReservedKey() throws Exception {
        Path text = folder.resolve("m");
        index(text, folder.resolve("m.db"), Syntax.MAP, false, "a", "b");
        LookupTable table = fixture.open("hash:" + text);
        for (String key : List.of("\u00ff\0recadero", "\ud800\0recadero", Octets.text(Octets.of(IndexStamp.key())))) {
            assertThat(table.find(key)).isEqualTo(NONE);
        }
        List<String> keys = new ArrayList<>();
        ((ListedTable) table).forEach((key, value) -> keys.add(key));
        assertThat(keys).containsExactly("a");
    }

    @Test
    void asksRootsReaderWhereThisProcessMayNotRead() throws Exception {
        Path text = write("sasl_passwd", "host user:secret\n");
        AtomicBoolean asked = new AtomicBoolean();
        TableFixture other = new TableFixture((path, limit) -> {
            asked.set(path.endsWith("/sasl_passwd"));
            return Octets.bytes("host user:secret\n");
        });
        LookupTable table = other.open("hash:" + text);
        LookupTable helpless = fixture.open("hash:" + text);
        assumeTrue(Files.getAttribute(text, "unix:uid").equals(0), "needs root");
        Files.setPosixFilePermissions(text, PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (LinuxIdentities identities = new LinuxIdentities(new LinuxFileSystem(), Duration.ofSeconds(30))) {
            Identity nobody = new Identity(65534, 65534, List.of());
            LookupResult read = identities.runAs(nobody, files -> table.find("host"));
            assertThat(read).isEqualTo(found("user:secret"));
            assertThat(asked).isTrue();
            LookupResult unread = identities.runAs(nobody, files -> helpless.find("host"));
            assertThat(unread)
                    .isEqualTo(new LookupResult.Failed(
                            "hash:" + text + ": open database " + text + ": Permission denied"));
        }
        // an index that may not be read either is the one that is named
        index(text, folder.resolve("sasl_passwd.db"), Syntax.MAP, false, "host", "user:secret");
        Files.setPosixFilePermissions(folder.resolve("sasl_passwd.db"), PosixFilePermissions.fromString("rw-------"));
        LookupTable indexed = fixture.open("hash:" + text);
        try (LinuxIdentities identities = new LinuxIdentities(new LinuxFileSystem(), Duration.ofSeconds(30))) {
            LookupResult unread =
                    identities.runAs(new Identity(65534, 65534, List.of()), files -> indexed.find("host"));
            assertThat(unread)
                    .isEqualTo(new LookupResult.Failed(
                            "hash:" + text + ": open database " + text + ".db: Permission denied"));
        }
        // rights leave no trace in time, size and inode
        fixture.time.pass(A_SECOND);
        assertThat(helpless.find("host")).isEqualTo(found("user:secret"));
    }

    @Test
    void aFolderIsNoTable() {
        assertThat(fixture.open("texthash:" + folder).find("a"))
                .isEqualTo(new LookupResult.Failed("texthash:" + folder + ": read " + folder + ": Is a directory"));
    }

    @Test
    void damagedIndexesFailAndNothingElse() throws Exception {
        Path text = folder.resolve("m");
        Path db = folder.resolve("m.db");
        index(text, db, Syntax.MAP, false, "a", "b", "c", "d");
        byte[] good = Files.readAllBytes(db);
        for (int i = 0; i < good.length; i += 11) {
            byte[] bad = good.clone();
            bad[i] ^= (byte) 0xff;
            Files.write(db, bad);
            // Found, NotFound or Failed; an exception would fail this test
            assertThat(fixture.open("hash:" + text).find("a")).isNotNull();
            Files.write(db, java.util.Arrays.copyOf(good, i));
            assertThat(fixture.open("hash:" + text).find("a")).isNotEqualTo(found("d"));
        }
    }
}
