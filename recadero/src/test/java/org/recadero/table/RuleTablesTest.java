package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.config.SourceLine;

/** {@code cidr: regexp: pcre:} as cidr_table(5), regexp_table(5), pcre_table(5) have them. */
class RuleTablesTest {
    private final TableFixture fixture = new TableFixture();

    @TempDir
    Path folder;

    private LookupTable table(String type, String... lines) throws IOException {
        return fixture.open(type + ":" + Files.write(folder.resolve("t"), List.of(lines)));
    }

    private static LookupResult found(String value) {
        return new LookupResult.Found(value);
    }

    private static final LookupResult NONE = new LookupResult.NotFound();

    private void warned(String... texts) {
        assertThat(fixture.log).map(line -> line.replace(folder + "/", "")).containsExactly(texts);
        fixture.log.clear();
    }

    @Test
    void findsTheFirstNetworkThatHoldsAnAddress() throws IOException {
        LookupTable table = table(
                "cidr",
                "192.168.1.1 OK one",
                "!192.168.0.0/16  outside",
                "if 192.168.0.0/16",
                "if !192.168.4.0/24",
                "192.168.0.0/17 nested",
                "endif",
                "endif",
                "0.0.0.0/0 any",
                "[2001:db8::]/32 six");
        assertThat(table.find("192.168.1.1")).isEqualTo(found("OK one"));
        assertThat(table.find("10.1.1.1")).isEqualTo(found("outside"));
        assertThat(table.find("192.168.5.1")).isEqualTo(found("nested"));
        assertThat(table.find("192.168.4.1")).isEqualTo(found("any"));
        assertThat(table.find("2001:DB8::5")).isEqualTo(found("six"));
        for (String none : List.of("", "foo", "1.2.3", "01.2.3.4", "[::1]", "::1", "1.2.3.4 ", "fe80::1%lo")) {
            assertThat(table.find(none)).isEqualTo(NONE);
        }
        assertThat(table.line("192.168.5.1")).contains(new SourceLine(folder.resolve("t"), 5));
        warned();
    }

    @Test
    void saysWhatIsWrongWithANetwork() throws IOException {
        table("cidr", "192.168.1.1/24 x", "1.2.3.4/33 x", "1.2.3.4/x y", "foo OK", "1.2.3.4", "endif", "if ::/0")
                .find("1.2.3.4");
        warned(
                "warning: cidr map t, line 1: non-null host address bits in \"192.168.1.1/24\", perhaps you should use"
                        + " \"192.168.1.0/24\" instead: skipping this rule",
                "warning: cidr map t, line 2: bad mask length in \"1.2.3.4/33\": skipping this rule",
                "warning: cidr map t, line 3: bad mask value in \"1.2.3.4/x\": skipping this rule",
                "warning: cidr map t, line 4: bad address pattern: \"foo\": skipping this rule",
                "warning: cidr map t, line 5: no lookup result: skipping this rule",
                "warning: cidr map t, line 6: ENDIF without IF: skipping this rule",
                "warning: cidr map t, line 7: IF has no matching ENDIF");
    }

    /** Else whoever writes to an address would choose the command that it stands for. */
    @Test
    void aliasesAreNotMadeOfTheAddress() throws IOException {
        Path file = Files.writeString(folder.resolve("t"), "/^x-(.*)$/ \"|/bin/sh -c $1\"\n/^y$/ usuario\n");
        for (String type : List.of("regexp:", "pcre:")) {
            LookupTable aliases = fixture.open(type + file, file.toString());
            assertThat(aliases.find("x-ls")).isEqualTo(NONE);
            assertThat(aliases.find("y")).isEqualTo(found("usuario"));
        }
        assertThat(fixture.log)
                .hasSize(2)
                .allMatch(line -> line.endsWith("map " + file
                        + ", line 1: regular expression substitution is not allowed: skipping this rule"));
    }

    @Test
    void aRegularExpressionSeesTheWholeKey() throws IOException {
        LookupTable table = table(
                "regexp",
                "/^(.*)-outgoing@(.*)$/!/^owner-/ 550 Use ${1}@$(2) $$1",
                "!/@/ none",
                "if /@z/",
                "/^Q/i case",
                "endif",
                "/^[[:alpha:]]\\{2\\}@x$/x two");
        assertThat(table.find("News-Outgoing@y")).isEqualTo(found("550 Use News@y $1"));
        assertThat(table.find("owner-news-outgoing@y")).isEqualTo(NONE);
        assertThat(table.find("x")).isEqualTo(found("none"));
        assertThat(table.find("Q@z")).isEqualTo(found("case"));
        assertThat(table.find("q@z")).isEqualTo(NONE);
        assertThat(table.find("Q@y")).isEqualTo(NONE);
        assertThat(table.find("ab@x")).isEqualTo(found("two"));
        warned();
    }

