package org.recadero.queue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A disk in memory that keeps only what was forced, and of the rest whatever a crash pleases: any sectors of any writes, any
 * folder entries, in any order. It can be told to crash, or to fail once, at the n-th step.
 */
final class SimulatedDisk implements Disk {
    private static final int SECTOR = 512;

    /** What a crash leaves of what was not forced. */
    enum Crash {
        /** kill -9: the system has all that was written. */
        OF_THE_PROGRAM,
        /** Power cut: nothing. */
        LOSES_ALL,
        /** Power cut: any sectors and entries. */
        LOSES_SOME,
        /** Power cut: all up to a moment, in order, the last write torn. */
        TEARS
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Written(int at, byte[] bytes) {}

    private static final class Node {
        byte[] seen = new byte[0];
        byte[] durable = new byte[0];
        final List<Written> unforced = new ArrayList<>();

        Node copy() {
            Node copy = new Node();
            copy.seen = seen.clone();
            copy.durable = durable.clone();
            copy.unforced.addAll(unforced);
            return copy;
        }

        void apply(Written write) {
            seen = put(seen, write.at(), write.bytes());
        }
    }

    private static byte[] put(byte[] into, int at, byte[] bytes) {
        byte[] target = into.length >= at + bytes.length ? into : Arrays.copyOf(into, at + bytes.length);
        System.arraycopy(bytes, 0, target, at, bytes.length);
        return target;
    }

    /** A change of folder entries: {@code removed} goes, {@code added} (if any) points to the node. */
    private record Entry(String removed, String added, Node node) {}

    private final TreeMap<String, Node> seen = new TreeMap<>();
    private final TreeMap<String, Node> durable = new TreeMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private int step;
    private int crashAt = Integer.MAX_VALUE;
    private int failAt = Integer.MAX_VALUE;
    private int failCount;
    private boolean crashed;
    private long usable = Long.MAX_VALUE;
    private Predicate<String> lies = what -> false;
    private Predicate<String> fails = what -> false;
    private String meanwhileAt = "";
    private Runnable meanwhile = () -> {};
    /** What was done, for tests of order. Guarded by this. */
    private final List<String> journal = new ArrayList<>();

    /** From now on, at the n-th changing step from here, the machine stops. */
    synchronized void crashAfter(int steps) {
        crashAt = step + steps;
    }

    /** The n-th step from here, and as many after it as {@code count} says, fail; what it should have forced never is. */
    synchronized void failAfter(int steps, int count) {
        failAt = step + steps;
        failCount = count;
    }

    /** From now on these steps, as the journal names them, fail. */
    synchronized void failOn(Predicate<String> steps) {
        fails = steps;
    }

    /** From now on these forces, as the journal names them, are answered but not done. */
    synchronized void lieAbout(Predicate<String> forces) {
        lies = forces;
    }

    /** What was done up to now: {@code write log/0000000001.seg}, {@code force folder log}… */
    synchronized List<String> journal() {
        return List.copyOf(journal);
    }

