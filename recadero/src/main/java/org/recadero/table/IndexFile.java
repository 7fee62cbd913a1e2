package org.recadero.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An index as {@code postmap -d} and {@code postmap -i} change it: all its rows, and what it says of its source.
 *
 * @param rows octets, in their order; to be changed by the caller
 * @param source the recorded state of the source, 0 for owner and mode
 */
public record IndexFile(Map<String, String> rows, Optional<SourceStatus> source, Syntax syntax, boolean nulTerminated) {
    /** @throws IOException where it cannot be read or is no cdb */
    public static IndexFile read(Path index) throws IOException {
        Cdb cdb = Cdb.open(index);
        Optional<IndexStamp> stamp = cdb.find(IndexStamp.key()).flatMap(IndexStamp::decoded);
        boolean nul = stamp.map(IndexStamp::nulTerminated).orElse(false);
        Map<String, String> rows = new LinkedHashMap<>();
        cdb.forEach((key, value) -> {
            if (!IndexStamp.isKey(key)) {
                rows.putIfAbsent(plain(key, nul), plain(value, nul));
            }
        });
        Optional<SourceStatus> source = stamp.flatMap(IndexStamp::source)
                .map(s -> new SourceStatus(s.mtimeNanos(), s.sizeBytes(), s.inode(), 0, 0, 0));
        return new IndexFile(rows, source, stamp.map(IndexStamp::syntax).orElse(Syntax.MAP), nul);
    }

    private static String plain(byte[] bytes, boolean nul) {
        String octets = Octets.of(bytes);
        return nul && octets.endsWith("\0") ? octets.substring(0, octets.length() - 1) : octets;
    }
}