    @Test
    void saysWhatIsWrongWithAnExpression() throws IOException {
        table("regexp", "/(a/ x", "/a/q x", "/a/ $1", "/(a)/ $x", "a b", "/a", "/*a/ x", "/[[:foo:]]/ x", "!/(a)/ $1")
                .find("b");
        warned(
                "warning: regexp map t, line 1: Unmatched ( or \\(",
                "warning: regexp map t, line 2: unknown regexp option \"q\": skipping this rule",
                "warning: regexp map t, line 3: out of range replacement index \"1\": skipping this rule",
                "warning: regexp map t, line 4: non-numeric replacement index \"x\"",
                "warning: regexp map t, line 4: bad replacement syntax: skipping this rule",
                "warning: regexp map t, line 5: ignoring unrecognized request",
                "warning: regexp map t, line 6: no closing regexp delimiter \"/\": skipping this rule",
                "warning: regexp map t, line 7: Invalid preceding regular expression",
                "warning: regexp map t, line 8: Invalid character class name",
                "warning: regexp map t, line 9: $number found in negative match replacement text: skipping this rule");
    }

    @Test
    void perlsExpressionsAreTranslatedOrRefused() throws IOException {
        LookupTable table = table(
                "pcre",
                "/^(?<n>a)(?P<m>b)\\k<n>(?P=m)$/ ${1}-${2}",
                "/^(.+)y(.*)$/U [$1][$2]",
                "/[a&&b]c[[]/ set",
                "/ d e # comment/x blanks",
                "/(?R)/ x");
        assertThat(table.find("abab")).isEqualTo(found("a-b"));
        assertThat(table.find("xyxyx")).isEqualTo(found("[x][xyx]"));
        assertThat(table.find("&c[")).isEqualTo(found("set"));
        assertThat(table.find("de")).isEqualTo(found("blanks"));
        warned("warning: pcre map t, line 5: error in regex at offset 0: not supported here: (?R");
    }

    @Test
    void anExpressionThatExplodesMakesTheLookUpFail() throws IOException {
        // with a back reference Java has no memory of what it tried
        for (String type : List.of("regexp", "pcre")) {
            LookupTable table = table(type, "/^(([a-z])+.)+\\2X$/ no", "/a/ yes");
            assertThat(table.find("aaaax")).isEqualTo(found("no"));
            assertThat(table.find("a".repeat(60) + "!"))
                    .isInstanceOfSatisfying(
                            LookupResult.Failed.class,
                            failed -> assertThat(failed.reason()).contains("t: backtracking limit exceeded: "));
        }
    }

    @Test
    void aLongKeyDoesNotOverflowTheStack() throws IOException {
        assertThat(table("regexp", "/^(a|b)*$/ long").find("ab".repeat(50_000))).isEqualTo(found("long"));
    }

    @Test
    void noticesAChangeAndFailsWhileThereIsNoFile() throws IOException {
        Path file = folder.resolve("t");
        LookupTable table = fixture.open("regexp:" + file);
        assertThat(table.find("a"))
                .isEqualTo(
                        new LookupResult.Failed("regexp:" + file + ": open " + file + ": No such file or directory"));
        Files.writeString(file, "/a/ one\n");
        assertThat(table.find("a")).isEqualTo(found("one"));
        fixture.time.pass(Duration.ofSeconds(1));
        Files.writeString(file, "/a/ other\n");
        assertThat(table.find("a")).isEqualTo(found("other"));
        Files.delete(file);
        assertThat(table.find("a")).isInstanceOf(LookupResult.Failed.class);
    }

    @Test
    void rulesMayStandInTheConfiguration() throws ConfigurationException {
        assertThat(fixture.open("regexp:{{/(1.2)/ $1}, {/b{2}/ two}}").find("abb"))
                .isEqualTo(found("two"));
        assertThat(fixture.open("cidr:{{1.2.3.4 a},{1.2.3.5 b c}}").find("1.2.3.5"))
                .isEqualTo(found("b c"));
        assertThatThrownBy(() -> fixture.tables.open(Tables.spec("cidr:{1.2.3.4 a}", "hash"), TableFixture.options()))
                .hasMessage("cidr map: no '{' at start of text in \"1.2.3.4\"");
        assertThatThrownBy(() -> fixture.tables.open(Tables.spec("ldap:x", "hash"), TableFixture.options()))
                .hasMessage("unsupported dictionary type: ldap (Postfix's; Recadero has not got it yet)");
    }

    @Test
    void aValueThatIsNoUtf8MakesTheLookUpFail() throws IOException {
        Path file = Files.write(folder.resolve("t"), new byte[] {'/', 'a', '/', ' ', (byte) 0xff, '\n'});
        assertThat(fixture.open("regexp:" + file).find("a")).isInstanceOf(LookupResult.Failed.class);
    }
}