    /** Waits until something was done, at most some seconds. */
    synchronized void awaitStep(String what) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!journal.contains(what)) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("never happened: " + what);
            }
            wait(left);
        }
    }

    synchronized void clearJournal() {
        journal.clear();
    }

    synchronized void neverFail() {
        failAt = Integer.MAX_VALUE;
    }

    synchronized int steps() {
        return step;
    }

    synchronized boolean isCrashed() {
        return crashed;
    }

    synchronized void usableBytes(long bytes) {
        usable = bytes;
    }

    @Override
    public synchronized long usableBytes() {
        return usable;
    }

    /** The machine stops here; nothing that still runs does anything from now on. */
    synchronized void stop() {
        crashed = true;
    }

    /** The disk as the next start finds it. */
    synchronized SimulatedDisk afterCrash(Crash crash, Random random) {
        crashed = true;
        SimulatedDisk next = new SimulatedDisk();
        Map<Node, Node> copies = new HashMap<>();
        if (crash == Crash.OF_THE_PROGRAM) {
            // what was not forced is not forced yet, and what failed to be forced never will be
            Function<Node, Node> copy = node -> copies.computeIfAbsent(node, Node::copy);
            seen.forEach((name, node) -> next.seen.put(name, copy.apply(node)));
            durable.forEach((name, node) -> next.durable.put(name, copy.apply(node)));
            entries.forEach(e -> next.entries.add(new Entry(e.removed(), e.added(), copy.apply(e.node()))));
            return next;
        }
        for (Map.Entry<String, Node> entry : entriesAfter(crash, random).entrySet()) {
            Node copy = copies.computeIfAbsent(entry.getValue(), node -> contentAfter(node, crash, random));
            next.seen.put(entry.getKey(), copy);
            next.durable.put(entry.getKey(), copy);
        }
        return next;
    }

    private Map<String, Node> entriesAfter(Crash crash, Random random) {
        TreeMap<String, Node> names = new TreeMap<>(durable);
        int upTo = crash == Crash.TEARS ? random.nextInt(entries.size() + 1) : entries.size();
        for (Entry entry : entries.subList(0, upTo)) {
            if (crash == Crash.TEARS || (crash == Crash.LOSES_SOME && random.nextBoolean())) {
                applyEntry(names, entry);
            }
        }
        return names;
    }

    private static void applyEntry(Map<String, Node> names, Entry entry) {
        if (entry.removed() != null && names.get(entry.removed()) == entry.node()) {
            names.remove(entry.removed());
        }
        if (entry.added() != null) {
            names.put(entry.added(), entry.node());
        }
    }

    private static Node contentAfter(Node node, Crash crash, Random random) {
        Node copy = new Node();
        byte[] content = node.durable.clone();
        switch (crash) {
            case OF_THE_PROGRAM, LOSES_ALL -> {}
            case LOSES_SOME -> {
                for (Written write : node.unforced) {
                    content = someSectors(content, write, random);
                }
            }
            case TEARS -> {
                int whole = random.nextInt(node.unforced.size() + 1);
                for (int i = 0; i < node.unforced.size() && i <= whole; i++) {
                    Written write = node.unforced.get(i);
                    int length = i < whole ? write.bytes().length : random.nextInt(write.bytes().length + 1);
                    content = put(content, write.at(), Arrays.copyOf(write.bytes(), length));
                }
            }
        }
        copy.seen = content;
        copy.durable = content.clone();
        return copy;
    }

    private static byte[] someSectors(byte[] content, Written write, Random random) {
        byte[] result = content;
        int at = write.at();
        int end = write.at() + write.bytes().length;
        while (at < end) {
            int next = Math.min(end, (at / SECTOR + 1) * SECTOR);
            if (random.nextBoolean()) {
                result = put(result, at, Arrays.copyOfRange(write.bytes(), at - write.at(), next - write.at()));
            }
            at = next;
        }
        return result;
    }

    // ---- what tests look at and do by hand

    synchronized List<String> names() {
        return List.copyOf(seen.keySet());
    }

    synchronized byte[] content(String name) {
        return seen.get(name).seen.clone();
    }

    synchronized void content(String name, byte[] bytes) {
        Node node = new Node();
        node.seen = bytes.clone();
        node.durable = bytes.clone();
        seen.put(name, node);
        durable.put(name, node);
    }

    synchronized void remove(String name) {
        seen.remove(name);
        durable.remove(name);
    }

    /** Spoils the byte at {@code offset} from where a text first lies in a file; who has it open sees that too. */
    synchronized void damage(String name, String text, int offset) {
        byte[] bytes = seen.get(name).seen;
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        bytes[at + offset] ^= 1;
    }

    /** Spoils the last place in the newest segment that has a text; who has it open sees that too. */
    synchronized void damageTheLast(String text) {
        for (String name :
                seen.keySet().stream().sorted(Comparator.reverseOrder()).toList()) {
            byte[] bytes = seen.get(name).seen;
            int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text);
            if (name.startsWith("log/0") && at >= 0) {
                bytes[at] ^= 1;
                return;
            }
        }
        throw new IllegalArgumentException("no segment has " + text);
    }

    /** Something that happens once, in a thread of its own, while this step is under way. */
    synchronized void onStep(String step, Runnable event) {
        meanwhileAt = step;
        meanwhile = event;
    }

    private void happenMeanwhile(String what) {
        Runnable event;
        synchronized (this) {
            if (!what.equals(meanwhileAt)) {
                return;
            }
            meanwhileAt = "";
            event = meanwhile;
        }
        Thread thread = Thread.ofPlatform().start(event);
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All is forced, as it is after a clean stop. */
    synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk();
        seen.forEach((name, node) -> copy.content(name, node.seen));
        return copy;
    }

    synchronized boolean isForced(String name) {
        Node node = seen.get(name);
        return durable.get(name) == node && node.unforced.isEmpty();
    }

    // ---- Disk

    private void step(String what) throws IOException {
        if (crashed) {
            throw new IOException("the machine has stopped");
        }
        step++;
        journal.add(what);
        notifyAll();
        if (step >= crashAt) {
            crashed = true;
            throw new IOException("the machine stops");
        }
        if (fails.test(what) || (step >= failAt && step < failAt + failCount)) {
            throw new IOException("simulated failure of " + what);
        }
    }

    private Node node(String name) throws IOException {
        Node node = seen.get(name);
        if (node == null) {
            throw new FileNotFoundException(name);
        }
        return node;
    }

    @Override
    public synchronized Handle create(String name, long bytes) throws IOException {
        step("create " + name);
        if (seen.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        if (bytes > usable) {
            throw new IOException("No space left on device");
        }
        Node node = new Node();
        node.seen = new byte[(int) bytes];
        if (bytes > 0) {
            node.unforced.add(new Written(0, new byte[(int) bytes]));
        }
        seen.put(name, node);
        entries.add(new Entry(null, name, node));
        return new Open(name, node);
    }

    @Override
    public synchronized Handle open(String name, boolean writing) throws IOException {
        if (crashed) {
            throw new IOException("the machine has stopped");
        }
        return new Open(name, node(name));
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        step("rename " + from + " " + to);
        Node node = node(from);
        seen.remove(from);
        seen.put(to, node);
        entries.add(new Entry(from, to, node));
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        step("delete " + name);
        Node node = node(name);
        seen.remove(name);
        entries.add(new Entry(name, null, node));
    }

    private static boolean isIn(String name, String folder) {
        return name != null && name.startsWith(folder + "/");
    }

    @Override
    public synchronized void forceFolder(String folder) throws IOException {
        step("force folder " + folder);
        if (lies.test("force folder " + folder)) {
            return;
        }
        for (Entry entry : List.copyOf(entries)) {
            if (isIn(entry.removed(), folder) || isIn(entry.added(), folder)) {
                applyEntry(durable, entry);
                entries.remove(entry);
            }
        }
    }

    @Override
    public synchronized List<String> list(String folder) throws IOException {
        if (crashed) {
            throw new IOException("the machine has stopped");
        }
        return seen.keySet().stream()
                .filter(name -> isIn(name, folder))
                .map(name -> name.substring(folder.length() + 1))
                .toList();
    }

    private final class Open implements Handle {
        private final String name;
        private final Node node;

        Open(String name, Node node) {
            this.name = name;
            this.node = node;
        }

        @Override
        public void write(ByteBuffer data, long at) throws IOException {
            synchronized (SimulatedDisk.this) {
                byte[] bytes = new byte[data.remaining()];
                data.get(bytes);
                Written write = new Written((int) at, bytes);
                try {
                    step("write " + name);
                } catch (IOException e) {
                    // some of it may have got there all the same
                    if (bytes.length > 1 && step % 2 == 0) {
                        Written half = new Written((int) at, Arrays.copyOf(bytes, bytes.length / 2));
                        node.apply(half);
                        node.unforced.add(half);
                    }
                    throw e;
                }
                node.apply(write);
                node.unforced.add(write);
            }
        }

        @Override
        public int read(ByteBuffer into, long at) throws IOException {
            synchronized (SimulatedDisk.this) {
                if (crashed) {
                    throw new IOException("the machine has stopped");
                }
                int count = (int) Math.max(0, Math.min(into.remaining(), node.seen.length - at));
                into.put(node.seen, (int) Math.min(at, node.seen.length), count);
                return count;
            }
        }

        @Override
        public void force() throws IOException {
            happenMeanwhile("force " + name);
            synchronized (SimulatedDisk.this) {
                try {
                    step("force " + name);
                } catch (IOException e) {
                    // the kernel calls the pages clean now: they are read as written and never reach the disk
                    node.unforced.clear();
                    throw e;
                }
                if (lies.test("force " + name)) {
                    return;
                }
                for (Written write : node.unforced) {
                    node.durable = put(node.durable, write.at(), write.bytes());
                }
                node.unforced.clear();
            }
        }

        @Override
        public long size() {
            synchronized (SimulatedDisk.this) {
                return node.seen.length;
            }
        }

        @Override
        public void punchHole(long at, long length) throws IOException {
            write(ByteBuffer.allocate((int) length), at);
        }

        @Override
        public void close() {}
    }
}
