package org.recadero.queue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the queue knows of each message without a look at the disk: about eighty bytes each, in arrays. Slots are numbers that
 * stay with a message as long as it is here. Guarded by the queue's lock.
 *
 * <p>A place is a segment's number and an offset in it. The line of what waits for its time is a binary heap of slots, so that
 * taking the first costs the logarithm of how many wait.
 */
final class Index {
    /** No slot. */
    static final int NONE = -1;
    /** No place. */
    static final long NOWHERE = 0;

    /** Beside {@link Standing}'s flags: claimed. */
    static final int ACTIVE = 1 << 8;
    /** A change is being written: nobody else may touch it. */
    static final int FROZEN = 1 << 9;
    /** Its end is written, not forced: nobody sees it any more. */
    static final int LEAVING = 1 << 10;
    /** Cannot be read: never claimed. */
    static final int DAMAGED = 1 << 11;
    /** Its content lies in large/. */
    static final int LARGE = 1 << 12;

    /** Mail that no user submitted; no uid has this number. */
    static final int NO_USER = -1;

    private static final int FIRST_CAPACITY = 64;

    private long[] ids = new long[FIRST_CAPACITY];
    private long[] places = new long[FIRST_CAPACITY];
    private long[] states = new long[FIRST_CAPACITY];
    private long[] arrivals = new long[FIRST_CAPACITY];
    private long[] dues = new long[FIRST_CAPACITY];
    private long[] contentBytes = new long[FIRST_CAPACITY];
    private int[] recordBytes = new int[FIRST_CAPACITY];
    private int[] stateBytes = new int[FIRST_CAPACITY];
    private int[] attempts = new int[FIRST_CAPACITY];
    private int[] flags = new int[FIRST_CAPACITY];
    private int[] users = new int[FIRST_CAPACITY];
    private int[] heapPositions = new int[FIRST_CAPACITY];
    /** Free slots are chained through {@link #attempts}. */
    private int free = NONE;

    private int used;
    /** With those that are leaving. */
    private int present;

    private int size;
    private int held;
    private long totalBytes;
    /** Of users that have mail here: messages, bytes. */
    private final Map<Integer, Queue.Load> loads = new HashMap<>();

    private int[] table = new int[FIRST_CAPACITY * 2];
    private int[] heap = new int[FIRST_CAPACITY];
    private int heapSize;

    Index() {
        Arrays.fill(table, NONE);
    }

    // ---- places

    static long place(int segment, int offset) {
        return (long) segment << 32 | offset;
    }

    static int segmentOf(long place) {
        return (int) (place >>> 32);
    }

    static int offsetOf(long place) {
        return (int) place;
    }

    // ---- slots

    /** Messages that are not leaving. */
    int size() {
        return size;
    }

    int held() {
        return held;
    }

    /** Content of all messages, bytes. */
    long totalBytes() {
        return totalBytes;
    }

    /** What a user has here that is not leaving. */
    Queue.Load load(int user) {
        return loads.getOrDefault(user, Queue.Load.NONE);
    }

    private void load(int slot, int sign) {
        int user = users[slot];
        if (user != NO_USER) {
            Queue.Load before = load(user);
            long messages = before.messages() + sign;
            if (messages == 0) {
                loads.remove(user);
            } else {
                loads.put(user, new Queue.Load(messages, before.bytes() + sign * contentBytes[slot]));
            }
        }
    }

    /**
     * A new message; not in the line yet.
     *
     * @param user that submitted it, or {@link #NO_USER}
     */
    int add(long id, long place, int bytes, MessageMeta meta, int user) {
        if (free == NONE && used == ids.length) {
            grow();
        }
        int slot = free;
        if (slot == NONE) {
            slot = used++;
        } else {
            free = attempts[slot];
        }
        ids[slot] = id;
        places[slot] = place;
        states[slot] = NOWHERE;
        arrivals[slot] = meta.arrival();
        contentBytes[slot] = meta.contentBytes();
        recordBytes[slot] = bytes;
        stateBytes[slot] = 0;
        flags[slot] = meta.large() != 0 ? LARGE : 0;
        heapPositions[slot] = NONE;
        present++;
        size++;
        totalBytes += contentBytes[slot];
        users[slot] = user;
        load(slot, 1);
        standing(slot, meta.standing());
        if (used * 2 > table.length) {
            rehash();
        }
        enter(id, slot);
        return slot;
    }

