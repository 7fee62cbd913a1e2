package org.recadero.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.status.SysExits;

/**
 * What commands do to the queue, said once: the daemon serves it over its sockets, and with the daemon down the commands use it
 * themselves. Safe for use by many threads.
 *
 * <p>Postfix: postqueue(1), postsuper(1), postcat(1).
 */
public final class QueueDesk implements ControlDesk {
    private final Queue queue;
    private final ZoneId zone;
    private final MailLog log;
    private final Runnable flushed;
    private final Supplier<List<String>> waits;

    public QueueDesk(Queue queue, ZoneId zone, MailLog log) {
        this(queue, zone, log, () -> {}, List::of);
    }

    /**
     * @param flushed told when somebody flushes the whole queue
     * @param waits what mail waits for, one line each; they top mailq (SAFETY 30)
     */
    public QueueDesk(Queue queue, ZoneId zone, MailLog log, Runnable flushed, Supplier<List<String>> waits) {
        this.waits = Objects.requireNonNull(waits);
        this.flushed = Objects.requireNonNull(flushed);
        this.queue = Objects.requireNonNull(queue);
        this.zone = Objects.requireNonNull(zone);
        this.log = Objects.requireNonNull(log);
    }

    @Override
    public int serve(ControlVerb verb, List<String> arguments, OutputStream out, OutputStream err) throws IOException {
        return switch (verb) {
            case LIST -> list(out, QueueListing::text, true);
            case LIST_JSON -> list(out, QueueListing::json, false);
            case FLUSH -> {
                flush();
                yield SysExits.OK;
            }
            case CHANGE -> {
                long changed = 0;
                Queue.Change change = Queue.Change.valueOf(arguments.getFirst());
                for (String id : arguments.subList(1, arguments.size())) {
                    changed += change(change, id, err) ? 1 : 0;
                }
                yield count(changed, out);
            }
            case CHANGE_ALL ->
                count(
                        changeAll(
                                Queue.Change.valueOf(arguments.getFirst()),
                                Set.copyOf(arguments.subList(1, arguments.size()))),
                        out);
            case CAT -> cat(arguments, out, err);
            case RELOAD, ABORT, STATUS -> throw new IllegalArgumentException(verb + " is not the queue's");
        };
    }

    private interface Printer {
        void print(QueueListing listing, QueuedMessage message) throws IOException;
    }

    private int list(OutputStream out, Printer printer, boolean total) throws IOException {
        QueueListing listing = new QueueListing(out, zone);
        if (total && queue.stats().messages() > 0) {
            listing.top(waits.get());
        }
        try {
            queue.browse(message -> {
                try {
                    printer.print(listing, message);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (total) {
            listing.textEnd();
        }
        return SysExits.OK;
    }

    /** All that waits is due now, but for what is on hold; returns how many. */
    public int flush() throws IOException {
        flushed.run();
        int due = queue.makeDue(message -> true);
        log.info("qmgr", "flush: " + due + " waiting messages are due now");
        return due;
    }

    /** One message is due now; false where none of that id waits. */
    public boolean flush(QueueId id) throws IOException {
        return queue.makeDue(message -> message.id().equals(id)) > 0;
    }

    /** Messages that wait for a recipient in {@code site} are due now; returns how many. Postfix: flush(8). */
    public int flushSite(String site) throws IOException {
        MailDomain domain = new MailDomain(site);
        return queue.makeDue(message -> message.recipients().stream()
                .anyMatch(r -> !r.done() && r.recipient().address().domain().equals(domain)));
    }

    private boolean change(Queue.Change change, String id, OutputStream err) throws IOException {
        if (!QueueId.isWellFormed(id) || !queue.change(new QueueId(id), change)) {
            return false;
        }
        String line = id + ": " + word(change);
        log.info("postsuper", line);
        err.write(("postsuper: " + line + "\n").getBytes(StandardCharsets.UTF_8));
        return true;
    }

    private static String word(Queue.Change change) {
        return switch (change) {
            case DELETE -> "removed";
            case HOLD -> "placed on hold";
            case RELEASE -> "released from hold";
            case REQUEUE -> "requeued";
            case EXPIRE -> "expired";
        };
    }

    /** Postfix says nothing of each message there, only how many they were. */
    private long changeAll(Queue.Change change, Set<String> queues) throws IOException {
        List<QueueId> ids = new ArrayList<>();
        queue.browse(message -> {
            if (queues.contains(QueueListing.queueName(message.state()))) {
                ids.add(message.id());
            }
        });
        long changed = 0;
        for (QueueId id : ids) {
            changed += queue.change(id, change) ? 1 : 0;
        }
        return changed;
    }

    private static int count(long changed, OutputStream out) throws IOException {
        out.write((changed + "\n").getBytes(StandardCharsets.US_ASCII));
        return SysExits.OK;
    }

    private int cat(List<String> arguments, OutputStream out, OutputStream err) throws IOException {
        String id = arguments.getFirst();
        Set<MessagePart> parts = EnumSet.noneOf(MessagePart.class);
        arguments.subList(1, arguments.size()).forEach(word -> parts.add(MessagePart.valueOf(word)));
        Optional<QueuedMessage> message = QueueId.isWellFormed(id) ? queue.find(new QueueId(id)) : Optional.empty();
        if (message.isEmpty()) {
            err.write(("postcat: fatal: open queue file " + OneLine.of(id) + ": No such file or directory\n")
                    .getBytes(StandardCharsets.UTF_8));
            return 1;
        }
        try (InputStream content = queue.openContent(message.get().id())) {
            new MessageDump(message.get(), parts, out, zone).print(content);
        }
        return SysExits.OK;
    }
}
