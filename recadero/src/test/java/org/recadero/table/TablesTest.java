package org.recadero.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.recadero.config.ConfigurationException;

class TablesTest {
    private final TableFixture fixture = new TableFixture();

    private LookupResult find(String spec, String key) {
        return fixture.open(spec).find(key);
    }

    private static LookupResult found(String value) {
        return new LookupResult.Found(value);
    }

    private void refuses(String spec, String message) {
        assertThatThrownBy(() -> fixture.tables.open(Tables.spec(spec, "hash"), TableFixture.options()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        refuses("foo:x", "unsupported dictionary type: foo");
        refuses("proxy:foo:x", "unsupported dictionary type: foo");
        refuses("hash:", "open dictionary: expecting \"type:name\" form instead of \"hash:\"");
        refuses("proxy:x", "open dictionary: expecting \"type:name\" form instead of \"x\"");
        refuses("unix:shadow.byname", "unknown table: unix:shadow.byname");
        refuses("static:{a", "bad static:name syntax: missing '}' in \"{a\"");
        refuses(
                "proxy:".repeat(20) + "static:a",
                "tables within tables over 10: \"" + "proxy:".repeat(9) + "static:a\"");
    }

    @Test
    void asksTheUserDatabase() {
        assertThat(find("unix:passwd.byname", "Usuario"))
                .isEqualTo(found("usuario:x:1001:1002:Usuario Uno:/home/usuario:/bin/sh"));
        assertThat(find("proxy:unix:passwd.byname", "otro")).isEqualTo(new LookupResult.NotFound());
        assertThat(find("unix:passwd.byname", "")).isEqualTo(new LookupResult.NotFound());
        assertThat(find("unix:group.byname", "mail")).isEqualTo(found("mail:x:8:"));
        // that it could not be asked is never «no such user»
        fixture.usersFail = true;
        assertThat(find("unix:passwd.byname", "usuario"))
                .isEqualTo(new LookupResult.Failed("unix:passwd.byname: the database is away"));
    }

    @Test
    void inlineHasRowsInBraces() {
        assertThat(find("inline:{a=b, {C = d e}, f={x}}", "c")).isEqualTo(found("d e"));
        assertThat(find("inline:{a=b, {C = d e}, f={x}}", "F")).isEqualTo(found("{x}"));
        assertThat(find("inline:{ñ=1}", "Ñ")).isEqualTo(found("1"));
        refuses("inline:{c}", "missing '=' after attribute name: \"inline:{c}\"; need \"inline:{name=value...}\"");
    }

    @Test
    void failsOnPurpose() {
        assertThat(find("fail:x", "a")).isEqualTo(new LookupResult.Failed("fail:x: Application error"));
    }

    @Test
    void aListStopsAtTheFirstAnswerOrFailure() {
        LookupTable one = fixture.open("inline:{a=1}");
        LookupTable two = fixture.open("inline:{a=2,b=2}");
        LookupTable broken = fixture.open("fail:x");
        assertThat(new MapList(List.of(one, two, broken)).find("a")).isEqualTo(found("1"));
        assertThat(new MapList(List.of(one, two, broken)).find("b")).isEqualTo(found("2"));
        assertThat(new MapList(List.of(one, two)).find("c")).isEqualTo(new LookupResult.NotFound());
        // a broken table is never passed over
        assertThat(new MapList(List.of(one, broken, two)).find("b")).isInstanceOf(LookupResult.Failed.class);
    }

    @Test
    void foldsAllOfUnicodeWithoutLookingAtNeighbours() {
        assertThat(Octets.text(KeyFold.fold(Octets.of("ÀSSẞßΣΑΣ İ ı"), true))).isEqualTo("àssssssσασ i̇ ı");
        assertThat(Octets.text(KeyFold.fold(Octets.of("ÀB"), false))).isEqualTo("Àb");
        assertThat(KeyFold.fold("A\u00ff", true)).isEqualTo("a\u00ff");
    }
}
