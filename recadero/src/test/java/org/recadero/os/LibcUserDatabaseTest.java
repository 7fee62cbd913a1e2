package org.recadero.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class LibcUserDatabaseTest {
    private final LibcUserDatabase users = new LibcUserDatabase();

    @Test
    void knowsRoot() throws Exception {
        UserDatabase.User root = users.byName("root").orElseThrow();
        assertThat(root.uid()).isZero();
        assertThat(root.gid()).isZero();
        assertThat(root.home()).isEqualTo("/root");
        assertThat(users.byUid(0)).contains(root);
        assertThat(users.groupByName("root")).contains(0);
        Identity identity = users.identity(root);
        assertThat(identity.uid()).isZero();
        assertThat(identity.groups()).contains(0);
    }

    @Test
    void tellsUnknownFromFailed() throws Exception {
        assertThat(users.byName("no-such-user-here")).isEmpty();
        assertThat(users.byName("")).isEmpty();
        assertThat(users.byName("root\0x")).isEmpty();
        assertThat(users.byName("a\uDCFFb")).isEmpty();
        assertThat(users.byUid(0x7ffffff0)).isEmpty();
        assertThat(users.byUid(-2)).isEmpty();
        assertThat(users.groupByName("no-such-group-here")).isEmpty();
    }

    @Test
    void answersVirtualThreads() throws Exception {
        FutureTask<Optional<UserDatabase.User>> task = new FutureTask<>(() -> users.byName("root"));
        Thread.ofVirtual().start(task).join();
        assertThat(task.get()).map(UserDatabase.User::uid).contains(0);
    }

    @Test
    void replacesTheAmpersandByTheName() {
        assertThat(LibcUserDatabase.fullName("& Pérez,Room 1,555", "ana")).isEqualTo("Ana Pérez");
        assertThat(LibcUserDatabase.fullName("", "ana")).isEmpty();
        assertThat(LibcUserDatabase.fullName(",x", "ana")).isEmpty();
        assertThat(LibcUserDatabase.fullName("&", "")).isEmpty();
    }
}
