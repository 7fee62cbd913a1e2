package org.recadero.os;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** strerror(3) in the C locale, which a JVM never leaves for C's messages: glibc's English words. */
@SuppressWarnings("restricted") // foreign functions are what this package is for
final class ErrnoText {
    private static final MethodHandle STRERRORDESC = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("strerrordesc_np"),
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private ErrnoText() {}

    /** {@code Is a directory} for EISDIR. */
    static String of(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERRORDESC.invokeExact(errno);
            return text.address() == 0
                    ? "Unknown error " + errno
                    : text.reinterpret(256).getString(0);
        } catch (Throwable t) {
            throw new IllegalStateException("strerrordesc_np(3) cannot be called", t);
        }
    }
}
