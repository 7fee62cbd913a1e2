package org.recadero.deliver.local;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
import org.recadero.deliver.StatusFilter;
import org.recadero.deliver.Verification;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.Notify;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.os.Commands;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.UserDatabase;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * Delivers to users of this machine.
 *
 * <p>First each recipient's local part is decided once for the batch ({@link Recipients}): an alias's members, a user, or a
 * refusal. Then all letters for a mailbox are delivered together, unless the user's {@code .forward} turns up, which is looked
 * for with his rights on that way. Aliases, forwards and commands are followed message by message. Postfix: local(8).
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
    public static final int MOST_AT_A_TIME = 2;

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
    private final CommandDelivery commands;
    private final MailboxOptions options;
    private final boolean original;
    private final MailDomain origin;
    private final boolean delivered;
    private final String doubleBounce;
    private final Shared shared;
    private final LocalVerifier verifier;
    private final StatusFilter filter;

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
     * @param variables the daemon's own, for {@code import_environment}
     */
    public LocalDelivery(
            Configuration configuration,
            LocalTables tables,
            Machine machine,
            Shared shared,
            Predicate<Address> isLocal,
            Commands commands,
            Map<String, String> variables,
            MailLog log) {
        this.machine = Objects.requireNonNull(machine);
        this.shared = Objects.requireNonNull(shared);
        this.log = Objects.requireNonNull(log);
        this.recipients = new Recipients(configuration, tables, machine, isLocal);
        this.verifier = new LocalVerifier(
                recipients, new MailDomain(configuration.get(Parameters.MYORIGIN)), isLocal, this::followed);
        this.filter = new StatusFilter("local_delivery_status_filter", tables.statusFilter(), "local", log);
        this.commands = new CommandDelivery(configuration, machine, commands, variables);
        this.options = MailboxOptions.of(configuration);
        this.original = configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT);
        this.origin = new MailDomain(configuration.get(Parameters.MYORIGIN));
        this.delivered = configuration.get(Parameters.PREPEND_DELIVERED_HEADER).contains("file");
        this.doubleBounce = configuration.get(Parameters.DOUBLE_BOUNCE_SENDER);
    }

    /**
     * A delivery into one mailbox.
     *
     * @param member tells the mailboxes of an alias apart, {@code m0}, {@code m1}…; empty: the recipient himself
     */
    private record Part(Delivery delivery, String member, ReversePath sender) {
        long sizeBytes() {
            return delivery.message().sizeBytes();
        }
    }

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        long began = System.nanoTime();
        Map<String, Decision> decided = new HashMap<>();
        List<Optional<Outcome>> outcomes = new ArrayList<>(batch.size());
        List<Decision> decisions = new ArrayList<>(batch.size());
        Map<Mailbox, List<Integer>> together = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            Address address = delivery.recipient().recipient().address();
            Decision decision = decided.computeIfAbsent(address.local().text(), l -> decide(l, address.domain()));
            decisions.add(decision);
            outcomes.add(atOnce(delivery, decision, began));
            if (outcomes.get(i).isEmpty() && mailbox(decision).isPresent()) {
                together.computeIfAbsent(mailbox(decision).get(), m -> new ArrayList<>())
                        .add(i);
            }
        }
        Map<Integer, ForwardFile.Found.Text> forwards = new HashMap<>();
        together.forEach((mailbox, places) -> {
            List<Part> parts = places.stream().map(i -> part(batch.get(i), "")).toList();
            List<Letter.Result> results = deliver(mailbox, options, parts);
            for (int k = 0; k < places.size(); k++) {
                switch (results.get(k)) {
                    case Letter.Result.Over(Outcome outcome) -> outcomes.set(places.get(k), Optional.of(outcome));
                    case Letter.Result.Elsewhere(ForwardFile.Found.Text text) -> forwards.put(places.get(k), text);
                }
            }
        });
        List<Outcome> all = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Delivery delivery = batch.get(i);
            Decision decision = decisions.get(i);
            Optional<ForwardFile.Found.Text> forward = Optional.ofNullable(forwards.get(i));
            Outcome outcome =
                    outcomes.get(i).map(filter::of).orElseGet(() -> oneByOne(delivery, decision, forward, began));
            all.add(
                    decision instanceof Decision.ToUser(LocalUser _, Optional<Address> member) && member.isPresent()
                            ? on(member.get(), outcome)
                            : outcome);
        }
        return List.copyOf(all);
    }

    @Override
    public List<Verification> verify(List<Delivery> batch) {
        return batch.stream().map(verifier::verify).map(filter::of).toList();
    }

    private static Outcome on(Address member, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus status) -> new Outcome.Sent(status.on(member));
            case Outcome.Deferred(DeliveryStatus status) -> new Outcome.Deferred(status.on(member));
            case Outcome.Waiting(DeliveryStatus status) -> new Outcome.Waiting(status.on(member));
            case Outcome.Bounced(DeliveryStatus status) -> new Outcome.Bounced(status.on(member));
            case Outcome.HandedTo handed -> handed.on(member);
            case Outcome.Expanded expanded -> expanded;
            case Outcome.Several(List<DeliveryStatus> places, Set<SubmissionId> reached, Outcome last) ->
                new Outcome.Several(places.stream().map(s -> s.on(member)).toList(), reached, on(member, last));
        };
    }

    private static Part part(Delivery delivery, String member) {
        return new Part(delivery, member, delivery.message().envelope().sender());
    }

    private static Optional<Mailbox> mailbox(Decision decision) {
        return decision instanceof Decision.ToUser(LocalUser user, Optional<Address> _)
                ? user.mailbox()
                : Optional.empty();
    }

    private Decision decide(String localPart, MailDomain domain) {
        Decision decision = recipients.decide(localPart, domain);
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
    private Optional<Outcome> atOnce(Delivery delivery, Decision decision, long began) {
        return switch (decision) {
            case Decision.ToUser u -> Optional.empty();
            case Decision.ToEndings m -> Optional.empty();
            case Decision.ToTransport(String transport, String nextHop, Optional<Address> member) ->
                Optional.of(new Outcome.HandedTo(transport, nextHop(delivery, nextHop), member));
            case Decision.Refused(Refusal why) -> Optional.of(why.outcome(since(began)));
            case Decision.Discarded(String text) -> Optional.of(sent(text, began));
            case Decision.Unknown(String user) -> Optional.of(unknown(delivery, user, began));
        };
    }

    private static Outcome handedTo(Delivery delivery, String transport, String nextHop) {
        return new Outcome.HandedTo(transport, nextHop(delivery, nextHop));
    }

    static String nextHop(Delivery delivery, String nextHop) {
        return nextHop.isEmpty() ? delivery.nextHop() : nextHop;
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
        if (Recipients.mustExist(user) && isNotification(delivery)) {
            // Postfix: local(8): names that must exist; DIFFERS: only what nobody can be told of is thrown away
            warn(List.of("required alias not found: " + user));
            return sent("discarded", began);
        }
        return Refusal.unknown(user).outcome(since(began));
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

    // ---- aliases, .forward, commands: one message at a time

    private Outcome oneByOne(
            Delivery delivery, Decision decision, Optional<ForwardFile.Found.Text> forward, long began) {
        Optional<Outcome> loop = loop(delivery, began);
        if (loop.isPresent()) {
            return filter.of(loop.get());
        }
        List<Ending> endings = switch (decision) {
            case Decision.ToUser(LocalUser user, Optional<Address> _) ->
                forward.map(f -> recipients.forward(user, f)).orElseGet(() -> List.of(new Ending.ToUser(user, false)));
            case Decision.ToEndings several -> several.endings();
            case Decision.ToTransport t -> List.of();
            case Decision.Refused r -> List.of();
            case Decision.Discarded d -> List.of();
            case Decision.Unknown u -> List.of();
        };
        Optional<Address> owner = decision instanceof Decision.ToEndings several ? several.sender() : Optional.empty();
        return new Several(delivery, owner).deliver(followed(endings));
    }

    /** Users whose {@code .forward} was not looked at yet are replaced by what it says. */
    private List<Ending> followed(List<Ending> endings) {
        List<Ending> all = new ArrayList<>();
        for (Ending ending : endings) {
            if (!(ending instanceof Ending.ToUser(LocalUser user, boolean forwarded)) || forwarded) {
                all.add(ending);
                continue;
            }
            Optional<ForwardFile.Found> found;
            try {
                found = look(user);
            } catch (IOException e) {
                all.add(new Ending.ToNobody(Refusal.wait("cannot look for a .forward: " + e.getMessage())));
                continue;
            }
            switch (found.orElse(null)) {
                case null -> all.add(new Ending.ToUser(user, true));
                case ForwardFile.Found.Text text -> all.addAll(recipients.forward(user, text));
                case ForwardFile.Found.Unreadable(Refusal why) -> all.add(new Ending.ToNobody(why));
            }
        }
        return all;
    }

    private Optional<ForwardFile.Found> look(LocalUser user) throws IOException {
        Identities.Work<Optional<ForwardFile.Found>> work =
                files -> ForwardFile.look(files, user.account().uid(), user.home());
        return user.own().uid() == 0
                ? machine.identities().runAsRootForRootsMailbox(user.own(), work)
                : machine.identities().runAs(user.own(), work);
    }

    /** One message to all that its recipient stands for. What waits is done again, what was done is not. */
    private final class Several {
        private final Delivery delivery;
        private final Optional<Address> owner;
        private final ReversePath sender;
        /** What goes out as new mail went out at an earlier attempt. */
        private final boolean expanded;

        private final List<Address> others = new ArrayList<>();
        private final List<DeliveryStatus> over = new ArrayList<>();
        private final Set<SubmissionId> reached = new HashSet<>();
        private Optional<DeliveryStatus> deferred = Optional.empty();
        private Optional<Outcome.HandedTo> handed = Optional.empty();

        private Several(Delivery delivery, Optional<Address> owner) {
            this.delivery = delivery;
            this.owner = owner;
            this.expanded = !delivery.recipient().reached().isEmpty()
                    && delivery.recipient()
                            .reached()
                            .contains(Outcome.Expanded.part(delivery.message().random()));
            this.sender = owner.<ReversePath>map(ReversePath.Sender::new)
                    .orElse(delivery.message().envelope().sender());
        }

        private Outcome deliver(List<Ending> endings) {
            if (endings.size() == 1 && delivery.recipient().reached().isEmpty()) {
                deliver(endings.getFirst(), "");
                return end();
            }
            for (int i = 0; i < endings.size(); i++) {
                Ending ending = endings.get(i);
                SubmissionId part = ending.part(delivery.message().random());
                if (!delivery.recipient().reached().contains(part)) {
                    deliver(ending, endings.size() == 1 ? "" : "m" + i, part);
                }
            }
            return end();
        }

        /** One of several: what it is called is told, so that it does not get the mail again while another one waits. */
        private void deliver(Ending ending, String member, SubmissionId part) {
            int before = over.size();
            boolean first = handed.isEmpty();
            deliver(ending, member);
            if (over.size() > before && has(over.getLast())) {
                reached.add(part);
            }
            if (first) {
                handed = handed.map(h -> h.as(part));
            }
        }

        private void deliver(Ending ending, String member) {
            switch (ending) {
                case Ending.ToAddress(Address address, boolean _) -> {
                    if (!expanded) {
                        others.add(address);
                    }
                }
                case Ending.ToUser(LocalUser user, boolean forwarded) -> {
                    Outcome outcome = toUser(user, member);
                    // Postfix: beside other places he stands under his own name
                    note(
                            member.isEmpty()
                                    ? outcome
                                    : on(new Address(new LocalPart(user.name().user()), origin), outcome));
                }
                case Ending.ToTransport(String transport, String nextHop) ->
                    note(handedTo(delivery, transport, nextHop));
                case Ending.ToCommand(String command, Runner runner) -> note(toCommand(command, runner));
                case Ending.ToFile(String path, Runner runner) -> note(toFile(path, runner, member));
                case Ending.ToNobody(Refusal why, Optional<Address> whom) -> {
                    warn(why.warnings());
                    Outcome outcome = why.outcome(Duration.ZERO);
                    note(whom.map(w -> on(w, outcome)).orElse(outcome));
                }
            }
        }

        private void note(Outcome outcome) {
            switch (filter.of(outcome)) {
                case Outcome.Sent(DeliveryStatus status) -> over.add(owned(status));
                case Outcome.Bounced(DeliveryStatus status) -> over.add(owned(status));
                case Outcome.Deferred(DeliveryStatus status) ->
                    deferred = deferred.isEmpty() ? Optional.of(owned(status)) : deferred;
                case Outcome.HandedTo h -> handed = handed.isEmpty() ? Optional.of(h) : handed;
                case Outcome.Waiting w -> throw new IllegalStateException("a mailbox waits for no network");
                case Outcome.Expanded e -> throw new IllegalStateException("expanded twice");
                case Outcome.Several s -> throw new IllegalStateException("several places in one");
            }
        }

        /** Postfix: local(8), owner-aliases: the owner hears of what fails. */
        private DeliveryStatus owned(DeliveryStatus status) {
            return owner.map(status::ownedBy).orElse(status);
        }

        /** RFC 3461 §5.2.7: of success the sender hears when an alias was expanded, and no more. */
        private static Set<Notify> withoutSuccess(Set<Notify> wanted) {
            if (!wanted.contains(Notify.SUCCESS)) {
                return wanted;
            }
            Set<Notify> left = new HashSet<>(wanted);
            left.remove(Notify.SUCCESS);
            return left.isEmpty() ? Set.of(Notify.NEVER) : left;
        }

        private Outcome end() {
            Optional<Outcome> left = deferred.map(Outcome.Deferred::new);
            if (handed.isPresent()) {
                // it goes on now, whatever waits: that may wait until it expires
                deferred.ifPresent(over::add);
                left = Optional.of(handed.get());
            }
            if (!others.isEmpty()) {
                List<EnvelopeRecipient> children =
                        others.stream().map(this::child).toList();
                return behind(over, new Outcome.Expanded(children, owner.map(ReversePath.Sender::new), left));
            }
            if (left.isPresent()) {
                return behind(over, left.get());
            }
            if (over.isEmpty()) {
                // each place had it at an earlier attempt
                return new Outcome.Sent(DeliveryStatus.of(Refusal.RELAY, EnhancedStatusCode.OK, "", Duration.ZERO));
            }
            DeliveryStatus last = over.getLast();
            return behind(
                    over.subList(0, over.size() - 1), has(last) ? new Outcome.Sent(last) : new Outcome.Bounced(last));
        }

        private static boolean has(DeliveryStatus status) {
            return status.code().statusClass() == 2;
        }

        private Outcome behind(List<DeliveryStatus> places, Outcome last) {
            return places.isEmpty() ? last : new Outcome.Several(places, reached, last);
        }

        /** RFC 3461 §5.2.7.3: what a list sends out is its own mail, which knows nothing of what its sender wanted. */
        private EnvelopeRecipient child(Address address) {
            EnvelopeRecipient parent = delivery.recipient().recipient();
            return owner.isPresent()
                    ? EnvelopeRecipient.of(address)
                    : new EnvelopeRecipient(
                            address, parent.original(), withoutSuccess(parent.notifyOn()), parent.originalRecipient());
        }

        private Outcome toUser(LocalUser user, String member) {
            return switch (user.way()) {
                case LocalUser.Way.Box(Mailbox mailbox) -> into(mailbox.forwarded(), options, member);
                case LocalUser.Way.ByCommand(String command) -> toCommand(command, user.runner());
                case LocalUser.Way.ByTransport(String transport, String nextHop) ->
                    handedTo(delivery, transport, nextHop);
                case LocalUser.Way.None(Refusal why) -> {
                    warn(why.warnings());
                    yield why.outcome(Duration.ZERO);
                }
            };
        }

        private Outcome into(Mailbox mailbox, MailboxOptions how, String member) {
            List<Letter.Result> results =
                    LocalDelivery.this.deliver(mailbox, how, List.of(new Part(delivery, member, sender)));
            return switch (results.getFirst()) {
                case Letter.Result.Over(Outcome outcome) -> outcome;
                case Letter.Result.Elsewhere e -> throw new IllegalStateException("forwarded twice");
            };
        }

        private Outcome toCommand(String command, Runner runner) {
            int uid = runner.identity().uid();
            try {
                if (!shared.users.enter(uid, shared.patience)) {
                    return Refusal.of(
                                    Refusal.MAILBOX_BUSY,
                                    "earlier deliveries to user " + runner.login() + " have not ended yet")
                            .outcome(Duration.ZERO);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Refusal.wait("the mail system stops").outcome(Duration.ZERO);
            }
            try {
                return commands.deliver(delivery, sender, command, runner);
            } finally {
                shared.users.leave(uid);
            }
        }

        private Outcome toFile(String path, Runner runner, String member) {
            if (path.equals("/dev/null")) {
                return fileOutcome(
                        path,
                        new Outcome.Sent(DeliveryStatus.of(
                                Refusal.RELAY, EnhancedStatusCode.OK, MboxFile.DELIVERED, Duration.ZERO)),
                        "");
            }
            Optional<Mailbox> mailbox = Mailbox.ofFile(path, runner);
            if (mailbox.isEmpty()) {
                return Refusal.of(Refusal.MAILBOX_TROUBLE, "cannot append message to file " + path + ": not a file")
                        .outcome(Duration.ZERO);
            }
            String prefix = "cannot update mailbox " + mailbox.get().path() + " for user " + runner.login() + ". ";
            Outcome outcome = into(mailbox.get(), options.forFile(true), member);
            if (isLockTrouble(outcome, prefix)) {
                // Postfix: local(8): where no lock file can be made in a file's folder, the file is locked without
                outcome = into(mailbox.get(), options.forFile(false), member);
            }
            return fileOutcome(path, outcome, prefix);
        }

        private static boolean isLockTrouble(Outcome outcome, String prefix) {
            return outcome instanceof Outcome.Bounced(DeliveryStatus status)
                    && status.text().startsWith(prefix + "unable to create lock file");
        }

        private static Outcome fileOutcome(String path, Outcome outcome, String prefix) {
            return switch (outcome) {
                case Outcome.Sent(DeliveryStatus s)
                when s.text().equals(MboxFile.DELIVERED) ->
                    new Outcome.Sent(
                            DeliveryStatus.of(s.relay(), s.code(), "delivered to file: " + path, s.transmit()));
                case Outcome.Deferred(DeliveryStatus s) -> new Outcome.Deferred(renamed(s, path, prefix));
                case Outcome.Bounced(DeliveryStatus s) -> new Outcome.Bounced(renamed(s, path, prefix));
                case Outcome.Sent s -> s;
                case Outcome.Waiting w -> w;
                case Outcome.HandedTo h -> h;
                case Outcome.Expanded e -> e;
                case Outcome.Several s -> s;
            };
        }

        private static DeliveryStatus renamed(DeliveryStatus status, String path, String prefix) {
            String text = status.text();
            return text.startsWith(prefix)
                    ? DeliveryStatus.of(
                            status.relay(),
                            status.code(),
                            "cannot append message to file " + path + ": " + text.substring(prefix.length()),
                            status.transmit())
                    : status;
        }
    }

    // ---- mailboxes

    /** All letters of one mailbox: one result for each, in the same order. */
    private List<Letter.Result> deliver(Mailbox mailbox, MailboxOptions how, List<Part> parts) {
        List<Letter.Result> results = new ArrayList<>(parts.size());
        int from = 0;
        while (from < parts.size()) {
            int to = from + 1;
            long bytes = parts.get(from).sizeBytes();
            while (to < parts.size()
                    && bytes <= Letter.SMALL_BYTES
                    && parts.get(to).sizeBytes() <= Letter.SMALL_BYTES
                    && bytes + parts.get(to).sizeBytes() <= MOST_BYTES_AT_ONCE) {
                bytes += parts.get(to).sizeBytes();
                to++;
            }
            results.addAll(deliverAtOnce(mailbox, how, parts.subList(from, to), bytes));
            from = to;
        }
        return results;
    }

    private List<Letter.Result> deliverAtOnce(Mailbox mailbox, MailboxOptions how, List<Part> parts, long bytes) {
        long began = System.nanoTime();
        int memory = (int) Math.min(Math.max(bytes, 1) * 2, MOST_BYTES_AT_ONCE * 2L);
        shared.memory.acquireUninterruptibly(memory);
        boolean handedOn = false;
        try {
            List<Optional<Letter>> letters = new ArrayList<>();
            List<Letter.Result> results = new ArrayList<>();
            for (Part part : parts) {
                Optional<Letter> letter = Optional.empty();
                Refusal why = looped(part.delivery());
                try {
                    letter = read(mailbox, part);
                } catch (IOException e) {
                    why = unreadable(e);
                }
                letters.add(letter);
                results.add(new Letter.Result.Over(why.outcome(since(began))));
            }
            List<Letter> read = letters.stream().flatMap(Optional::stream).toList();
            handedOn = inTurn(mailbox, how, read, memory);
            for (int i = 0; i < parts.size(); i++) {
                if (letters.get(i).isPresent()) {
                    results.set(i, letters.get(i).get().result());
                }
            }
            warn(read.stream().flatMap(l -> l.warnings().stream()).distinct().toList());
            return results;
        } finally {
            if (!handedOn) {
                shared.memory.release(memory);
            }
        }
    }

    private Optional<Letter> read(Mailbox mailbox, Part part) throws IOException {
        ReversePath sender = part.sender();
        Delivery delivery = part.delivery();
        byte[] fromLine = switch (mailbox.kind()) {
            case MBOX -> LetterHeader.fromLine(sender, machine.clock().instant(), machine.zone());
            case MAILDIR -> new byte[0];
        };
        byte[] fields = LetterHeader.fields(sender, delivery.recipient().recipient(), original, delivered);
        return Letter.read(delivery, fromLine, fields, mailbox.kind(), part.member());
    }

    /**
     * Delivers when it is the user's and the mailbox's turn, and gives up after the deadline.
     *
     * @return whether a thread was started, which then gives the memory back
     */
    private boolean inTurn(Mailbox mailbox, MailboxOptions how, List<Letter> letters, int memory) {
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
                write(mailbox, how, letters);
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

    private void write(Mailbox mailbox, MailboxOptions how, List<Letter> letters) throws InterruptedException {
        if (!shared.mailboxes.enter(mailbox.path(), shared.deadline)) {
            refuse(letters, "an earlier delivery to " + mailbox.path() + " has not ended yet");
            return;
        }
        try {
            switch (mailbox.kind()) {
                case MBOX -> shared.mboxes.deliver(mailbox, how, letters);
                case MAILDIR -> shared.maildirs.deliver(mailbox, how, letters);
            }
        } finally {
            shared.mailboxes.leave(mailbox.path());
        }
    }

    private static void refuse(List<Letter> letters, String text) {
        letters.forEach(l -> l.refuse(Refusal.of(Refusal.MAILBOX_BUSY, text)));
    }
}
