package org.recadero.queue;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a message's recipients are. In memory only for messages that are being delivered, or whose last record is not forced
 * yet; for the others it is read from the log. Mutable; guarded by the queue's lock.
 */
final class Progress {
    private final BitSet done = new BitSet();
    private final BitSet begun = new BitSet();
    private final Map<Integer, String> reasons = new HashMap<>();
    private final Map<Integer, String> places = new HashMap<>();
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
        if (progress.done.length() > recipients || progress.begun.length() > recipients) {
            throw new IOException("progress of a recipient that the envelope does not have");
        }
        return progress;
    }
}
