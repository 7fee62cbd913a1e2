package org.recadero.deliver.local;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * A file system for tests: the machine's own, by way of {@code java.nio}, with a diary, faults, and owners as the test wants
 * them. Every regular file belongs to {@link #owner} unless the test says otherwise.
 */
class TestFileSystem implements FileSystem {
    /** Called before each system call; throws what the call shall answer. */
    interface Fault {
        void before(String call, String path) throws ErrnoException;
    }

    private record Descriptor(Path path, FileChannel channel) {}

    private final Map<Integer, Descriptor> open = new HashMap<>();
    private final Map<Path, Integer> owners = new HashMap<>();
    private final Map<Path, Integer> folderModes = new HashMap<>();
    private final Set<Path> lockedElsewhere = new HashSet<>();
    private final List<String> diary = new ArrayList<>();
    private int next = 3;
    int owner = 1001;
    int spoolGroup = 8;
    /** Bytes that the disk still takes; a write beyond is cut short. */
    long space = Long.MAX_VALUE;

    Fault fault = (call, path) -> {};

    synchronized List<String> diary() {
        return List.copyOf(diary);
    }

    synchronized int openDescriptors() {
        return open.size();
    }

    synchronized void owns(Path file, int uid) {
        owners.put(file, uid);
    }

    synchronized void folderMode(Path folder, int mode) {
        folderModes.put(folder, mode);
    }

    /** As if another process had an fcntl lock. */
    synchronized void lockElsewhere(Path file) {
        lockedElsewhere.add(file);
    }

    synchronized void unlockElsewhere(Path file) {
        lockedElsewhere.remove(file);
    }

    private void enter(String call, String path) throws ErrnoException {
        diary.add(call + " " + path);
        fault.before(call, path);
    }

    private Path resolve(int at, String path) {
        return at == AT_FDCWD ? Path.of(path) : descriptor(at).path().resolve(path);
    }

    private Descriptor descriptor(int number) {
        Descriptor descriptor = open.get(number);
        if (descriptor == null) {
            throw new AssertionError("descriptor " + number + " is not open");
        }
        return descriptor;
    }

    private int add(Path path, FileChannel channel) {
        int number = next++;
        open.put(number, new Descriptor(path, channel));
        return number;
    }

    @Override
    public synchronized int open(int at, String path, int flags, int mode) throws ErrnoException {
        Path file = resolve(at, path);
        enter("open", file.toString());
        try {
            if ((flags & O_DIRECTORY) != 0) {
                if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new ErrnoException(Errno.ENOENT, "open");
                }
                if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new ErrnoException(Errno.ENOTDIR, "open");
                }
                return add(file, null);
            }
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new ErrnoException(Errno.EISDIR, "open");
            }
            Set<OpenOption> options = new HashSet<>();
            options.add(LinkOption.NOFOLLOW_LINKS);
            switch (flags & 3) {
                case O_RDONLY -> options.add(StandardOpenOption.READ);
                case O_WRONLY -> options.add(StandardOpenOption.WRITE);
                default -> options.addAll(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
            }
            if ((flags & O_EXCL) != 0) {
                options.add(StandardOpenOption.CREATE_NEW);
            } else if ((flags & O_CREAT) != 0) {
                options.add(StandardOpenOption.CREATE);
            }
            boolean fresh = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
            int number = add(file, FileChannel.open(file, options));
            if (fresh) {
                Files.setAttribute(file, "unix:mode", 0x8000 | mode);
            }
            return number;
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized int openFolder(String path) throws ErrnoException {
        enter("openFolder", path);
        Path folder = Path.of(path);
        if (!Files.exists(folder)) {
            throw new ErrnoException(Errno.ENOENT, "open");
        }
        if (!Files.isDirectory(folder)) {
            throw new ErrnoException(Errno.ENOTDIR, "open");
        }
        return add(folder, null);
    }

    @Override
    public synchronized FileStatus status(int descriptor) throws ErrnoException {
        Path path = descriptor(descriptor).path();
        enter("status", path.toString());
        FileStatus status = look(path, descriptor(descriptor).channel() == null);
        FileChannel channel = descriptor(descriptor).channel();
        if (channel == null || !status.isRegular()) {
            return status;
        }
        try {
            return new FileStatus(
                    status.device(),
                    status.inode(),
                    status.mode(),
                    status.links(),
                    status.uid(),
                    status.gid(),
                    channel.size(),
                    status.mtimeNanos(),
                    status.blocks512());
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized FileStatus statusAt(int at, String path) throws ErrnoException {
        Path file = resolve(at, path);
        enter("statusAt", file.toString());
        return look(file, false);
    }

    private FileStatus look(Path path, boolean follow) throws ErrnoException {
        try {
            LinkOption[] options = follow ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
            Map<String, Object> all = Files.readAttributes(path, "unix:*", options);
            BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class, options);
            int mode = (Integer) all.get("mode");
            if (basic.isDirectory()) {
                mode = (mode & ~0xFFF) | folderModes.getOrDefault(path, mode & 0xFFF);
            }
            int uid = owners.getOrDefault(path, basic.isDirectory() ? 0 : owner);
            return new FileStatus(
                    ((Number) all.get("dev")).longValue(),
                    ((Number) all.get("ino")).longValue(),
                    mode,
                    ((Number) all.get("nlink")).longValue(),
                    uid,
                    spoolGroup,
                    basic.size(),
                    ((FileTime) all.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                    0);
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized void close(int descriptor) throws ErrnoException {
        Descriptor gone = descriptor(descriptor);
        open.remove(descriptor);
        try {
            if (gone.channel() != null) {
                gone.channel().close();
            }
        } catch (IOException e) {
            throw errno(e);
        }
        enter("close", gone.path().toString());
    }

    @Override
    public synchronized void write(int descriptor, MemorySegment data, long offset) throws ErrnoException {
        Descriptor file = descriptor(descriptor);
        enter("write", file.path().toString());
        byte[] bytes = data.toArray(ValueLayout.JAVA_BYTE);
        int fits = (int) Math.min(space, bytes.length);
        space -= fits;
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, fits);
            long at = offset;
            while (buffer.hasRemaining()) {
                at += file.channel().write(buffer, at);
            }
        } catch (IOException e) {
            throw errno(e);
        }
        if (fits < bytes.length) {
            throw new ErrnoException(Errno.ENOSPC, "write");
        }
    }

    @Override
    public synchronized long read(int descriptor, MemorySegment into, long offset) throws ErrnoException {
        ByteBuffer buffer = ByteBuffer.allocate((int) into.byteSize());
        try {
            int n = descriptor(descriptor).channel().read(buffer, offset);
            if (n > 0) {
                MemorySegment.copy(MemorySegment.ofArray(buffer.array()), 0, into, 0, n);
            }
            return Math.max(n, 0);
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public void beginSync(int descriptor) {
        // promises nothing
    }

    @Override
    public synchronized void sync(int descriptor) throws ErrnoException {
        enter("sync", descriptor(descriptor).path().toString());
    }

    @Override
    public synchronized void dataSync(int descriptor) throws ErrnoException {
        enter("dataSync", descriptor(descriptor).path().toString());
    }

    @Override
    public synchronized void truncate(int descriptor, long size) throws ErrnoException {
        enter("truncate", descriptor(descriptor).path().toString());
        try {
            long before = descriptor(descriptor).channel().size();
            descriptor(descriptor).channel().truncate(size);
            space = space > Long.MAX_VALUE / 2 ? space : space + before - size;
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public void allocate(int descriptor, long offset, long length) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public void punchHole(int descriptor, long offset, long length) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public void changeMode(int descriptor, int mode) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public void changeOwner(int descriptor, int uid, int gid) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public synchronized void rename(int fromAt, String from, int toAt, String to) throws ErrnoException {
        enter("rename", resolve(toAt, to).toString());
        try {
            Files.move(resolve(fromAt, from), resolve(toAt, to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public void link(int fromAt, String from, int toAt, String to) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public synchronized void unlink(int at, String path) throws ErrnoException {
        enter("unlink", resolve(at, path).toString());
        try {
            Files.delete(resolve(at, path));
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized void makeFolder(int at, String path, int mode) throws ErrnoException {
        enter("makeFolder", resolve(at, path).toString());
        try {
            Files.createDirectory(resolve(at, path));
            Files.setAttribute(resolve(at, path), "unix:mode", 0x4000 | mode);
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized boolean tryLock(int descriptor) throws ErrnoException {
        Descriptor file = descriptor(descriptor);
        enter("tryLock", file.path().toString());
        if (lockedElsewhere.contains(file.path())) {
            return false;
        }
        try {
            FileLock lock = file.channel().tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            throw new AssertionError("the mailbox was locked twice by this process", e);
        } catch (IOException e) {
            throw errno(e);
        }
    }

    @Override
    public synchronized boolean tryFlock(int descriptor) throws ErrnoException {
        enter("tryFlock", descriptor(descriptor).path().toString());
        return true;
    }

    @Override
    public synchronized List<String> list(int folder, int limit) throws ErrnoException {
        try (var names = Files.list(descriptor(folder).path())) {
            return names.limit(limit).map(p -> p.getFileName().toString()).toList();
        } catch (IOException e) {
            throw errno(e);
        }
    }

    private static ErrnoException errno(IOException e) {
        if (e instanceof ErrnoException errno) {
            return errno;
        }
        String reason = e instanceof FileSystemException f ? String.valueOf(f.getReason()) : e.getMessage();
        int number = switch (e) {
            case NoSuchFileException none -> Errno.ENOENT;
            case FileAlreadyExistsException already -> Errno.EEXIST;
            case AccessDeniedException denied -> Errno.EACCES;
            case NotDirectoryException not -> Errno.ENOTDIR;
            default ->
                reason.contains("symbolic link")
                        ? Errno.ELOOP
                        : reason.contains("Not a directory") ? Errno.ENOTDIR : Errno.EIO;
        };
        return new ErrnoException(number, reason);
    }
}
