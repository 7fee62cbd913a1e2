package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The C library's user database, with whatever nsswitch.conf plugs in. Stateless; safe for all threads. */
@SuppressWarnings("restricted") // foreign functions are what this package is for
public final class LibcUserDatabase implements UserDatabase {
    private static final int ERANGE = 34;
    private static final int FIRST_BUFFER = 4 * 1024;
    private static final int MOST_BUFFER = 4 * 1024 * 1024;
    private static final int MOST_GROUPS = 1_024;
    private static final int ENTRY_BYTES = 64;
    private static final long TEXT_BYTES = 64 * 1024;

    private static final MethodHandle GETPWNAM = named("getpwnam_r");
    private static final MethodHandle GETGRNAM = named("getgrnam_r");
    private static final MethodHandle GETPWUID = handle(
            "getpwuid_r",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS));
    private static final MethodHandle GETGROUPLIST = handle(
            "getgrouplist",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS));

    private static MethodHandle named(String function) {
        return handle(
                function,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS));
    }

    private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor);
    }

    private interface Query {
        int ask(MemorySegment entry, MemorySegment buffer, long size, MemorySegment result) throws Throwable;
    }

    private interface Reader<T> {
        T read(MemorySegment entry);
    }

    @Override
    public Optional<User> byName(String name) throws UserDatabaseException {
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocateFrom(name);
            return query(
                    arena, name, (e, b, n, r) -> (int) GETPWNAM.invokeExact(key, e, b, n, r), LibcUserDatabase::user);
        }
    }

    @Override
    public Optional<User> byUid(int uid) throws UserDatabaseException {
        try (Arena arena = Arena.ofConfined()) {
            return query(
                    arena,
                    "uid " + Credentials.unsigned(uid),
                    (e, b, n, r) -> (int) GETPWUID.invokeExact(uid, e, b, n, r),
                    LibcUserDatabase::user);
        }
    }

    @Override
    public Optional<Integer> groupByName(String name) throws UserDatabaseException {
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocateFrom(name);
            return query(
                    arena,
                    name,
                    (e, b, n, r) -> (int) GETGRNAM.invokeExact(key, e, b, n, r),
                    entry -> entry.get(ValueLayout.JAVA_INT, 16));
        }
    }

    private static <T> Optional<T> query(Arena arena, String what, Query query, Reader<T> reader)
            throws UserDatabaseException {
        MemorySegment entry = arena.allocate(ENTRY_BYTES, 8);
        MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
        for (int size = FIRST_BUFFER; size <= MOST_BUFFER; size *= 4) {
            MemorySegment buffer = arena.allocate(size);
            int errno;
            try {
                errno = query.ask(entry, buffer, size, result);
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
            if (errno == 0) {
                return result.get(ValueLayout.ADDRESS, 0).address() == 0
                        ? Optional.empty()
                        : Optional.of(reader.read(entry));
            }
            // getpwnam(3), NOTES: these mean «not found» with some databases
            if (errno == Errno.ENOENT || errno == Errno.ESRCH || errno == Errno.EBADF || errno == Errno.EPERM) {
                return Optional.empty();
            }
            if (errno != ERANGE && errno != Errno.EINTR) {
                throw new UserDatabaseException("user database: " + what + ": " + ErrnoText.of(errno));
            }
        }
        throw new UserDatabaseException("user database: " + what + ": the entry is too long");
    }

    private static User user(MemorySegment entry) {
        String name = text(entry, 0);
        String gecos = text(entry, 24);
        int comma = gecos.indexOf(',');
        String full = comma < 0 ? gecos : gecos.substring(0, comma);
        String capitalised = name.isEmpty() ? "" : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        return new User(
                name,
                entry.get(ValueLayout.JAVA_INT, 16),
                entry.get(ValueLayout.JAVA_INT, 20),
                full.replace("&", capitalised),
                text(entry, 32),
                text(entry, 40));
    }

    private static String text(MemorySegment entry, long at) {
        MemorySegment pointer = entry.get(ValueLayout.ADDRESS, at);
        return pointer.address() == 0 ? "" : pointer.reinterpret(TEXT_BYTES).getString(0);
    }

    @Override
    public Identity identity(User user) throws UserDatabaseException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(user.name());
            MemorySegment groups = arena.allocate(ValueLayout.JAVA_INT, MOST_GROUPS);
            MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_INT, MOST_GROUPS);
            int found;
            try {
                found = (int) GETGROUPLIST.invokeExact(name, user.gid(), groups, count);
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
            if (found < 0) {
                throw new UserDatabaseException(user.name() + " is in more than " + MOST_GROUPS + " groups");
            }
            List<Integer> all = new ArrayList<>();
            for (int i = 0; i < found; i++) {
                all.add(groups.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return new Identity(user.uid(), user.gid(), all);
        }
    }
}
