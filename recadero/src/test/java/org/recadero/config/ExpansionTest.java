package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the syntax means is compared with Postfix in PostconfGoldenTest (corpora expressions, e01 to e15); here its bounds. */
class ExpansionTest {
    private final Map<String, String> values = new HashMap<>(Map.of("a", "1", "b", "$a$a", "empty", ""));

    private String expand(String text) throws ConfigurationException {
        return new Expansion(values::get).expand(text);
    }

    @Test
    void expandsNamesInAllForms() throws ConfigurationException {
        assertThat(expand("$a ${a} $(a) $b $nosuch-x $$a ${a?y} ${a:y} ${empty:y} ${a?{x}:{y}} ${empty?{x}:{y}}"))
                .isEqualTo("1 1 1 11 -x $a y  y x y");
    }

    @Test
    void comparesNumbersTextAndLevels() throws ConfigurationException {
        assertThat(expand("${{9}<{10}?{y}:{n}}${{a9}<{a10}?{y}:{n}}${{3.9}<level{3.10}?{y}:{n}}"))
                .isEqualTo("yny");
    }

    @Test
    void takesBranchesOnlyWhereTheyAreChosen() throws ConfigurationException {
        values.put("loop", "$loop");
        assertThat(expand("${a?{x}:{$loop}}")).isEqualTo("x");
    }

    @Test
    void endsARecursionByNamingTheParameter() {
        values.put("x", "a $y");
        values.put("y", "${x?b}");
        assertThatThrownBy(() -> expand("$x")).hasMessage("unreasonable macro call nesting: \"x\"");
    }

    @Test
    void endsALongChainOfNames() {
        for (int i = 0; i < 1_000; i++) {
            values.put("n" + i, "$n" + (i + 1));
        }
        assertThatThrownBy(() -> expand("$n0")).hasMessageStartingWith("unreasonable macro call nesting");
    }

    @Test
    void endsAnExpansionThatDoublesAtEachStep() {
        for (int i = 0; i < 60; i++) {
            values.put("n" + i, "$n" + (i + 1) + "$n" + (i + 1));
        }
        values.put("n60", "x");
        assertThatThrownBy(() -> expand("$n0")).hasMessageStartingWith("unreasonable macro expansion");
        values.put("n60", "${nosuch}");
        assertThatThrownBy(() -> expand("$n0")).hasMessageStartingWith("unreasonable macro expansion");
    }

    @Test
    void endsDeepBraces() {
        String deep = "${nosuch:{".repeat(5_000) + "}}".repeat(5_000);
        assertThatThrownBy(() -> expand(deep)).hasMessageStartingWith("unreasonable macro call nesting");
        assertThatThrownBy(() -> Expansion.names(deep, name -> {}))
                .hasMessageStartingWith("unreasonable macro call nesting");
        assertThatThrownBy(() -> expand("${".repeat(100_000))).hasMessageStartingWith("truncated macro reference");
    }

    @Test
    void handsOnTheNamesOfAllBranches() {
        List<String> names = new ArrayList<>();
        assertThatThrownBy(() -> Expansion.names("$a ${b?{$c}:{$d}} ${{$e}=={$f}?{$g}} $$h ${i", names::add))
                .hasMessageStartingWith("truncated macro reference");
        assertThat(names).containsExactly("a", "b", "c", "d", "e", "f", "g");
    }

    @Test
    void survivesRandomText() {
        Random random = new Random(7);
        String[] pieces = {
            "$", "{", "}", "(", ")", "?", ":", "a", "b", " ", "==", "<", "<level", "{1}", "${a", "x", "$$"
        };
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                assertThat(expand(text.toString())).isNotNull();
            } catch (ConfigurationException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }
}
