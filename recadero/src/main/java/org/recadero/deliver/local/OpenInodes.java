package org.recadero.deliver.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * The mboxes that this process has open. Closing any second descriptor of a file would release its fcntl lock in the whole
 * process (SAFETY 18, ARCHITECTURE 3): a second one, opened by another path, is left to the first one's owner to close.
 *
 * <p>Used by threads with a user's identity, so it has no lock (SAFETY 3): an immutable map behind an atomic reference.
 */
final class OpenInodes {
    /** A file's name in the kernel. */
    record Inode(long device, long number) {
        static Inode of(FileStatus status) {
            return new Inode(status.device(), status.inode());
        }
    }

    private final AtomicReference<Map<Inode, List<Integer>>> open = new AtomicReference<>(Map.of());

    /**
     * Registers a descriptor that was just opened.
     *
     * @return whether it is the only one; false: it now belongs to the other's owner, do not close it
     */
    boolean claim(Inode inode, int descriptor) {
        while (true) {
            Map<Inode, List<Integer>> before = open.get();
            Map<Inode, List<Integer>> after = new HashMap<>(before);
            List<Integer> others = before.getOrDefault(inode, List.of());
            List<Integer> all = new ArrayList<>(others);
            all.add(descriptor);
            after.put(inode, List.copyOf(all));
            if (open.compareAndSet(before, Map.copyOf(after))) {
                return others.isEmpty();
            }
        }
    }

    /** Closes all of the inode's descriptors, then forgets it; tells the first failure. */
    Optional<ErrnoException> close(Inode inode, FileSystem files) {
        Optional<ErrnoException> failure = Optional.empty();
        int closed = 0;
        while (true) {
            Map<Inode, List<Integer>> before = open.get();
            List<Integer> descriptors = before.getOrDefault(inode, List.of());
            for (; closed < descriptors.size(); closed++) {
                try {
                    files.close(descriptors.get(closed));
                } catch (ErrnoException e) {
                    failure = failure.isPresent() ? failure : Optional.of(e);
                }
            }
            Map<Inode, List<Integer>> after = new HashMap<>(before);
            after.remove(inode);
            if (open.compareAndSet(before, Map.copyOf(after))) {
                return failure;
            }
        }
    }

    int size() {
        return open.get().size();
    }
}
