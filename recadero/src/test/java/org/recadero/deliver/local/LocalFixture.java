package org.recadero.deliver.local;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.recadero.config.Configuration;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.SourceLine;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.KnownUsers;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.queue.Content;
import org.recadero.queue.Note;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.Outcome;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/** A machine with a spool, homes, users and aliases in a folder of its own. */
final class LocalFixture {
    static final Instant NOW = Instant.parse("2026-11-24T02:42:56Z");
    static final String CONTENT = "From: root@localhost\nTo: usuario@localhost\nSubject: Test SMTP\n\nPrueba\n";

    final Path root;
    final Path spool;
    final TestFileSystem files = new TestFileSystem();
    final TestIdentities identities = new TestIdentities(files);
    final Map<Parameter<?>, Object> values = new HashMap<>();
    final Map<String, UserDatabase.User> users = new HashMap<>();
    final Map<String, String> aliases = new HashMap<>();
    final FakeCommands commands = new FakeCommands();
    final Map<String, String> transports = new HashMap<>();
    final Map<String, String> statusFilter = new HashMap<>();
    final Map<String, String> commandMap = new HashMap<>();
    final List<String> log = new ArrayList<>();
    /** What the queue remembers of a message's only recipient. */
    private final Map<SubmissionId, Set<SubmissionId>> reached = new HashMap<>();

    final List<String> begun = java.util.Collections.synchronizedList(new ArrayList<>());
    final List<Duration> pauses = new ArrayList<>();
    Duration deadline = Duration.ofSeconds(20);
    boolean usersFail;
    boolean aliasesFail;
    MboxFile.Pause pause = pauses::add;
    Optional<LocalDelivery.Shared> shared = Optional.empty();
    FileSystem systemFiles = files;
    Identities systemIdentities = identities;

