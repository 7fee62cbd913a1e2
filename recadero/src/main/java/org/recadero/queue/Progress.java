package org.recadero.queue;

import java.io.IOException;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.recadero.envelope.SubmissionId;

/**
 * How far a message's recipients are. In memory only for messages that are being delivered, or whose last record is not forced
 * yet; for the others it is read from the log. Mutable; guarded by the queue's lock.
 */
final class Progress {
    /** So many parts of a recipient are remembered at most: a further one may get the mail again. */
    static final int MOST_PARTS = 10_000;

    private final BitSet done = new BitSet();
    private final BitSet begun = new BitSet();
    private final Map<Integer, String> reasons = new HashMap<>();
    private final Map<Integer, String> places = new HashMap<>();
    private final Map<Integer, Set<SubmissionId>> reached = new HashMap<>();
    /** How many the envelope has. */
    final int recipients;
    /** Records that are not forced yet and that only this object knows. */
    int pending;
    /** Whether single records say more than the last one that holds all progress: then this object must stay in memory. */
    boolean isAhead;

    Progress(int recipients) {
        this.recipients = recipients;
    }

    boolean isDone(int recipient) {
        return done.get(recipient);
    }

    boolean isBegun(int recipient) {
        return begun.get(recipient);
    }

    String reason(int recipient) {
        return reasons.getOrDefault(recipient, "");
    }

    String place(int recipient) {
        return places.getOrDefault(recipient, "");
    }

    Set<SubmissionId> reached(int recipient) {
        return reached.getOrDefault(recipient, Set.of());
    }

    boolean isAllDone() {
        return done.cardinality() >= recipients;
    }

    /** @throws IllegalArgumentException where the envelope has no such recipient */
    void check(int recipient) {
        if (recipient < 0 || recipient >= recipients) {
            throw new IllegalArgumentException("recipient " + recipient + " of " + recipients);
        }
    }

    void done(int recipient) {
        done.set(recipient);
        begun.clear(recipient);
        reasons.remove(recipient);
        places.remove(recipient);
        reached.remove(recipient);
    }

    /** Parts of a recipient have the mail; one that is done has it as a whole. */
    void reached(int recipient, Collection<SubmissionId> parts) {
        if (done.get(recipient)) {
            return;
        }
        Set<SubmissionId> all = reached.computeIfAbsent(recipient, r -> new LinkedHashSet<>());
        parts.stream().limit(MOST_PARTS - all.size()).forEach(all::add);
    }

    /** A delivery ended without success: there is nothing in doubt any more. */
    void deferred(int recipient, String reason) {
        begun.clear(recipient);
        places.remove(recipient);
        if (reason.isEmpty()) {
            reasons.remove(recipient);
        } else {
            reasons.put(recipient, reason);
        }
    }

    void begun(int recipient, String place) {
        begun.set(recipient);
        if (place.isEmpty()) {
            places.remove(recipient);
        } else {
            places.put(recipient, place);
        }
    }

    /** As {@code postsuper -r} leaves it: what is done stays done, the rest is as new; what is in doubt stays in doubt. */
    void requeued() {
        reasons.clear();
    }

    Progress copy() {
        Progress copy = new Progress(recipients);
        copy.done.or(done);
        copy.begun.or(begun);
        copy.reasons.putAll(reasons);
        copy.places.putAll(places);
        reached.forEach(copy::reached);
        return copy;
    }

    /** Equal reasons are written once: ten thousand recipients often wait for the same. */
    void encode(Encoder out) {
        byte[] bits = done.toByteArray();
        out.count(bits.length).raw(bits);
        bits = begun.toByteArray();
        out.count(bits.length).raw(bits);
        Map<String, Integer> texts = new LinkedHashMap<>();
        reasons.values().forEach(reason -> texts.putIfAbsent(reason, texts.size()));
        out.count(texts.size());
        texts.keySet().forEach(out::text);
        out.count(reasons.size());
        reasons.forEach((recipient, reason) -> out.count(recipient).count(texts.getOrDefault(reason, 0)));
        out.count(places.size());
        places.forEach((recipient, place) -> out.count(recipient).text(place));
        if (!reached.isEmpty()) {
            // an earlier version reads no further, and wrote no more
            out.count(reached.size());
            reached.forEach((recipient, parts) -> encode(out.count(recipient), parts));
        }
    }

    static Encoder encode(Encoder out, Collection<SubmissionId> parts) {
        out.count(parts.size());
        parts.forEach(out::id);
        return out;
    }

    static Set<SubmissionId> decodeParts(Decoder in) throws IOException {
        int count = in.count();
        Set<SubmissionId> parts = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            parts.add(in.id());
        }
        return parts;
    }

    static Progress decode(Decoder in, int recipients) throws IOException {
        Progress progress = new Progress(recipients);
        progress.done.or(BitSet.valueOf(in.raw(in.count())));
        progress.begun.or(BitSet.valueOf(in.raw(in.count())));
        int count = in.count();
        Map<Integer, String> texts = new HashMap<>();
        for (int i = 0; i < count; i++) {
            texts.put(i, in.text());
        }
        count = in.count();
        for (int i = 0; i < count; i++) {
            progress.reasons.put(in.count(), texts.getOrDefault(in.count(), ""));
        }
        count = in.count();
        for (int i = 0; i < count; i++) {
            progress.places.put(in.count(), in.text());
        }
        count = in.isAtEnd() ? 0 : in.count();
        for (int i = 0; i < count; i++) {
            progress.reached(in.count(), decodeParts(in));
        }
        if (progress.done.length() > recipients || progress.begun.length() > recipients) {
            throw new IOException("progress of a recipient that the envelope does not have");
        }
        return progress;
    }
}
