package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecentUsersTest {
    private final Map<String, UserDatabase.User> known = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private boolean away;
    private long now = Long.MAX_VALUE - 10; // System.nanoTime may overflow

    private final RecentUsers users = new RecentUsers(
            new UserDatabase() {
                @Override
                public Optional<User> byName(String name) throws UserDatabaseException {
                    asked.add(name);
                    if (away) {
                        throw new UserDatabaseException("away");
                    }
                    return Optional.ofNullable(known.get(name));
                }

                @Override
                public Optional<User> byUid(int uid) {
                    asked.add("uid " + uid);
                    return known.values().stream().filter(u -> u.uid() == uid).findFirst();
                }

                @Override
                public Optional<Integer> groupByName(String name) {
                    return Optional.empty();
                }

                @Override
                public Identity identity(User user) {
                    asked.add("groups of " + user.name());
                    return new Identity(user.uid(), user.gid(), List.of(user.gid()));
                }
            },
            () -> now);

    private static UserDatabase.User user(int uid) {
        return new UserDatabase.User("usuario", uid, uid, "", "/home/usuario", "/bin/sh");
    }

    @Test
    void askedAgainWithinASecondItRemembers() throws Exception {
        known.put("usuario", user(1001));
        for (int i = 0; i < 3; i++) {
            assertThat(users.byName("usuario")).contains(user(1001));
            assertThat(users.byUid(1001)).contains(user(1001));
            assertThat(users.identity(user(1001)).groups()).containsExactly(1001);
        }
        assertThat(asked).containsExactly("usuario", "uid 1001", "groups of usuario");

        known.put("usuario", user(1002));
        now += RecentUsers.FRESH.toNanos() - 1;
        assertThat(users.byName("usuario")).contains(user(1001));
        now += 1;
        assertThat(users.byName("usuario")).contains(user(1002));
        assertThat(users.identity(user(1002)).uid()).isEqualTo(1002);
    }

    @Test
    void aUserWhoIsMadeIsSeenAtOnceAndTroubleIsNotRemembered() throws Exception {
        assertThat(users.byName("usuario")).isEmpty();
        away = true;
        assertThatThrownBy(() -> users.byName("usuario")).isInstanceOf(UserDatabaseException.class);
        away = false;
        known.put("usuario", user(1001));
        assertThat(users.byName("usuario")).contains(user(1001));
    }

    @Test
    void remembersNotMoreThanItsBound() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            known.put("u" + i, user(i));
            assertThat(users.byName("u" + i)).isPresent();
        }
        asked.clear();
        assertThat(users.byName("u0")).isPresent();
        assertThat(users.byName("u1999")).isPresent();
        assertThat(asked).containsExactly("u0");
    }
}
