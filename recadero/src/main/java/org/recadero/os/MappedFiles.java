package org.recadero.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The parts of files (programs, libraries, the class cache) that this process has in its memory. At each access the kernel maps the pages
 * around it too, so that after a start most of a library is there of which little is used; where the file lies in its cache in huge pages, two megabytes
 * at once.
 */
public final class MappedFiles {
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final Path MAPS = Path.of("/proc/self/smaps");
    /** Below this a mapping is not worth the call. */
    private static final long LEAST_BYTES = 1 << 20;

    /** What is mapped when the machine starts and never unmapped; a library that is just being loaded must be left alone. */
    private static final Pattern STAYS = Pattern.compile("/.*/(libjvm\\.so|modules|[^/]*\\.aot)");

    /** Reading what is mapped gives the compiler work, which needs pages of its own. */
    private static final Duration SETTLES = Duration.ofMillis(200);

    /**
     * A part of the address space.
     *
     * @param stays whether it is one of the Java machine's own files
     * @param clean whether no page of it is this process's own
     */
    record Mapping(long from, long to, boolean readOnly, boolean stays, boolean clean) {}

    private MappedFiles() {}

    /**
     * Lets go of the pages of the Java machine's own files that cannot be written through their mapping and of which this process has changed
     * none: what is used is there again at its next use, from the kernel's cache of files. Takes {@link #SETTLES} longer than its work.
     *
     * @return how many bytes of address space it looked after; 0 where the system does not say what is mapped
     */
    public static long letGo() {
        List<Mapping> mappings;
        try (Stream<String> smaps = Files.lines(MAPS, StandardCharsets.ISO_8859_1)) {
            mappings = read(smaps);
        } catch (IOException e) {
            // no /proc, or a kernel without smaps: the pages stay
            return 0;
        }
        try {
            Thread.sleep(SETTLES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
        long bytes = 0;
        try (Sys.Scratch s = Sys.scratch()) {
            for (Mapping mapping : mappings) {
                long length = mapping.to - mapping.from;
                if (mapping.readOnly && mapping.stays && mapping.clean && length >= LEAST_BYTES) {
                    // of no effect where the kernel has no huge pages: not even an error matters
                    var _ = Sys.raw(s, Sys.NUMBERS.madvise(), mapping.from, length, MADV_NOHUGEPAGE, 0, 0, 0);
                    Sys.call(s, "madvise", Sys.NUMBERS.madvise(), mapping.from, length, MADV_DONTNEED, 0);
                    bytes += length;
                }
            }
        } catch (IOException e) {
            return bytes;
        }
        return bytes;
    }

    /** A mapping's first line begins with hexadecimal digits, in lower case; all others with the name of a field, in upper. */
    private static boolean isHead(String line) {
        return !line.isEmpty() && Character.digit(line.charAt(0), 16) >= 0 && !Character.isUpperCase(line.charAt(0));
    }

    /** proc_pid_smaps(5). */
    static List<Mapping> read(Stream<String> smaps) {
        List<Mapping> mappings = new ArrayList<>();
        String[] head = {};
        for (String line : (Iterable<String>) smaps::iterator) {
            if (isHead(line)) {
                head = line.split(" +", 6);
            } else if (line.startsWith("Anonymous:") && head.length > 4) {
                int dash = head[0].indexOf('-');
                mappings.add(new Mapping(
                        Long.parseUnsignedLong(head[0].substring(0, dash), 16),
                        Long.parseUnsignedLong(head[0].substring(dash + 1), 16),
                        head[1].charAt(0) == 'r' && head[1].charAt(1) == '-' && head[1].charAt(3) == 'p',
                        head.length > 5 && STAYS.matcher(head[5]).matches(),
                        line.endsWith(" 0 kB")));
            }
        }
        return mappings;
    }
}
