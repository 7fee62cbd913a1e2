package org.recadero.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Raw system calls: syscall(2) of the C library, which changes the calling thread alone (the C library's own setresuid(3) and
 * setgroups(3) change all threads; SAFETY 2). Two handles serve all calls, since each costs milliseconds at start.
 *
 * <p>A result below zero is a negated errno. Nothing here retries or throws on failure.
 */
final class Kernel {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final ValueLayout.OfInt ERRNO = ValueLayout.JAVA_INT;

    /** {@code syscall(number, 6 numbers)}. */
    private static final MethodHandle NUMBERS = LINKER.downcallHandle(
            libc("syscall"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));

    /** {@code syscall(number, descriptor, memory, 3 numbers)}: the caller's memory stays alive during the call. */
    private static final MethodHandle MEMORY = LINKER.downcallHandle(
            libc("syscall"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));

    private Kernel() {}

    static MemorySegment libc(String symbol) {
        return LIBC.find(symbol)
                .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + symbol));
    }

    /** A function of the C library that reports errors by its result, so that errno needs no capturing. */
    static MethodHandle function(String symbol, FunctionDescriptor shape) {
        return LINKER.downcallHandle(libc(symbol), shape);
    }

    static long call(Scratch scratch, SystemCall call) {
        return call(scratch, call, 0, 0, 0, 0, 0, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a) {
        return call(scratch, call, a, 0, 0, 0, 0, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a, long b) {
        return call(scratch, call, a, b, 0, 0, 0, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a, long b, long c) {
        return call(scratch, call, a, b, c, 0, 0, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a, long b, long c, long d) {
        return call(scratch, call, a, b, c, d, 0, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a, long b, long c, long d, long e) {
        return call(scratch, call, a, b, c, d, e, 0);
    }

    static long call(Scratch scratch, SystemCall call, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) NUMBERS.invokeExact(scratch.errno, (long) call.number(), a, b, c, d, e, f);
            return result == -1 ? -scratch.errno.get(ERRNO, 0) : result;
        } catch (Throwable impossible) {
            throw rethrow(impossible);
        }
    }

    /** {@code call(descriptor, memory, length, d)}. */
    static long memory(
            Scratch scratch, SystemCall call, int descriptor, MemorySegment memory, long length, long d, long e) {
        try {
            long result = (long)
                    MEMORY.invokeExact(scratch.errno, (long) call.number(), (long) descriptor, memory, length, d, e);
            return result == -1 ? -scratch.errno.get(ERRNO, 0) : result;
        } catch (Throwable impossible) {
            throw rethrow(impossible);
        }
    }

    /** What a downcall may throw: a closed arena's IllegalStateException, out of memory. */
    static RuntimeException rethrow(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException runtime) {
            return runtime;
        }
        return new IllegalStateException(thrown);
    }

    /** The calling thread's kernel id. */
    static int threadId() {
        try (Scratch scratch = Scratch.take()) {
            return (int) call(scratch, SystemCall.GETTID);
        }
    }

    /** A NUL-terminated C string at an address of unknown extent, at most {@code limit} bytes. */
    static String string(MemorySegment pointer, int limit) {
        if (pointer.address() == 0) {
            return "";
        }
        MemorySegment text = MemorySegment.ofAddress(pointer.address()).reinterpret(limit, Arena.global(), null);
        int length = 0;
        while (length < limit && text.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return NativeText.text(text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }
}
