package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OwnUserTest {
    private static final Identity SELF = new Identity(4711, 4712, List.of(4713));

    private record Known(Map<String, User> users) implements UserDatabase {
        @Override
        public Optional<User> byName(String name) {
            return Optional.ofNullable(users.get(name));
        }

        @Override
        public Optional<User> byUid(int uid) {
            return users.values().stream().filter(u -> u.uid() == uid).findFirst();
        }

        @Override
        public Optional<Integer> groupByName(String name) {
            return name.equals("mail") ? Optional.of(8) : Optional.empty();
        }

        @Override
        public Identity identity(User user) {
            return new Identity(user.uid(), user.gid(), List.of());
        }
    }

    private static UserDatabase.User user(String name, int uid) {
        return new UserDatabase.User(name, uid, uid, "", "/home/" + name, "/bin/sh");
    }

    @Test
    void aUidWithoutAnEntryIsFoundByItsNameAndNumber() throws Exception {
        UserDatabase users =
                OwnUser.addedTo(new Known(Map.of("otro", user("otro", 1002))), "visitante", SELF, "/estado");
        UserDatabase.User expected = new UserDatabase.User("visitante", 4711, 4712, "", "/estado", "");

        assertThat(users.byName("visitante")).contains(expected);
        assertThat(users.byUid(4711)).contains(expected);
        assertThat(users.identity(expected)).isEqualTo(SELF);
        assertThat(users.byName("otro")).contains(user("otro", 1002));
        assertThat(users.identity(user("otro", 1002)).uid()).isEqualTo(1002);
        assertThat(users.byName("nadie")).isEmpty();
        assertThat(users.groupByName("mail")).contains(8);
    }

    @Test
    void nothingIsAddedForRootForAKnownUidOrWhereTheNameIsAnothers() throws Exception {
        Known known = new Known(Map.of("otro", user("otro", 1002)));

        assertThat(OwnUser.addedTo(known, "visitante", new Identity(0, 0, List.of()), "/root"))
                .isSameAs(known);
        assertThat(OwnUser.addedTo(known, "visitante", new Identity(1002, 1002, List.of()), "/x"))
                .isSameAs(known);
        assertThat(OwnUser.addedTo(known, "otro", SELF, "/x")).isSameAs(known);
    }
}
