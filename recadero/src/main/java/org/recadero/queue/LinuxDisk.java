package org.recadero.queue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;

/**
 * {@link Disk} by system calls. No {@code FileChannel} is involved, so that no interrupt can close a file for others (SAFETY
 * 11).
 */
final class LinuxDisk implements Disk {
    private static final int MOST_NAMES = 10_000_000;
    private static final int ZEROS = 1 << 20;
    /** EOPNOTSUPP of asm-generic: a file system without fallocate(2). */
    private static final int NOT_SUPPORTED = 95;

    private final FileSystem files;
    private final Path root;
    private volatile @Nullable FileStore store;

    /** @param root the folder that holds log/, large/ and corrupt/ */
    LinuxDisk(FileSystem files, Path root) {
        this.files = Objects.requireNonNull(files);
        this.root = Objects.requireNonNull(root);
    }

    private String path(String name) {
        return root.resolve(name).toString();
    }

    @Override
    public Handle create(String name, long bytes) throws IOException {
        int flags = FileSystem.O_RDWR | FileSystem.O_CREAT | FileSystem.O_EXCL;
        int descriptor = files.open(FileSystem.AT_FDCWD, path(name), flags, 0600);
        Open file = new Open(descriptor);
        if (bytes > 0) {
            try {
                reserve(file, bytes);
            } catch (IOException e) {
                file.close();
                delete(name);
                throw e;
            }
        }
        return file;
    }

    private void reserve(Open file, long bytes) throws IOException {
        try {
            files.allocate(file.descriptor, 0, bytes);
        } catch (ErrnoException e) {
            if (e.errno() != NOT_SUPPORTED && e.errno() != Errno.EINVAL) {
                throw e;
            }
            file.zero(0, bytes);
        }
    }

    @Override
    public Handle open(String name, boolean writing) throws IOException {
        int flags = writing ? FileSystem.O_RDWR : FileSystem.O_RDONLY;
        return new Open(files.open(FileSystem.AT_FDCWD, path(name), flags, 0));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        files.rename(FileSystem.AT_FDCWD, path(from), FileSystem.AT_FDCWD, path(to));
    }

    @Override
    public void delete(String name) throws IOException {
        files.unlink(FileSystem.AT_FDCWD, path(name));
    }

    @Override
    public void forceFolder(String folder) throws IOException {
        int descriptor = files.openFolder(path(folder));
        try {
            files.sync(descriptor);
        } finally {
            files.close(descriptor);
        }
    }

    @Override
    public List<String> list(String folder) throws IOException {
        int descriptor;
        try {
            descriptor = files.openFolder(path(folder));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return List.of();
            }
            throw e;
        }
        try {
            return files.list(descriptor, MOST_NAMES);
        } finally {
            files.close(descriptor);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        FileStore known = store;
        if (known == null) {
            known = Files.getFileStore(root);
            store = known;
        }
        return known.getUsableSpace();
    }

    private final class Open implements Handle {
        private final int descriptor;

        Open(int descriptor) {
            this.descriptor = descriptor;
        }

        @Override
        public void write(ByteBuffer data, long at) throws IOException {
            files.write(descriptor, MemorySegment.ofBuffer(data), at);
            data.position(data.limit());
        }

        @Override
        public int read(ByteBuffer into, long at) throws IOException {
            int count = Math.toIntExact(files.read(descriptor, MemorySegment.ofBuffer(into), at));
            into.position(into.position() + count);
            return count;
        }

        @Override
        public void force() throws IOException {
            files.dataSync(descriptor);
        }

        @Override
        public long size() throws IOException {
            return files.status(descriptor).size();
        }

        @Override
        public void punchHole(long at, long length) throws IOException {
            try {
                files.punchHole(descriptor, at, length);
            } catch (ErrnoException e) {
                if (e.errno() != NOT_SUPPORTED) {
                    throw e;
                }
                zero(at, length);
            }
        }

        private void zero(long at, long length) throws IOException {
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, length));
            for (long done = 0; done < length; done += zeros.limit()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), length - done));
                write(zeros, at + done);
            }
        }

        @Override
        public void close() throws IOException {
            files.close(descriptor);
        }
    }
}
