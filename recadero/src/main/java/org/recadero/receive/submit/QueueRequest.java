package org.recadero.receive.submit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.envelope.QueueId;

/**
 * A command line of postqueue: what the public socket grants besides submission. The daemon and the Java command parse with this
 * class; the C client only looks for {@code -c}.
 *
 * <p>Postfix: postqueue(1); usage and fatal texts as 3.7.11 prints them.
 */
public sealed interface QueueRequest {
    /** {@code -p}: list the queue. */
    record Listing() implements QueueRequest {}

    /** {@code -j}: the same, a JSON object a line. */
    record JsonListing() implements QueueRequest {}

    /** {@code -f}: try all that waits. */
    record Flush() implements QueueRequest {}

    /** {@code -i}. */
    record FlushId(QueueId id) implements QueueRequest {}

    /** {@code -s}. */
    record FlushSite(String site) implements QueueRequest {}

    /**
     * Exit status 69.
     *
     * @param before a line of getopt's; empty: none
     * @param text what follows {@code postqueue: fatal: }
     */
    record Fatal(String before, String text) implements QueueRequest {}

    /** Postfix: postqueue(1). */
    String USAGE = "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site";

    /** What a command line asks, and the folder that {@code -c} names. */
    record Parsed(QueueRequest request, Optional<String> folder) {}

    /**
     * Parses; never throws.
     *
     * @param arguments without the command's name
     */
    static Parsed parse(List<String> arguments) {
        List<QueueRequest> asked = new ArrayList<>();
        Optional<String> folder = Optional.empty();
        Options options = new Options("c:fi:jps:v", arguments);
        for (char option; (option = options.next()) != Options.END; ) {
            switch (option) {
                case 'c' -> folder = Optional.of(options.value());
                case 'f' -> asked.add(new Flush());
                case 'i' -> asked.add(flushId(options.value()));
                case 'j' -> asked.add(new JsonListing());
                case 'p' -> asked.add(new Listing());
                case 's' -> asked.add(flushSite(options.value()));
                case Options.UNKNOWN, Options.NO_VALUE -> {
                    return new Parsed(
                            new Fatal(Printable.of("postqueue: " + options.complaint(option)), USAGE), folder);
                }
                default -> {}
            }
        }
        QueueRequest request =
                asked.size() == 1 && options.operands().isEmpty() ? asked.getFirst() : new Fatal("", USAGE);
        return new Parsed(request, folder);
    }

    private static QueueRequest flushId(String id) {
        return QueueId.isWellFormed(id)
                ? new FlushId(new QueueId(id))
                : new Fatal("", "Cannot flush queue ID - invalid name: \"" + Printable.of(id) + "\"");
    }

    /** RFC 1035 §2.3.4: a name has at most 255 octets. */
    private static QueueRequest flushSite(String site) {
        boolean isName = !site.isEmpty()
                && site.length() <= 255
                && site.chars().allMatch(c -> Character.isLetterOrDigit(c) || "-._:[]".indexOf(c) >= 0);
        return isName
                ? new FlushSite(site)
                : new Fatal("", "Cannot flush mail queue - invalid destination: \"" + Printable.of(site) + "\"");
    }
}
