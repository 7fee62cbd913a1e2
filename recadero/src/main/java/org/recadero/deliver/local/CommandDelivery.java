package org.recadero.deliver.local;

import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.deliver.CommandVerdict;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.ReversePath;
import org.recadero.os.Commands;
import org.recadero.os.UserDatabase.User;
import org.recadero.status.Outcome;

/** Hands a message to a command as its standard input. Postfix: local(8), EXTERNAL COMMAND DELIVERY. Safe for all threads. */
final class CommandDelivery {
    private final Commands commands;
    private final CommandEnvironment environment;
    private final LocalDelivery.Machine machine;
    private final String shell;
    private final Duration limit;
    private final long fileBytes;
    private final String queueFolder;
    private final String folder;
    private final String folderFilter;
    private final boolean original;
    private final boolean delivered;

    /** @param own the daemon's variables */
    CommandDelivery(
            Configuration configuration, LocalDelivery.Machine machine, Commands commands, Map<String, String> own) {
        this.commands = Objects.requireNonNull(commands);
        this.machine = Objects.requireNonNull(machine);
        this.environment = new CommandEnvironment(configuration, own);
        this.shell = configuration.get(Parameters.LOCAL_COMMAND_SHELL);
        this.limit = configuration.get(Parameters.COMMAND_TIME_LIMIT);
        this.fileBytes = configuration.get(Parameters.MAILBOX_SIZE_LIMIT);
        this.queueFolder = configuration.get(Parameters.QUEUE_DIRECTORY);
        this.folder = configuration.get(Parameters.COMMAND_EXECUTION_DIRECTORY);
        this.folderFilter = configuration.get(Parameters.EXECUTION_DIRECTORY_EXPANSION_FILTER);
        this.original = configuration.get(Parameters.ENABLE_ORIGINAL_RECIPIENT);
        this.delivered = configuration.get(Parameters.PREPEND_DELIVERED_HEADER).contains("command");
    }

    /** @param sender the envelope's, or an alias's owner */
    Outcome deliver(Delivery delivery, ReversePath sender, String command, Runner runner) {
        long began = System.nanoTime();
        EnvelopeRecipient recipient = delivery.recipient().recipient();
        Map<String, String> variables = environment.of(sender, recipient, runner);
        List<String> arguments = CommandLine.of(command, shell);
        if (arguments.isEmpty()) {
            // Postfix lets the shell do nothing
            arguments = List.of("/bin/sh", "-c", command);
        }
        Optional<String> own = executionFolder(runner, variables);
        String where = own.orElse(queueFolder);
        variables.put("PWD", where);
        Commands.End end = commands.run(
                new Commands.Command(
                        runner.identity(),
                        arguments,
                        variables,
                        where,
                        own.isPresent(),
                        true,
                        limit,
                        CommandVerdict.OUTPUT_BYTES,
                        fileBytes),
                out -> {
                    out.write(LetterHeader.fromLine(sender, machine.clock().instant(), machine.zone()));
                    out.write(LetterHeader.fields(sender, recipient, original, delivered));
                    try (InputStream content = delivery.content().open()) {
                        content.transferTo(out);
                    }
                });
        return CommandVerdict.of(
                end,
                Refusal.RELAY,
                "local: fatal",
                "delivered to command: " + command,
                command,
                Duration.ofNanos(System.nanoTime() - began));
    }

    /** Postfix: postconf(5), command_execution_directory: {@code $home} and its like, entered with the user's rights. */
    private Optional<String> executionFolder(Runner runner, Map<String, String> variables) {
        if (folder.isBlank()) {
            return Optional.empty();
        }
        Map<String, String> names = new HashMap<>();
        Map.of(
                        "user", "USER",
                        "local", "LOCAL",
                        "domain", "DOMAIN",
                        "recipient", "RECIPIENT",
                        "extension", "EXTENSION")
                .forEach((name, variable) -> names.put(
                        name, CommandEnvironment.filtered(variables.getOrDefault(variable, ""), folderFilter)));
        names.put("home", runner.user().map(User::home).orElse(""));
        names.put("shell", runner.user().map(User::shell).orElse(""));
        String expanded = ForwardPath.expand(folder, names);
        return expanded.isBlank() ? Optional.empty() : Optional.of(expanded);
    }
}