    LocalFixture(Path root) {
        this.root = root;
        this.spool = root.resolve("mail");
        try {
            Files.createDirectories(spool);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.folderMode(spool, 02775);
        user("usuario", 1001);
        user("otro", 1001);
        user("root", 0);
        values.put(Parameters.MYORIGIN, "example.net");
        values.put(Parameters.MYHOSTNAME, "cliente.example.net");
        values.put(Parameters.RECIPIENT_DELIMITER, "+");
        values.put(Parameters.DUPLICATE_FILTER_LIMIT, 1000);
        values.put(Parameters.OWNER_REQUEST_SPECIAL, true);
        values.put(Parameters.DOUBLE_BOUNCE_SENDER, "double-bounce");
        values.put(Parameters.ENABLE_ORIGINAL_RECIPIENT, true);
        values.put(Parameters.PREPEND_DELIVERED_HEADER, List.of("command", "file", "forward"));
        values.put(Parameters.MAIL_SPOOL_DIRECTORY, spool.toString());
        values.put(Parameters.HOME_MAILBOX, "");
        values.put(Parameters.MAILBOX_DELIVERY_LOCK, List.of("fcntl", "dotlock"));
        values.put(Parameters.DELIVER_LOCK_ATTEMPTS, 3);
        values.put(Parameters.DELIVER_LOCK_DELAY, Duration.ofSeconds(1));
        values.put(Parameters.STALE_LOCK_TIME, Duration.ofSeconds(500));
        values.put(Parameters.MAILBOX_SIZE_LIMIT, 51_200_000L);
        values.put(Parameters.STRICT_MAILBOX_OWNERSHIP, true);
        values.put(Parameters.MAILBOX_COMMAND, "");
        values.put(Parameters.MAILBOX_TRANSPORT, "");
        values.put(Parameters.FALLBACK_TRANSPORT, "");
        user("nobody", 65534);
        values.put(Parameters.DEFAULT_PRIVS, "nobody");
        values.put(Parameters.QUEUE_DIRECTORY, "/var/spool/postfix");
        values.put(Parameters.ALLOW_MAIL_TO_COMMANDS, List.of("alias", "forward"));
        values.put(Parameters.ALLOW_MAIL_TO_FILES, List.of("alias", "forward"));
        values.put(Parameters.COMMAND_TIME_LIMIT, Duration.ofSeconds(1000));
        for (Parameter<String> filter :
                List.of(Parameters.COMMAND_EXPANSION_FILTER, Parameters.FORWARD_EXPANSION_FILTER)) {
            values.put(filter, "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        }
        values.put(
                Parameters.EXECUTION_DIRECTORY_EXPANSION_FILTER,
                "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        values.put(Parameters.COMMAND_EXECUTION_DIRECTORY, "");
        values.put(Parameters.LOCAL_COMMAND_SHELL, "");
        values.put(Parameters.EXPORT_ENVIRONMENT, List.of("TZ", "MAIL_CONFIG", "LANG"));
        values.put(Parameters.IMPORT_ENVIRONMENT, List.of("MAIL_CONFIG", "TZ", "LANG=C"));
        values.put(Parameters.EXPAND_OWNER_ALIAS, false);
        values.put(Parameters.PROPAGATE_UNMATCHED_EXTENSIONS, List.of("canonical", "virtual"));
        values.put(Parameters.LUSER_RELAY, "");
        values.put(Parameters.REQUIRE_HOME_DIRECTORY, false);
        values.put(
                Parameters.FORWARD_PATH, List.of("$home/.forward${recipient_delimiter}${extension}", "$home/.forward"));
    }

    void user(String name, int uid) {
        Path home = root.resolve("home").resolve(name);
        try {
            Files.createDirectories(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        users.put(name, new UserDatabase.User(name, uid, uid, "", home.toString(), "/bin/sh"));
    }

    Path home(String name) {
        return Path.of(users.get(name).home());
    }

    LocalDelivery delivery() {
        LocalDelivery.Machine machine = new LocalDelivery.Machine(
                systemFiles, systemIdentities, database(), InstantSource.fixed(NOW), ZoneOffset.UTC);
        if (shared.isEmpty()) {
            shared = Optional.of(new LocalDelivery.Shared(machine, pause, deadline, Duration.ofMillis(50)));
        }
        MailLog mailLog = new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix");
        return new LocalDelivery(
                configuration(),
                new LocalTables(
                        List.of(table("hash:/etc/aliases", aliases)),
                        List.of(table("inline:{c}", commandMap)),
                        List.of(table("inline:{t}", transports)),
                        List.of(),
                        statusFilter.isEmpty() ? List.of() : List.of(table("inline:{f}", statusFilter))),
                machine,
                shared.get(),
                a -> a.domain().key().equals("localhost") || a.domain().key().equals("example.net"),
                commands,
                Map.of("TZ", "UTC", "SECRET", "x", "LANG", "de"),
                mailLog);
    }

    private LookupTable table(String name, Map<String, String> values) {
        return new LookupTable() {
            @Override
            public LookupResult find(String key) {
                if (aliasesFail && name.startsWith("hash:")) {
                    return new LookupResult.Failed("hash:/etc/aliases: broken");
                }
                String value = values.get(key);
                return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
            }

            @Override
            public String name() {
                return name;
            }
        };
    }

    Configuration configuration() {
        return new Configuration() {
            @Override
            public Optional<String> text(String name) {
                return Optional.of(name);
            }

            @Override
            public List<String> listOf(String name) {
                return List.of();
            }

            @Override
            @SuppressWarnings("unchecked") // the map holds what the parameter's type says
            public <V> V get(Parameter<V> parameter) {
                Object value = values.get(parameter);
                if (value == null) {
                    throw new AssertionError("no value for " + parameter);
                }
                return (V) value;
            }

            @Override
            public Optional<SourceLine> source(Parameter<?> parameter) {
                return Optional.empty();
            }

            @Override
            public Path directory() {
                return root;
            }
        };
    }

    private UserDatabase database() {
        return new KnownUsers(users, Map.of()) {
            @Override
            public Optional<User> byName(String name) throws UserDatabaseException {
                if (usersFail) {
                    throw new UserDatabaseException("no answer");
                }
                return super.byName(name);
            }
        };
    }

    /** A system call that hangs until the latch is opened: nobody has the patience to wait for it. */
    CountDownLatch hangAt(String name) {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        identities.impatience = Optional.of(hanging);
        files.fault = (call, path) -> {
            if (call.equals(name)) {
                hanging.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        };
        return goOn;
    }

    // ---- deliveries

    Delivery to(String address) {
        return to(address, CONTENT);
    }

    Delivery to(String address, String content) {
        return to("root@example.net", address, content, 1, false, "");
    }

    Delivery to(String sender, String address, String content, int number, boolean wasBegun, String place) {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        return to(sender, address, bytes.length, () -> new ByteArrayInputStream(bytes), number, wasBegun, place);
    }

    Delivery to(String sender, String address, long size, Content content, int number, boolean wasBegun, String place) {
        EnvelopeRecipient recipient = EnvelopeRecipient.of(Address.of(address));
        Envelope envelope = Envelope.of(ReversePath.of(sender), List.of(recipient));
        RecipientState state = new RecipientState(
                0, recipient, false, "", wasBegun, place, reached.getOrDefault(random(number), Set.of()));
        QueuedMessage message = new QueuedMessage(
                QueueId.of(0x2EE162B00L + number),
                random(number),
                new SubmissionId(1, number),
                NOW,
                Duration.ZERO,
                size,
                envelope,
                List.of(state),
                QueuedMessage.State.ACTIVE,
                NOW,
                0,
                false,
                false,
                false);
        return new Delivery(message, state, "", content, where -> {
            begun.add(where);
            return Note.WRITTEN;
        });
    }

    private static SubmissionId random(int number) {
        return new SubmissionId(0xABCDL, number);
    }

    /** One attempt; what parts of the recipient have the mail is remembered for the next one, as the queue does. */
    Outcome deliver(Delivery delivery) {
        Outcome outcome = delivery().deliver(List.of(delivery)).getFirst();
        SubmissionId message = delivery.message().random();
        Set<SubmissionId> now = new HashSet<>(delivery.recipient().reached());
        Outcome last = outcome;
        if (outcome instanceof Outcome.Several several) {
            now.addAll(several.reached());
            last = several.last();
        }
        if (last instanceof Outcome.Expanded) {
            now.add(Outcome.Expanded.part(message));
        }
        Outcome then = last instanceof Outcome.Expanded e ? e.then().orElse(e) : last;
        if (then instanceof Outcome.Deferred || then instanceof Outcome.HandedTo) {
            reached.put(message, now);
        } else {
            reached.remove(message);
        }
        return outcome;
    }

    /** The transport that a part was handed to has delivered it. */
    void hasTaken(Delivery delivery, Outcome.HandedTo handed) {
        reached.computeIfAbsent(delivery.message().random(), r -> new HashSet<>())
                .add(handed.part().orElseThrow());
    }

    /** {@code sent 2.0.0 delivered to mailbox}. */
    static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus s) -> "sent " + s.code() + " " + s.text();
            case Outcome.Deferred(DeliveryStatus s) -> "deferred " + s.code() + " " + s.text();
            case Outcome.Waiting(DeliveryStatus s) -> "waiting " + s.code() + " " + s.text();
            case Outcome.Bounced(DeliveryStatus s) ->
                "bounced " + s.code() + " " + s.text()
                        + s.owner().map(o -> " (told " + o + ")").orElse("");
            case Outcome.HandedTo h ->
                "handed to " + h.transport() + ":" + h.nextHop()
                        + h.member().map(m -> " for " + m).orElse("");
            case Outcome.Expanded e ->
                "expanded "
                        + e.children().stream()
                                .map(c -> c.address() + "/" + c.original())
                                .toList()
                        + e.sender().map(o -> " from " + o).orElse("")
                        + e.then().map(t -> " then " + text(t)).orElse("");
            case Outcome.Several(List<DeliveryStatus> over, Set<SubmissionId> _, Outcome last) ->
                over.stream()
                                .map(s -> switch (s.code().statusClass()) {
                                    case 2 -> new Outcome.Sent(s);
                                    case 4 -> new Outcome.Deferred(s);
                                    default -> new Outcome.Bounced(s);
                                })
                                .map(each -> text(each) + "; ")
                                .collect(Collectors.joining())
                        + text(last);
        };
    }

    String mbox(String user) {
        return read(spool.resolve(user));
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an entry in an mbox looks like. */
    static String entry(String sender, String recipient, String content) {
        return "From " + (sender.isEmpty() ? "MAILER-DAEMON" : sender) + "  Tue Nov 24 02:42:56 2026\n"
                + "Return-Path: <" + sender + ">\nX-Original-To: " + recipient + "\nDelivered-To: " + recipient + "\n"
                + content + (content.endsWith("\n") ? "" : "\n") + "\n";
    }

    /** Nothing may be left over: descriptors, locks, lock files. */
    List<String> leftOvers() {
        List<String> left = new ArrayList<>();
        if (files.openDescriptors() != 0) {
            left.add(files.openDescriptors() + " open descriptors");
        }
        if (shared.isPresent() && shared.get().openMailboxes() != 0) {
            left.add(shared.get().openMailboxes() + " turns");
        }
        try (var names = Files.list(spool)) {
            names.filter(p -> p.toString().endsWith(".lock")).forEach(p -> left.add(p.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return left;
    }

    static Set<String> names(Path folder) {
        try (var names = Files.list(folder)) {
            return new java.util.TreeSet<>(
                    names.map(p -> p.getFileName().toString()).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