    private void grow() {
        int capacity = ids.length + (ids.length >> 1);
        ids = Arrays.copyOf(ids, capacity);
        places = Arrays.copyOf(places, capacity);
        states = Arrays.copyOf(states, capacity);
        arrivals = Arrays.copyOf(arrivals, capacity);
        dues = Arrays.copyOf(dues, capacity);
        contentBytes = Arrays.copyOf(contentBytes, capacity);
        recordBytes = Arrays.copyOf(recordBytes, capacity);
        stateBytes = Arrays.copyOf(stateBytes, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
        flags = Arrays.copyOf(flags, capacity);
        users = Arrays.copyOf(users, capacity);
        heapPositions = Arrays.copyOf(heapPositions, capacity);
    }

    /** Nobody sees it from now on; its slot stays until {@link #remove}. */
    void leave(int slot) {
        if (!is(slot, LEAVING)) {
            takeFromLine(slot);
            if (is(slot, Standing.HELD)) {
                held--;
            }
            flags[slot] |= LEAVING;
            size--;
            totalBytes -= contentBytes[slot];
            load(slot, -1);
        }
    }

    void remove(int slot) {
        leave(slot);
        delete(ids[slot]);
        ids[slot] = 0;
        attempts[slot] = free;
        free = slot;
        present--;
        if (present == 0 && used > FIRST_CAPACITY) {
            shrink();
        }
    }

    /** An empty index gives its memory back. */
    private void shrink() {
        Index fresh = new Index();
        ids = fresh.ids;
        places = fresh.places;
        states = fresh.states;
        arrivals = fresh.arrivals;
        dues = fresh.dues;
        contentBytes = fresh.contentBytes;
        recordBytes = fresh.recordBytes;
        stateBytes = fresh.stateBytes;
        attempts = fresh.attempts;
        flags = fresh.flags;
        users = fresh.users;
        heapPositions = fresh.heapPositions;
        table = fresh.table;
        heap = fresh.heap;
        free = NONE;
        used = 0;
    }

    long id(int slot) {
        return ids[slot];
    }

    long place(int slot) {
        return places[slot];
    }

    int recordBytes(int slot) {
        return recordBytes[slot];
    }

    void place(int slot, long place, int bytes) {
        places[slot] = place;
        recordBytes[slot] = bytes;
    }

    /** Where the record with its newest progress is; {@link #NOWHERE}: in the message's own record. */
    long state(int slot) {
        return states[slot];
    }

    int stateBytes(int slot) {
        return stateBytes[slot];
    }

    void state(int slot, long place, int bytes) {
        states[slot] = place;
        stateBytes[slot] = bytes;
    }

    long arrival(int slot) {
        return arrivals[slot];
    }

    long due(int slot) {
        return dues[slot];
    }

    boolean is(int slot, int flag) {
        return (flags[slot] & flag) != 0;
    }

    void set(int slot, int flag, boolean on) {
        boolean was = is(slot, flag);
        flags[slot] = on ? flags[slot] | flag : flags[slot] & ~flag;
        if (flag == Standing.HELD && was != on) {
            held += on ? 1 : -1;
        }
    }

    Standing standing(int slot) {
        return new Standing(flags[slot] & Standing.ALL, attempts[slot], dues[slot]);
    }

    /** Takes over flags, attempts and due time; the line is the caller's business. */
    void standing(int slot, Standing standing) {
        boolean inLine = heapPositions[slot] != NONE;
        takeFromLine(slot);
        for (int flag = 1; flag <= Standing.ALL; flag <<= 1) {
            set(slot, flag, (standing.flags() & flag) != 0);
        }
        attempts[slot] = standing.attempts();
        dues[slot] = standing.due();
        if (inLine) {
            line(slot);
        }
    }

    /** Slots in order of arrival; what is leaving is left out. */
    int[] byArrival() {
        int[] slots = new int[size];
        int count = 0;
        for (int slot = 0; slot < used; slot++) {
            if (ids[slot] != 0 && !is(slot, LEAVING)) {
                slots[count++] = slot;
            }
        }
        return Arrays.stream(slots, 0, count)
                .boxed()
                .sorted((a, b) -> {
                    int byTime = Long.compare(arrivals[a], arrivals[b]);
                    return byTime != 0 ? byTime : Long.compare(ids[a], ids[b]);
                })
                .mapToInt(Integer::intValue)
                .toArray();
    }

    // ---- the hash table: open addressing, no tombstones

    private static int hash(long id) {
        long mixed = id * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32);
    }

