package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Makes and checks hashes of passwords as /etc/shadow has them (crypt(5)), through libcrypt. Safe for all threads. */
@SuppressWarnings("restricted") // foreign functions are what this package is for
public final class PasswordHash {
    /** sizeof(struct crypt_data) of libxcrypt, and more than that of glibc before it. */
    private static final long DATA_BYTES = 131_232;

    /** Bound for password and hash, in bytes (libxcrypt: CRYPT_MAX_PASSPHRASE_SIZE). */
    private static final int MAX_BYTES = 511;

    /** Of a new hash: yescrypt where libcrypt has it, else SHA-512 (crypt(5)). */
    private static final List<String> KINDS = List.of("$y$", "$6$");

    private static final int SALT_CHARS = 16;
    private static final String SALT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final MethodHandle cryptR;
    /** crypt_gensalt_rn(3); not in a libcrypt of glibc's. */
    private final Optional<MethodHandle> makeSetting;

    private PasswordHash(MethodHandle cryptR, Optional<MethodHandle> makeSetting) {
        this.cryptR = cryptR;
        this.makeSetting = makeSetting;
    }

    /** Empty where this machine has no libcrypt. */
    public static Optional<PasswordHash> system() {
        try {
            BiFunction<String, Arena, SymbolLookup> open = SymbolLookup::libraryLookup;
            SymbolLookup library = open.apply("libcrypt.so.1", Arena.global());
            return library.find("crypt_r")
                    .map(symbol -> new PasswordHash(
                            Linker.nativeLinker()
                                    .downcallHandle(
                                            symbol,
                                            FunctionDescriptor.of(
                                                    ValueLayout.ADDRESS,
                                                    ValueLayout.ADDRESS,
                                                    ValueLayout.ADDRESS,
                                                    ValueLayout.ADDRESS)),
                            library.find("crypt_gensalt_rn")
                                    .map(make -> Linker.nativeLinker()
                                            .downcallHandle(
                                                    make,
                                                    FunctionDescriptor.of(
                                                            ValueLayout.ADDRESS,
                                                            ValueLayout.ADDRESS,
                                                            ValueLayout.JAVA_LONG,
                                                            ValueLayout.ADDRESS,
                                                            ValueLayout.JAVA_INT,
                                                            ValueLayout.ADDRESS,
                                                            ValueLayout.JAVA_INT)))));
        } catch (IllegalArgumentException e) {
            // no such library
            return Optional.empty();
        }
    }

    /** Whether a password has this hash; no for a hash of a kind that libcrypt does not know. Takes its time, on purpose. */
    public boolean matches(String password, String hash) {
        byte[] wanted = hash.getBytes(StandardCharsets.UTF_8);
        byte[] given = password.getBytes(StandardCharsets.UTF_8);
        if (wanted.length == 0
                || wanted.length > MAX_BYTES
                || given.length > MAX_BYTES
                || password.indexOf('\0') >= 0
                || hash.indexOf('\0') >= 0
                || hash.startsWith("*")
                || hash.startsWith("!")) {
            return false;
        }
        return crypt(password, hash)
                .filter(computed -> MessageDigest.isEqual(computed.getBytes(StandardCharsets.UTF_8), wanted))
                .isPresent();
    }

    /**
     * A new hash of a password, with a salt of its own.
     *
     * @throws IllegalArgumentException for a password that is empty, too long or has a NUL
     */
    public String of(String password) {
        int bytes = password.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_BYTES || password.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("1 to " + MAX_BYTES + " bytes without NUL");
        }
        for (String kind : KINDS) {
            Optional<String> hash = setting(kind).flatMap(setting -> crypt(password, setting));
            if (hash.isPresent()) {
                return hash.get();
            }
        }
        throw new IllegalStateException("libcrypt knows neither yescrypt nor SHA-512");
    }

    private Optional<String> setting(String kind) {
        if (makeSetting.isEmpty()) {
            return kind.equals("$6$") ? Optional.of(kind + salt() + "$") : Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(MAX_BYTES + 1);
            // no random bytes given: the library takes the system's
            MemorySegment made = (MemorySegment) makeSetting
                    .get()
                    .invokeExact(arena.allocateFrom(kind), 0L, MemorySegment.NULL, 0, room, MAX_BYTES + 1);
            return made.address() == 0 ? Optional.empty() : Optional.of(room.getString(0));
        } catch (Throwable e) {
            throw new IllegalStateException("crypt_gensalt_rn", e);
        }
    }

    private static String salt() {
        SecureRandom random = new SecureRandom();
        StringBuilder salt = new StringBuilder();
        for (int i = 0; i < SALT_CHARS; i++) {
            salt.append(SALT.charAt(random.nextInt(SALT.length())));
        }
        return salt.toString();
    }

    /** What crypt_r(3) makes of a password with the setting of a hash; empty where it does not know that kind. */
    private Optional<String> crypt(String password, String setting) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(DATA_BYTES, 16);
            MemorySegment word = arena.allocateFrom(password);
            MemorySegment result = (MemorySegment) cryptR.invokeExact(word, arena.allocateFrom(setting), data);
            Optional<String> computed = result.address() == 0
                    ? Optional.empty()
                    : Optional.of(result.reinterpret(MAX_BYTES + 1).getString(0));
            data.fill((byte) 0);
            word.fill((byte) 0);
            return computed.filter(text -> !text.startsWith("*"));
        } catch (Throwable e) {
            throw new IllegalStateException("crypt_r", e);
        }
    }
}
