package org.recadero.deliver.pipe;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.deliver.CommandVerdict;
import org.recadero.deliver.DeliveredTo;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.ExportedEnvironment;
import org.recadero.deliver.ServiceFlag;
import org.recadero.deliver.Verification;
import org.recadero.log.MailLog;
import org.recadero.os.Commands;
import org.recadero.os.Identities;
import org.recadero.os.Identity;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabase.User;
import org.recadero.os.UserDatabaseException;
import org.recadero.queue.QueuedMessage;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/**
 * A {@code pipe} service of master.cf: one command for each message and at most {@code NAME_destination_recipient_limit} of its
 * recipients. Postfix: pipe(8). Safe for all threads; as many commands at a time as the line's process limit.
 */
public final class PipeDelivery implements Deliverer {
    /** Where master.cf sets no limit and default_process_limit would count. */
    private static final int MOST_PROCESSES = 100;

    private static final int MOST_HEADER_BYTES = 1 << 20;
    private static final EnhancedStatusCode MISCONFIGURED = EnhancedStatusCode.of(4, 3, 5);

    /** What the machine gives. */
    public record Machine(
            Commands commands,
            Identities identities,
            UserDatabase users,
            Map<String, String> variables,
            InstantSource clock,
            ZoneId zone) {
        public Machine {
            Objects.requireNonNull(commands);
            Objects.requireNonNull(identities);
            Objects.requireNonNull(users);
            variables = Map.copyOf(variables);
            Objects.requireNonNull(clock);
            Objects.requireNonNull(zone);
        }
    }

    private final PipeService service;
    private final PipeArguments arguments;
    private final Machine machine;
    private final MailLog log;
    private final Map<String, String> environment;
    private final Duration limit;
    private final int mostRecipients;
    private final String queueFolder;
    private final Semaphore processes;

    /**
     * @param configuration with the line's {@code -o} applied
     * @throws ConfigurationException where the line makes no service; its mail waits then
     */
    public PipeDelivery(MasterCf.Entry entry, Snapshot configuration, Machine machine, MailLog log)
            throws ConfigurationException {
        String name = entry.service();
        this.service = PipeService.of(name, entry.arguments());
        this.arguments = new PipeArguments(service, configuration.get(Parameters.RECIPIENT_DELIMITER));
        this.machine = Objects.requireNonNull(machine);
        this.log = Objects.requireNonNull(log);
        this.environment = ExportedEnvironment.of(configuration, machine.variables());
        this.limit = configuration.timeOf(name + "_time_limit");
        int recipients = configuration.numberOf(name + "_destination_recipient_limit");
        this.mostRecipients = recipients == 0 ? Integer.MAX_VALUE : recipients;
        this.queueFolder = configuration.get(Parameters.QUEUE_DIRECTORY);
        int most = entry.mostProcesses().orElse(MOST_PROCESSES);
        this.processes = new Semaphore(most == 0 ? MOST_PROCESSES : most, true);
    }