    /** {@link #NONE} where there is no such message; one that is leaving is found. */
    int find(long id) {
        int mask = table.length - 1;
        for (int i = hash(id) & mask; table[i] != NONE; i = (i + 1) & mask) {
            if (ids[table[i]] == id) {
                return table[i];
            }
        }
        return NONE;
    }

    private void enter(long id, int slot) {
        int mask = table.length - 1;
        int i = hash(id) & mask;
        while (table[i] != NONE) {
            i = (i + 1) & mask;
        }
        table[i] = slot;
    }

    private void rehash() {
        int[] old = table;
        table = new int[old.length * 2];
        Arrays.fill(table, NONE);
        for (int slot : old) {
            if (slot != NONE) {
                enter(ids[slot], slot);
            }
        }
    }

    private void delete(long id) {
        int mask = table.length - 1;
        int i = hash(id) & mask;
        while (ids[table[i]] != id) {
            i = (i + 1) & mask;
        }
        int hole = i;
        for (int next = (hole + 1) & mask; table[next] != NONE; next = (next + 1) & mask) {
            int wanted = hash(ids[table[next]]) & mask;
            // may it move into the hole, or does its search begin behind it?
            if (((next - wanted) & mask) >= ((next - hole) & mask)) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = NONE;
    }

    // ---- the line

    /** The first in the line; {@link #NONE} where it is empty. */
    int first() {
        return heapSize == 0 ? NONE : heap[0];
    }

    /** Puts a slot into the line at its due time. */
    void line(int slot) {
        if (heapPositions[slot] != NONE) {
            return;
        }
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heap.length + (heap.length >> 1));
        }
        heapPositions[slot] = heapSize;
        heap[heapSize] = slot;
        up(heapSize++);
    }

    void takeFromLine(int slot) {
        int at = heapPositions[slot];
        if (at == NONE) {
            return;
        }
        heapPositions[slot] = NONE;
        int last = heap[--heapSize];
        if (last != slot) {
            heap[at] = last;
            heapPositions[last] = at;
            up(at);
            down(heapPositions[last]);
        }
    }

    /** A new due time, in the line or not. */
    void due(int slot, long due) {
        boolean inLine = heapPositions[slot] != NONE;
        takeFromLine(slot);
        dues[slot] = due;
        if (inLine) {
            line(slot);
        }
    }

    private boolean before(int a, int b) {
        return dues[a] != dues[b] ? dues[a] < dues[b] : ids[a] < ids[b];
    }

    private void up(int from) {
        int at = from;
        int slot = heap[at];
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (!before(slot, heap[parent])) {
                break;
            }
            move(heap[parent], at);
            at = parent;
        }
        move(slot, at);
    }

    private void down(int from) {
        int at = from;
        int slot = heap[at];
        while (true) {
            int child = at * 2 + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], slot)) {
                break;
            }
            move(heap[child], at);
            at = child;
        }
        move(slot, at);
    }

    private void move(int slot, int at) {
        heap[at] = slot;
        heapPositions[slot] = at;
    }
}
