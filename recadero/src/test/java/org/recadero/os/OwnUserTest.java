package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OwnUserTest {
    private static final Identity SELF = new Identity(4711, 4712, List.of(4713));

    @Test
    void aUidWithoutAnEntryIsFoundByItsNameAndNumber() throws Exception {
        UserDatabase users = OwnUser.addedTo(
                new KnownUsers(Map.of("otro", KnownUsers.user("otro", 1002)), Map.of("mail", 8)),
                "visitante",
                SELF,
                "/estado");
        UserDatabase.User expected = new UserDatabase.User("visitante", 4711, 4712, "", "/estado", "");

        assertThat(users.byName("visitante")).contains(expected);
        assertThat(users.byUid(4711)).contains(expected);
        assertThat(users.identity(expected)).isEqualTo(SELF);
        assertThat(users.byName("otro")).contains(KnownUsers.user("otro", 1002));
        assertThat(users.identity(KnownUsers.user("otro", 1002)).uid()).isEqualTo(1002);
        assertThat(users.byName("nadie")).isEmpty();
        assertThat(users.groupByName("mail")).contains(8);
    }

    @Test
    void nothingIsAddedForRootForAKnownUidOrWhereTheNameIsAnothers() throws Exception {
        KnownUsers known = KnownUsers.of(KnownUsers.user("otro", 1002));

        assertThat(OwnUser.addedTo(known, "visitante", new Identity(0, 0, List.of()), "/root"))
                .isSameAs(known);
        assertThat(OwnUser.addedTo(known, "visitante", new Identity(1002, 1002, List.of()), "/x"))
                .isSameAs(known);
        assertThat(OwnUser.addedTo(known, "otro", SELF, "/x")).isSameAs(known);
    }
}