    @Override
    public List<Outcome> deliver(List<Delivery> batch) {
        Map<QueuedMessage, List<Integer>> messages = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            messages.computeIfAbsent(batch.get(i).message(), m -> new ArrayList<>())
                    .add(i);
        }
        List<Optional<Outcome>> outcomes = new ArrayList<>();
        batch.forEach(d -> outcomes.add(Optional.empty()));
        for (List<Integer> places : messages.values()) {
            for (int from = 0; from < places.size(); from += Math.min(mostRecipients, places.size() - from)) {
                List<Integer> some = places.subList(
                        from, Math.min(places.size(), from + Math.min(mostRecipients, places.size() - from)));
                Outcome outcome = deliverOne(some.stream().map(batch::get).toList());
                some.forEach(i -> outcomes.set(i, Optional.of(outcome)));
            }
        }
        return outcomes.stream().map(Optional::orElseThrow).toList();
    }

    /** Postfix: pipe(8): the command is named, and not run. */
    @Override
    public List<Verification> verify(List<Delivery> batch) {
        Verification same = Verification.of(DeliveryStatus.of(
                service.name(),
                EnhancedStatusCode.OK,
                "delivers to command: " + service.arguments().getFirst(),
                Duration.ZERO));
        return batch.stream().map(d -> same).toList();
    }

    /** Recipients of one message. */
    private Outcome deliverOne(List<Delivery> recipients) {
        long began = System.nanoTime();
        if ((service.has(ServiceFlag.DELIVERED_TO) || service.has(ServiceFlag.ORIGINAL_TO)) && recipients.size() > 1) {
            return misconfigured("pipe flag `" + (service.has(ServiceFlag.DELIVERED_TO) ? "D" : "O") + "' requires "
                    + service.name() + "_destination_recipient_limit = 1");
        }
        Delivery first = recipients.getFirst();
        if (service.mostBytes() > 0 && first.message().sizeBytes() > service.mostBytes()) {
            return bounced(EnhancedStatusCode.of(5, 2, 3), "message too large");
        }
        try {
            if (service.has(ServiceFlag.DELIVERED_TO) && loops(first)) {
                return bounced(
                        EnhancedStatusCode.of(5, 4, 6),
                        "mail forwarding loop for "
                                + first.recipient().recipient().address().external());
            }
        } catch (IOException e) {
            return deferred(EnhancedStatusCode.SYSTEM_TROUBLE, "error reading message: " + e.getMessage());
        }
        try {
            return run(recipients, identity(), arguments.of(recipients), began);
        } catch (ConfigurationException e) {
            return misconfigured(String.valueOf(e.getMessage()));
        } catch (UserDatabaseException e) {
            return deferred(EnhancedStatusCode.SYSTEM_TROUBLE, "user lookup error: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return deferred(EnhancedStatusCode.SYSTEM_TROUBLE, "the mail system stops");
        }
    }

    private Outcome run(List<Delivery> recipients, Identity identity, List<String> words, long began)
            throws InterruptedException {
        String folder = service.folder().orElse(queueFolder);
        Map<String, String> variables = new LinkedHashMap<>(environment);
        variables.put("PWD", folder);
        Commands.Command command = new Commands.Command(
                identity,
                words,
                variables,
                folder,
                service.folder().isPresent(),
                false,
                limit,
                CommandVerdict.OUTPUT_BYTES,
                0);
        Commands.End end;
        processes.acquire();
        try {
            end = machine.commands()
                    .run(
                            command,
                            out -> new PipeContent(service, out)
                                    .write(recipients, machine.clock().instant(), machine.zone()));
        } finally {
            processes.release();
        }
        String said = CommandVerdict.said(end);
        return CommandVerdict.of(
                end,
                service.name(),
                "pipe: fatal: pipe_command",
                "delivered via " + service.name() + " service" + (said.isEmpty() ? "" : " (" + said + ")"),
                words.getFirst(),
                Duration.ofNanos(System.nanoTime() - began));
    }

    private static boolean loops(Delivery delivery) throws IOException {
        try (InputStream content = delivery.content().open()) {
            byte[] start = content.readNBytes(MOST_HEADER_BYTES);
            return DeliveredTo.names(delivery.recipient().recipient().address(), start, start.length);
        }
    }

    /** The user's, with the group as his only one. */
    private Identity identity() throws ConfigurationException, UserDatabaseException {
        Optional<User> user = machine.users().byName(service.user());
        if (user.isEmpty()) {
            throw new ConfigurationException("unknown username: " + service.user());
        }
        int gid = user.get().gid();
        if (service.group().isPresent()) {
            gid = machine.users()
                    .groupByName(service.group().get())
                    .orElseThrow(() -> new ConfigurationException(
                            "unknown group: " + service.group().get()));
        }
        int uid = user.get().uid();
        Identity self = machine.identities().self();
        if (!machine.identities().canSwitch()) {
            if (uid != self.uid()) {
                throw new ConfigurationException("this instance may run commands for its own user only");
            }
            return self;
        }
        // SAFETY 5
        if (uid == 0 || gid == 0) {
            throw new ConfigurationException("user= command-line attribute specifies root privileges");
        }
        if (uid == self.uid() || gid == self.gid()) {
            throw new ConfigurationException(
                    "user= command-line attribute specifies mail system owner " + service.user());
        }
        return new Identity(uid, gid, List.of(gid));
    }

    private Outcome misconfigured(String warning) {
        log.warning("pipe", "service " + service.name() + ": " + warning);
        return deferred(MISCONFIGURED, "mail system configuration error");
    }

    private Outcome deferred(EnhancedStatusCode code, String text) {
        return new Outcome.Deferred(DeliveryStatus.of(service.name(), code, text, Duration.ZERO));
    }

    private Outcome bounced(EnhancedStatusCode code, String text) {
        return new Outcome.Bounced(DeliveryStatus.of(service.name(), code, text, Duration.ZERO));
    }
}
