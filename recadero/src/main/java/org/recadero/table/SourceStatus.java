package org.recadero.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What stat(2) says of a source file.
 *
 * @param mtimeNanos since 1970
 * @param mode permission bits
 */
public record SourceStatus(long mtimeNanos, long sizeBytes, long inode, int uid, int gid, int mode) {
    /** Follows symbolic links. */
    public static SourceStatus of(Path file) throws IOException {
        Map<String, Object> all = Files.readAttributes(file, "unix:lastModifiedTime,size,ino,uid,gid,mode");
        return new SourceStatus(
                ((FileTime) value(all, "lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                (Long) value(all, "size"),
                (Long) value(all, "ino"),
                (Integer) value(all, "uid"),
                (Integer) value(all, "gid"),
                (Integer) value(all, "mode") & 07777);
    }

    private static Object value(Map<String, Object> all, String name) {
        return Objects.requireNonNull(all.get(name));
    }

    IndexStamp.Source stamp() {
        return new IndexStamp.Source(mtimeNanos, sizeBytes, inode);
    }
}
