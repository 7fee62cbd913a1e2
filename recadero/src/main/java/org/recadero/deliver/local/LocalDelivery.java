package org.recadero.deliver.local;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.UserDatabase;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Delivers to users of this machine.
 *
 * <p>First each recipient's local part is decided once for the batch ({@link Recipients}): an alias's members, a user's
 * mailbox, or a refusal. Then all letters for a mailbox are delivered together. Postfix: local(8).
 *
 * <p>Any number of threads may deliver. At most two batches for a user are in work at a time; one that does not end within
 * {@link #DEADLINE} is left to itself and its mail waits (SAFETY 6). Content in memory is bounded by {@link
 * #MOST_BYTES_IN_MEMORY} for all batches together.
 */
public final class LocalDelivery implements Deliverer {
    /** A mailbox that takes longer is given up. */
    static final Duration DEADLINE = Duration.ofMinutes(5);

    /** How long a batch waits for an earlier one of the same user. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Batches of one user in work at a time (SAFETY 6). */
    static final int MOST_AT_A_TIME = 2;

    /** Content of all batches in work, bytes. */
    static final int MOST_BYTES_IN_MEMORY = 16 << 20;

    /** Content of one lock and one flush, bytes; a single larger message goes alone. */
    static final int MOST_BYTES_AT_ONCE = 1 << 20;

    /**
     * What the machine gives.
     *
     * @param clock the wall clock, for From_ lines and stale locks
     * @param zone the machine's, for From_ lines
     */
    public record Machine(
            FileSystem files, Identities identities, UserDatabase users, InstantSource clock, ZoneId zone) {
        public Machine {
            Objects.requireNonNull(files);
            Objects.requireNonNull(identities);
            Objects.requireNonNull(users);
            Objects.requireNonNull(clock);
            Objects.requireNonNull(zone);
        }
    }

    private final Machine machine;
    private final MailLog log;
    private final Recipients recipients;
    private final MailboxOptions options;
    private final boolean original;
    private final boolean delivered;
    private final String doubleBounce;
    private final Shared shared;

    /**
     * What deliveries of all configurations share: locks and limits. One for each process.
     */
    public static final class Shared implements AutoCloseable {
        private final Turns<String> mailboxes = new Turns<>(1);
        private final Turns<Integer> users = new Turns<>(MOST_AT_A_TIME);
        private final Semaphore memory = new Semaphore(MOST_BYTES_IN_MEMORY, true);
        private final Questions questions = new Questions();
        private final MboxFile mboxes;
        private final Maildir maildirs;
        private final Duration deadline;
        private final Duration patience;

        public Shared(Machine machine) {
            this(machine, Thread::sleep, DEADLINE, PATIENCE);
        }

        Shared(Machine machine, MboxFile.Pause pause, Duration deadline, Duration patience) {
            this.mboxes = new MboxFile(machine.files(), machine.identities(), machine.clock(), pause, questions);
            this.maildirs = new Maildir(machine.files(), machine.identities());
            this.deadline = deadline;
            this.patience = patience;
        }

        /** After the last delivery; those in work may not end. */
        @Override
        public void close() {
            questions.close();
        }

        int openMailboxes() {
            return mboxes.openMailboxes() + mailboxes.size() + users.size();
        }
    }

    /**
     * @param shared outlives a reload
     * @param isLocal whether route hands an address to this agent
     */
    public LocalDelivery(
            Configuration configuration,
            LocalTables tables,
            Machine machine,
            Shared shared,
            Predicate<Address> isLocal,
            MailLog log) {
        this.machine = Objects.requireNonNull(machine);
        this.shared = Objects.requireNonNull(shared);
        this.log = Objects.requireNonNull(log);
        this.recipients = new Recipients(configuration, tables, machine, isLocal);
        this.options = MailboxOptions.of(configuration);
        this.original = configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT);
        this.delivered = configuration.get(Parameters.PREPEND_DELIVERED_HEADER).contains("file");
        this.doubleBounce = configuration.get(Parameters.DOUBLE_BOUNCE_SENDER);
    }

    /** A delivery into one mailbox; an alias that names itself and others has the parts {@code m0}, {@code m1}… */
    private record Part(int index, String member) {}

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        long began = System.nanoTime();
        Map<String, Decision> decided = new HashMap<>();
        List<Decision> decisions = new ArrayList<>(batch.size());
        Map<Mailbox, List<Part>> parts = new LinkedHashMap<>();
        List<Optional<Outcome>> outcomes = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            String localPart =
                    delivery.recipient().recipient().address().local().text();
            Decision decision = decided.computeIfAbsent(localPart, this::decide);
            decisions.add(decision);
            outcomes.add(begin(delivery, decision, began));
            if (outcomes.get(i).isEmpty()) {
                plan(decision, i, parts);
            }
        }
        List<List<Outcome>> results = new ArrayList<>();
        batch.forEach(d -> results.add(new ArrayList<>()));
        parts.forEach((mailbox, some) -> deliver(mailbox, batch, some, results));
        List<Outcome> all = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            Decision decision = decisions.get(i);
            List<Outcome> own = results.get(i);
            all.add(outcomes.get(i).orElseGet(() -> end(delivery, decision, own)));
        }
        return List.copyOf(all);
    }

    private Decision decide(String localPart) {
        Decision decision = recipients.decide(localPart);
        if (decision instanceof Decision.Refused(Refusal why)) {
            warn(why.warnings());
        }
        return decision;
    }

    private void warn(List<String> warnings) {
        warnings.forEach(w -> log.warning("local", w));
    }

    private static Duration since(long beganNanos) {
        return Duration.ofNanos(System.nanoTime() - beganNanos);
    }

    // ---- what needs no mailbox

    /** Empty: there is a mailbox to write, or an alias to follow. */
    private Optional<Outcome> begin(Delivery delivery, Decision decision, long began) {
        return switch (decision) {
            case Decision.ToMailbox m -> Optional.empty();
            case Decision.ToMembers m -> loop(delivery, began);
            case Decision.Refused(Refusal why) -> Optional.of(why.outcome(since(began)));
            case Decision.Discarded(String text) -> Optional.of(sent(text, began));
            case Decision.Unknown(String user) -> Optional.of(unknown(delivery, user, began));
        };
    }

    private Optional<Outcome> loop(Delivery delivery, long began) {
        try {
            return Letter.loops(delivery) ? Optional.of(looped(delivery).outcome(since(began))) : Optional.empty();
        } catch (IOException e) {
            return Optional.of(unreadable(e).outcome(since(began)));
        }
    }

    private static Refusal looped(Delivery delivery) {
        return Refusal.of(
                EnhancedStatusCode.of(5, 4, 6),
                "mail forwarding loop for "
                        + delivery.recipient().recipient().address().external());
    }

    private static Refusal unreadable(IOException e) {
        return Refusal.wait("error reading message: " + e.getMessage());
    }

    private Outcome unknown(Delivery delivery, String user, long began) {
        if ((user.equals("postmaster") || user.equals("mailer-daemon")) && isNotification(delivery)) {
            // Postfix: local(8): names that must exist; DIFFERS: only what nobody can be told of is thrown away
            warn(List.of("required alias not found: " + user));
            return sent("discarded", began);
        }
        return Refusal.of(EnhancedStatusCode.of(5, 1, 1), "unknown user: \"" + user + "\"")
                .outcome(since(began));
    }

    private boolean isNotification(Delivery delivery) {
        return switch (delivery.message().envelope().sender()) {
            case ReversePath.Null n -> true;
            case ReversePath.Sender s -> s.address().local().text().equalsIgnoreCase(doubleBounce);
        };
    }

    private static Outcome sent(String text, long began) {
        return new Outcome.Sent(DeliveryStatus.of(Refusal.RELAY, EnhancedStatusCode.OK, text, since(began)));
    }

    // ---- mailboxes

    private static void plan(Decision decision, int index, Map<Mailbox, List<Part>> parts) {
        List<Mailbox> mailboxes = switch (decision) {
            case Decision.ToMailbox m -> List.of(m.mailbox());
            case Decision.ToMembers m -> m.here();
            case Decision.Refused r -> List.of();
            case Decision.Discarded d -> List.of();
            case Decision.Unknown u -> List.of();
        };
        boolean several = decision instanceof Decision.ToMembers;
        for (int m = 0; m < mailboxes.size(); m++) {
            parts.computeIfAbsent(mailboxes.get(m), k -> new ArrayList<>())
                    .add(new Part(index, several ? "m" + m : ""));
        }
    }

    /** What the parts of a delivery come to. */
    private static Outcome end(Delivery delivery, Decision decision, List<Outcome> parts) {
        if (decision instanceof Decision.ToMailbox(Mailbox _, Optional<Address> member)) {
            return member.map(m -> on(m, parts.getFirst())).orElse(parts.getFirst());
        }
        if (!(decision instanceof Decision.ToMembers members)) {
            return parts.getFirst();
        }
        for (Outcome part : parts) {
            if (part instanceof Outcome.Deferred) {
                return part;
            }
            if (part instanceof Outcome.Bounced(DeliveryStatus status)) {
                // one member's mailbox is broken, others still wait for the mail: nobody may go without it
                return new Outcome.Deferred(
                        DeliveryStatus.of(Refusal.RELAY, status.code().inClass(4), status.text(), status.transmit()));
            }
        }
        EnvelopeRecipient parent = delivery.recipient().recipient();
        List<EnvelopeRecipient> children = members.others().stream()
                .map(a -> new EnvelopeRecipient(a, parent.original(), parent.notifyOn(), parent.originalRecipient()))
                .toList();
        return children.isEmpty() ? parts.getLast() : new Outcome.Expanded(children);
    }

    private static Outcome on(Address member, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus status) -> new Outcome.Sent(status.on(member));
            case Outcome.Deferred(DeliveryStatus status) -> new Outcome.Deferred(status.on(member));
            case Outcome.Bounced(DeliveryStatus status) -> new Outcome.Bounced(status.on(member));
            case Outcome.HandedTo handed -> handed;
            case Outcome.Expanded expanded -> expanded;
        };
    }

    private void deliver(Mailbox mailbox, List<Delivery> batch, List<Part> parts, List<List<Outcome>> results) {
        int from = 0;
        while (from < parts.size()) {
            int to = from + 1;
            long bytes = size(batch, parts.get(from));
            while (to < parts.size()
                    && bytes <= Letter.SMALL_BYTES
                    && size(batch, parts.get(to)) <= Letter.SMALL_BYTES
                    && bytes + size(batch, parts.get(to)) <= MOST_BYTES_AT_ONCE) {
                bytes += size(batch, parts.get(to));
                to++;
            }
            deliverAtOnce(mailbox, batch, parts.subList(from, to), results, bytes);
            from = to;
        }
    }

    private static long size(List<Delivery> batch, Part part) {
        return batch.get(part.index()).message().sizeBytes();
    }

    private void deliverAtOnce(
            Mailbox mailbox, List<Delivery> batch, List<Part> parts, List<List<Outcome>> results, long bytes) {
        long began = System.nanoTime();
        int memory = (int) Math.min(Math.max(bytes, 1) * 2, MOST_BYTES_AT_ONCE * 2L);
        shared.memory.acquireUninterruptibly(memory);
        boolean handedOn = false;
        try {
            Map<Part, Letter> letters = new LinkedHashMap<>();
            for (Part part : parts) {
                try {
                    Optional<Letter> letter = read(mailbox, batch.get(part.index()), part.member());
                    if (letter.isPresent()) {
                        letters.put(part, letter.get());
                    } else {
                        results.get(part.index())
                                .add(looped(batch.get(part.index())).outcome(since(began)));
                    }
                } catch (IOException e) {
                    results.get(part.index()).add(unreadable(e).outcome(since(began)));
                }
            }
            handedOn = inTurn(mailbox, List.copyOf(letters.values()), memory);
            letters.forEach((part, letter) -> results.get(part.index()).add(letter.outcome()));
            warn(letters.values().stream()
                    .flatMap(l -> l.warnings().stream())
                    .distinct()
                    .toList());
        } finally {
            if (!handedOn) {
                shared.memory.release(memory);
            }
        }
    }

    private Optional<Letter> read(Mailbox mailbox, Delivery delivery, String member) throws IOException {
        ReversePath sender = delivery.message().envelope().sender();
        byte[] fromLine = switch (mailbox.kind()) {
            case MBOX -> LetterHeader.fromLine(sender, machine.clock().instant(), machine.zone());
            case MAILDIR -> new byte[0];
        };
        byte[] fields = LetterHeader.fields(sender, delivery.recipient().recipient(), original, delivered);
        return Letter.read(delivery, fromLine, fields, mailbox.kind(), member);
    }

    /**
     * Delivers when it is the user's and the mailbox's turn, and gives up after the deadline.
     *
     * @return whether a thread was started, which then gives the memory back
     */
    private boolean inTurn(Mailbox mailbox, List<Letter> letters, int memory) {
        if (letters.isEmpty()) {
            return false;
        }
        try {
            if (!shared.users.enter(mailbox.uid(), shared.patience)) {
                refuse(letters, "earlier deliveries to user " + mailbox.userName() + " have not ended yet");
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(letters, "the mail system stops");
            return false;
        }
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            try {
                write(mailbox, letters);
            } finally {
                shared.users.leave(mailbox.uid());
                shared.memory.release(memory);
            }
            return true;
        });
        Thread.ofVirtual().name("mailbox").start(task);
        try {
            task.get(shared.deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            refuse(
                    letters,
                    "mailbox " + mailbox.path() + " did not take the mail within " + shared.deadline.toSeconds()
                            + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(letters, "the mail system stops");
        } catch (ExecutionException e) {
            log.error("local", "delivery to " + mailbox.path() + " failed: " + e.getCause());
            refuse(letters, "internal error");
        }
        return true;
    }

    private void write(Mailbox mailbox, List<Letter> letters) throws InterruptedException {
        if (!shared.mailboxes.enter(mailbox.path(), shared.deadline)) {
            refuse(letters, "an earlier delivery to " + mailbox.path() + " has not ended yet");
            return;
        }
        try {
            switch (mailbox.kind()) {
                case MBOX -> shared.mboxes.deliver(mailbox, options, letters);
                case MAILDIR -> shared.maildirs.deliver(mailbox, options, letters);
            }
        } finally {
            shared.mailboxes.leave(mailbox.path());
        }
    }

    private static void refuse(List<Letter> letters, String text) {
        letters.forEach(l -> l.refuse(Refusal.of(Refusal.MAILBOX_BUSY, text)));
    }
}
