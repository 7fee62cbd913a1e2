package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LatestMapTest {
    @Test
    void forgetsWhatWasPutFirst() {
        Map<String, Integer> map = LatestMap.byAge(2);
        map.put("a", 1);
        map.put("b", 2);
        assertThat(map.get("a")).isEqualTo(1);
        map.put("a", 3);
        map.put("c", 4);
        assertThat(map).containsOnlyKeys("b", "c");
    }

    @Test
    void forgetsWhatNobodyAskedForLongest() {
        Map<String, Integer> map = LatestMap.byUse(2);
        map.put("a", 1);
        map.put("b", 2);
        assertThat(map.get("a")).isEqualTo(1);
        map.put("c", 3);
        assertThat(map).containsOnlyKeys("a", "c");
    }

    @Test
    void aSetForgetsTheSameWay() {
        Set<String> set = LatestMap.setByAge(2);
        assertThat(set.add("a")).isTrue();
        assertThat(set.add("a")).isFalse();
        set.add("b");
        set.add("c");
        assertThat(set).containsExactly("b", "c");
    }
}
