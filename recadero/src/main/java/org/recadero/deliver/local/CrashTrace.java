package org.recadero.deliver.local;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Looks whether an mbox has a letter already whose delivery had begun before a crash (SAFETY 18): equal bytes at the noted
 * place, else the whole letter, which holds our Received id and Delivered-To, somewhere in the last {@value
 * #SEARCHED_BYTES} bytes. Of the From_ line only the shape counts: its date is the earlier attempt's. A partial letter at the
 * very end is cut off. Runs under the mailbox's lock.
 */
final class CrashTrace {
    static final long SEARCHED_BYTES = 64L << 20;
    private static final int WINDOW_BYTES = 256 << 10;
    private static final int NEEDLE_BYTES = 300;
    /** Places that look alike at first; more than these are not compared. */
    private static final int MOST_CANDIDATES = 20_000;

    private final FileSystem files;
    private final int descriptor;
    private final FileStatus status;

    CrashTrace(FileSystem files, int descriptor, FileStatus status) {
        this.files = files;
        this.descriptor = descriptor;
        this.status = status;
    }

    boolean holds(Letter letter) throws IOException {
        Optional<Place> place = Place.parse(letter.delivery().recipient().place());
        if (place.isPresent()
                && place.get().inode() == status.inode()
                && place.get().device() == status.device()
                && place.get().length() == letter.length()) {
            long offset = place.get().offset();
            long there = status.size() - offset;
            if (there >= letter.length() && isAt(letter, offset, letter.length())) {
                return true;
            }
            if (there > 0 && there < letter.length() && isAt(letter, offset, there)) {
                files.truncate(descriptor, offset);
                return false;
            }
        }
        return search(letter);
    }

    /** Whether the first {@code length} bytes of the letter lie at {@code offset}. */
    private boolean isAt(Letter letter, long offset, long length) throws IOException {
        Comparison comparison = new Comparison(offset, length, letter.fromLineLength());
        try {
            letter.writeTo(comparison);
        } catch (Comparison.Differs e) {
            return false;
        }
        return true;
    }

    private boolean search(Letter letter) throws IOException {
        byte[] needle = needle(letter);
        long from = Math.max(0, status.size() - SEARCHED_BYTES);
        byte[] window = new byte[WINDOW_BYTES];
        int candidates = 0;
        while (from < status.size()) {
            int length = read(window, from);
            if (length < needle.length) {
                return false;
            }
            for (int i = 0; i + needle.length <= length; i++) {
                if (window[i] == needle[0] && matches(window, i, needle)) {
                    long offset = from + i - letter.fromLineLength();
                    candidates++;
                    if (candidates > MOST_CANDIDATES) {
                        return false;
                    }
                    if (offset >= 0
                            && offset + letter.length() <= status.size()
                            && isAt(letter, offset, letter.length())) {
                        return true;
                    }
                }
            }
            from += length - needle.length + 1;
        }
        return false;
    }

    private int read(byte[] into, long from) throws ErrnoException {
        int length = 0;
        while (length < into.length) {
            long n = files.read(
                    descriptor, MemorySegment.ofArray(into).asSlice(length, into.length - length), from + length);
            if (n <= 0) {
                break;
            }
            length += (int) n;
        }
        return length;
    }

    private static boolean matches(byte[] window, int at, byte[] needle) {
        for (int i = 1; i < needle.length; i++) {
            if (window[at + i] != needle[i]) {
                return false;
            }
        }
        return true;
    }

    /** What follows the From_ line. */
    private static byte[] needle(Letter letter) throws IOException {
        int length = (int) Math.min(NEEDLE_BYTES, letter.length() - letter.fromLineLength());
        byte[] needle = new byte[length];
        long[] position = {0};
        letter.writeTo((bytes, from, count) -> {
            for (int i = 0; i < count; i++) {
                long at = position[0] + i - letter.fromLineLength();
                if (at >= length) {
                    break;
                }
                if (at >= 0) {
                    needle[(int) at] = bytes[from + i];
                }
            }
            position[0] += count;
        });
        return needle;
    }

    /** Takes a letter's bytes and compares them with the file's. */
    private final class Comparison implements MboxEncoder.Sink {
        /** Ends the walk through a letter early. */
        private static final class Differs extends IOException {
            private static final long serialVersionUID = 1L;

            private Differs() {
                super("differs");
            }
        }

        private final long offset;
        private final long most;
        private final int fromLineLength;
        private long position;

        private Comparison(long offset, long most, int fromLineLength) {
            this.offset = offset;
            this.most = most;
            this.fromLineLength = fromLineLength;
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            int done = 0;
            byte[] there = new byte[Math.min(WINDOW_BYTES, count)];
            while (done < count && position < most) {
                int want = (int) Math.min(Math.min(there.length, count - done), most - position);
                long n = files.read(descriptor, MemorySegment.ofArray(there).asSlice(0, want), offset + position);
                if (n <= 0) {
                    throw new Differs();
                }
                for (int i = 0; i < n; i++) {
                    if (there[i] != bytes[from + done + i] && !isDate(position + i)) {
                        throw new Differs();
                    }
                }
                done += (int) n;
                position += n;
            }
        }

        /** The 24 characters of the date before the From_ line's end. */
        private boolean isDate(long at) {
            return at < fromLineLength - 1 && at >= fromLineLength - 25;
        }
    }
}
