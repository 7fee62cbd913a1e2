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
import java.util.Optional;
import java.util.function.BiFunction;

/** Checks passwords against hashes as /etc/shadow has them (crypt(5)), through libcrypt. Safe for all threads. */
@SuppressWarnings("restricted") // foreign functions are what this package is for
public final class PasswordHash {
    /** sizeof(struct crypt_data) of libxcrypt, and more than that of glibc before it. */
    private static final long DATA_BYTES = 131_232;

    /** Bound for password and hash, in bytes (libxcrypt: CRYPT_MAX_PASSPHRASE_SIZE). */
    private static final int MAX_BYTES = 511;

    private final MethodHandle cryptR;

    private PasswordHash(MethodHandle cryptR) {
        this.cryptR = cryptR;
    }

    /** Empty where this machine has no libcrypt. */
    public static Optional<PasswordHash> system() {
        try {
            BiFunction<String, Arena, SymbolLookup> open = SymbolLookup::libraryLookup;
            return open.apply("libcrypt.so.1", Arena.global())
                    .find("crypt_r")
                    .map(symbol -> new PasswordHash(Linker.nativeLinker()
                            .downcallHandle(
                                    symbol,
                                    FunctionDescriptor.of(
                                            ValueLayout.ADDRESS,
                                            ValueLayout.ADDRESS,
                                            ValueLayout.ADDRESS,
                                            ValueLayout.ADDRESS))));
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
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(DATA_BYTES, 16);
            MemorySegment result =
                    (MemorySegment) cryptR.invokeExact(arena.allocateFrom(password), arena.allocateFrom(hash), data);
            if (result.address() == 0) {
                return false;
            }
            String computed = result.reinterpret(MAX_BYTES + 1).getString(0);
            data.fill((byte) 0);
            return MessageDigest.isEqual(computed.getBytes(StandardCharsets.UTF_8), wanted);
        } catch (Throwable e) {
            throw new IllegalStateException("crypt_r", e);
        }
    }
}
