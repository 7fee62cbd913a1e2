package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Tables that go by rules, asked by {@code postmap -q} beside Postfix: values, exit statuses and the texts of warnings and fatal errors
 * are the same.
 */
class TablesTest {
    /** @param keys asked for by {@code postmap -q -} */
    private record Asked(String type, List<String> rules, List<String> keys) {}

    private static final List<Asked> SAME = List.of(
            new Asked(
                    "cidr",
                    List.of(
                            "# c",
                            "192.168.1.1 OK one",
                            "!192.168.0.0/16 outside",
                            "192.168.2.0/24   two  words ",
                            "if 192.168.0.0/16",
                            "192.168.3.0/24 inif",
                            "if !192.168.4.0/24",
                            "192.168.0.0/17 nested",
                            "endif",
                            "endif",
                            "0.0.0.0/0 any",
                            "::1 six",
                            "[2001:db8::]/32 br"),
                    List.of(
                            "192.168.1.1",
                            "192.168.2.7",
                            "192.168.3.1",
                            "192.168.4.1",
                            "192.168.5.1",
                            "192.168.200.1",
                            "10.1.1.1",
                            "::1",
                            "2001:DB8::5",
                            "foo",
                            "192.168.1",
                            "[::1]",
                            "1.2.3.4.5",
                            "01.2.3.4",
                            "1.2.3.4 ")),
            new Asked(
                    "cidr",
                    List.of(
                            "192.168.1.1",
                            "192.168.1.1/24 x",
                            "192.168.0.0/33 x",
                            "192.168.0.0/ x",
                            "1.2.3 OK",
                            "2001:db8::1/32 x",
                            "if",
                            "if 1.2.3.4 x",
                            "endif",
                            "endif x",
                            "[1.2.3.0]x24 d",
                            "[1.2.3.0 d",
                            "/8 a",
                            "1.2.3.4 good",
                            "  and on",
                            "if ::/0"),
                    List.of("1.2.3.4")),
            new Asked(
                    "regexp",
                    List.of(
                            "/^(.*)-outgoing@(.*)$/!/^owner-/ 550 Use ${1}@$(2) $$1",
                            "!/@/ none",
                            "if /@z/",
                            "/^Q/i case",
                            "/^q/ q",
                            "endif",
                            "/^[[:alpha:]]\\{2\\}@x$/x two",
                            "/(x)|(y)@/ [$1][$2]",
                            "/[%!@].*[%!@]/ 550 routed",
                            "/a{2,3}b+c?@/ rep"),
                    List.of(
                            "News-Outgoing@y",
                            "owner-x-outgoing@y",
                            "x",
                            "Q@z",
                            "q@z",
                            "k@z",
                            "ab@x",
                            "y@w",
                            "a%b@c",
                            "aab@d",
                            "Q@y")),
            new Asked(
                    "regexp",
                    List.of(
                            "/a",
                            "/a/q x",
                            "/(a/ x",
                            "/a/ $1",
                            "/(a)/ ${1",
                            "/(a)/ $x",
                            "/(a)/ $0",
                            "/(a)/ $",
                            "/[/ x",
                            "/*a/ x",
                            "/a{1/ x",
                            "/a{2,1}/ x",
                            "/a{x}/ x",
                            "/[[:foo:]]/ x",
                            "/[b-a]/ x",
                            "/a\\1/ x",
                            "foo bar",
                            "if",
                            "endif",
                            "if /b/ foo",
                            "!/(b)/ $1",
                            "/b/!",
                            "/a/"),
                    List.of("c")),
            new Asked(
                    "pcre",
                    List.of(
                            "/^(?<n>a)(?P<m>b)\\k<n>(?P=m)$/ ${1}-${2}",
                            "/^(.+)y(.*)$/U [$1][$2]",
                            "/[a&&b]c[[]/ set",
                            "/ d e # c/x blank",
                            "/^(?!owner-)(.*)-outgoing@/ 550 $1",
                            "/\\bfoo\\b/ word",
                            "/(a+)+@/A anchored",
                            "/(?i)K(?-i)L/i mixed"),
                    List.of(
                            "abab",
                            "xyxyx",
                            "&c[",
                            "de",
                            "x-outgoing@y",
                            "owner-x-outgoing@y",
                            "a foo b",
                            "aaa@",
                            "baa@",
                            "kL",
                            "kl")),
            new Asked(
                    "pcre",
                    List.of(
                            "/a",
                            "/a/q x",
                            "/(a/ x",
                            "/a/ $1",
                            "/(a)/ $0",
                            "/[/ x",
                            "/a**/ x",
                            "/[[:foo:]]/ x",
                            "/[[.a.]]/ x",
                            "/a{2,1}/ x",
                            "/)/ x",
                            "/a/X x"),
                    List.of("c")));

    private static String text(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    private static String script(Machine machine) {
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < SAME.size(); i++) {
            Asked asked = SAME.get(i);
            machine.exec("root", text(asked.rules()), "tee", "/tmp/t" + i).succeeded();
            String table = asked.type() + ":t" + i;
            Result result = machine.exec(
                    "root",
                    text(asked.keys()).getBytes(StandardCharsets.UTF_8),
                    "sh",
                    "-c",
                    "cd /tmp && exec postmap -q - " + table);
            answers.append("== ").append(table).append('\n');
            answers.append(result.out())
                    .append(result.err())
                    .append("status ")
                    .append(result.status())
                    .append('\n');
        }
        return answers.toString();
    }

    @Test
    void postmapAnswersAsPostfixDoes() {
        try (SideBySide machines = SideBySide.with(Chapter::configure)) {
            SideBySide.Pair<String> answers = machines.both(TablesTest::script);
            assertThat(answers.reference()).contains("550 Use News@y $1", "Unmatched ( or \\(", "[x][xyx]");
            answers.areEqual();
        }
    }

    @Test
    void whatCannotBeDoneIsSaidAsPostfixDoes() {
        List<String> commands = List.of(
                "postmap -q x regexp:nofile",
                "postmap -q x cidr:",
                "mkdir d; postmap -q x cidr:d",
                "touch e; postmap -s regexp:e",
                "postmap cidr:e",
                "postmap -q 1.2.3.4 'cidr:{{1.2.3.4/8 a},{1.2.3.4 b}}'",
                "postmap -q 1.2.3.4 'cidr:{1.2.3.4 a}'",
                "postmap -q a1 'regexp:{{/(1{1})/ [$1]}, {/a/ y}}'",
                "postmap -q x fail:x",
                "postmap -q x foo:x");
        try (SideBySide machines = SideBySide.with(Chapter::configure)) {
            machines.both(machine -> {
                        List<String> all = new ArrayList<>();
                        for (String command : commands) {
                            Result result = machine.shell("mkdir -p /tmp/w && cd /tmp/w && { " + command + "; }");
                            all.add(command + "\n" + result.out() + result.err() + result.status());
                        }
                        return all;
                    })
                    .areEqual();
        }
    }
}
