package org.recadero.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Postfix: postconf(5), duplicate_filter_limit; seen with 3.7.11. */
class DuplicateFilterTest {
    private static List<String> passed(int limit, String... keys) {
        DuplicateFilter filter = new DuplicateFilter(limit);
        return Stream.of(keys).filter(filter::isNew).toList();
    }

    @Test
    void remembersTheFirstOnly() {
        assertThat(passed(2, "a", "b", "c", "A", "c", "b")).containsExactly("a", "b", "c", "c");
    }

    @Test
    void remembersAllWithoutALimit() {
        assertThat(passed(0, "a", "b", "c", "A", "c", "b")).containsExactly("a", "b", "c");
    }
}
