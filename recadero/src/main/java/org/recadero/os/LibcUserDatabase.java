package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The C library's user database, with whatever nsswitch.conf plugs in. Safe for all threads.
 *
 * <p>A question may wait for a server on the network (LDAP, sssd). A platform thread asks by itself; for a virtual thread, whose
 * carrier would stand still, one of a few platform threads asks, and after {@link #DEADLINE} the database counts as out of
 * reach.
 */
@SuppressWarnings("restricted") // foreign functions are what this package is for
public final class LibcUserDatabase implements UserDatabase {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int ASKING_THREADS = 4;
    private static final int MOST_WAITING = 1_000;
    private static final long IDLE_SECONDS = 10;

    private static final int FIRST_BUFFER = 4 * 1024;
    private static final int MOST_BUFFER = 4 * 1024 * 1024;
    private static final int FIRST_GROUPS = 256;

    /** NGROUPS_MAX is 65,536; more than {@link Credentials} can take are of no use. */
    private static final int MOST_GROUPS = 16_384;

    private static final int INTERRUPTIONS = 100;
    private static final int ENTRY_BYTES = 64;

    private static final FunctionDescriptor QUERY = FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);

    // one shape for all: a name's address or a uid first, which travels in the same register
    private static final MethodHandle GETPWNAM = handle("getpwnam_r", QUERY);
    private static final MethodHandle GETPWUID = handle("getpwuid_r", QUERY);
    private static final MethodHandle GETGRNAM = handle("getgrnam_r", QUERY);
    private static final MethodHandle GETGROUPLIST = handle(
            "getgrouplist",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS));

    private final ThreadPoolExecutor asking;

    public LibcUserDatabase() {
        asking = new ThreadPoolExecutor(
                ASKING_THREADS,
                ASKING_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                Thread.ofPlatform().name("os-users").daemon().factory());
        asking.allowCoreThreadTimeOut(true);
    }

    private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor);
    }

    private interface Reader<T> {
        T read(MemorySegment entry);
    }

    @Override
    public Optional<User> byName(String name) throws UserDatabaseException {
        return cannotBeAName(name) ? Optional.empty() : ask(() -> query(GETPWNAM, name, LibcUserDatabase::user));
    }

    @Override
    public Optional<User> byUid(int uid) throws UserDatabaseException {
        return ask(() -> {
            try (Arena arena = Arena.ofConfined()) {
                long key = Credentials.unsigned(uid);
                return query(arena, GETPWUID, key, "uid " + key, LibcUserDatabase::user);
            }
        });
    }

    @Override
    public Optional<Integer> groupByName(String name) throws UserDatabaseException {
        return cannotBeAName(name)
                ? Optional.empty()
                : ask(() -> query(GETGRNAM, name, entry -> entry.get(ValueLayout.JAVA_INT, 16)));
    }

    private static boolean cannotBeAName(String name) {
        return name.isEmpty() || name.indexOf('\0') >= 0;
    }

    private <T> T ask(Callable<T> question) throws UserDatabaseException {
        try {
            if (!Thread.currentThread().isVirtual()) {
                return question.call();
            }
            Future<T> answer = asking.submit(question);
            try {
                return answer.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } finally {
                // one that nobody waits for any more need not begin
                answer.cancel(false);
            }
        } catch (RejectedExecutionException e) {
            throw new UserDatabaseException("user database: too many questions wait for an answer");
        } catch (UserDatabaseException | RuntimeException e) {
            throw e;
        } catch (TimeoutException e) {
            throw new UserDatabaseException("user database: no answer within " + DEADLINE.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserDatabaseException("user database: interrupted");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> Optional<T> query(MethodHandle function, String name, Reader<T> reader)
            throws UserDatabaseException {
        try (Arena arena = Arena.ofConfined()) {
            return query(arena, function, name(arena, name).address(), name, reader);
        }
    }

    private static MemorySegment name(Arena arena, String name) {
        byte[] bytes = NativeText.bytes(name);
        MemorySegment memory = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    private static <T> Optional<T> query(Arena arena, MethodHandle function, long key, String what, Reader<T> reader)
            throws UserDatabaseException {
        MemorySegment entry = arena.allocate(ENTRY_BYTES, 8);
        MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
        int size = FIRST_BUFFER;
        for (int interruptions = 0; size <= MOST_BUFFER && interruptions < INTERRUPTIONS; ) {
            MemorySegment buffer = arena.allocate(size);
            int errno;
            try {
                errno = (int)
                        function.invokeExact(key, entry.address(), buffer.address(), (long) size, result.address());
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
            switch (errno) {
                case 0 -> {
                    boolean found = result.get(ValueLayout.JAVA_LONG, 0) != 0;
                    return found ? Optional.of(reader.read(entry)) : Optional.empty();
                }
                // getpwnam(3), RETURN VALUE: some databases say «not found» so
                case Errno.ENOENT, Errno.ESRCH -> {
                    return Optional.empty();
                }
                case Errno.ERANGE -> size *= 4;
                case Errno.EINTR -> interruptions++;
                default -> throw failed(what, Errno.text(errno));
            }
        }
        throw failed(what, "the entry is too long");
    }

    private static UserDatabaseException failed(String what, String why) {
        return new UserDatabaseException("user database: " + what + ": " + why);
    }

    /** struct passwd. */
    private static User user(MemorySegment entry) {
        String name = text(entry, 0);
        return new User(
                name,
                entry.get(ValueLayout.JAVA_INT, 16),
                entry.get(ValueLayout.JAVA_INT, 20),
                fullName(text(entry, 24), name),
                text(entry, 32),
                text(entry, 40));
    }

    /** Postfix: fullname(3). */
    static String fullName(String gecos, String name) {
        int comma = gecos.indexOf(',');
        String full = comma < 0 ? gecos : gecos.substring(0, comma);
        String capitalised = name.isEmpty() ? "" : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        return full.replace("&", capitalised);
    }

    private static String text(MemorySegment entry, long at) {
        MemorySegment pointer = entry.get(ValueLayout.ADDRESS, at);
        return pointer.address() == 0 ? "" : NativeText.at(pointer.reinterpret(MOST_BUFFER));
    }

    @Override
    public Identity identity(User user) throws UserDatabaseException {
        return ask(() -> new Identity(user.uid(), user.gid(), groups(user)));
    }

    private static List<Integer> groups(User user) throws UserDatabaseException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = name(arena, user.name());
            for (int most = FIRST_GROUPS; most <= MOST_GROUPS; most *= 8) {
                MemorySegment groups = arena.allocate(ValueLayout.JAVA_INT, most);
                MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_INT, most);
                int found;
                try {
                    found = (int) GETGROUPLIST.invokeExact(name, user.gid(), groups, count);
                } catch (Throwable t) {
                    throw new IllegalStateException(t);
                }
                if (found >= 0) {
                    List<Integer> all = new ArrayList<>();
                    for (int i = 0; i < found; i++) {
                        all.add(groups.getAtIndex(ValueLayout.JAVA_INT, i));
                    }
                    return all;
                }
            }
            throw failed(user.name(), "in more than " + MOST_GROUPS + " groups");
        }
    }
}
