package org.recadero.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.control.ControlDesk;
import org.recadero.control.ControlVerb;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.queue.Queue;
import org.recadero.receive.submit.Options;

/**
 * Holds, releases, requeues, expires and deletes messages, with the mail system up or down.
 *
 * <p>Postfix: postsuper(1). {@code DIFFERS}: the structure of the queue is mended at each start, so {@code -p}, {@code -s} and
 * {@code -S} find nothing to do.
 */
public final class Postsuper {
    private static final String USAGE = "usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)]"
            + " [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)]"
            + " [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)]"
            + " [-S (redundant structure fix)][-v (verbose)] [queue...]";
    /** Sent in one request; a request has at most 64 KiB. */
    private static final int BATCH = 1_000;

    private static final Set<String> QUEUES =
            Set.of("maildrop", "incoming", "active", "deferred", "hold", "bounce", "defer", "corrupt", "saved");
    /** Without names of queues. Postfix: postsuper(1), {@code -d} and others. */
    private static final List<String> EVERYWHERE = List.of("hold", "incoming", "active", "deferred");

    /** In the order of the report. */
    private static final List<Queue.Change> REPORTED = List.of(
            Queue.Change.DELETE, Queue.Change.REQUEUE, Queue.Change.HOLD, Queue.Change.EXPIRE, Queue.Change.RELEASE);

    /** Mail that is on hold is the only one that can be released. */
    private static final List<String> NOT_HELD = List.of("incoming", "active", "deferred");

    private final PrintStream err;
    private final Map<Queue.Change, Long> counts = new EnumMap<>(Queue.Change.class);

    private Postsuper(PrintStream err) {
        this.err = err;
    }

    /** @return the exit status */
    public static int run(List<String> arguments, InputStream in, PrintStream err, Map<String, String> environment) {
        Postsuper command = new Postsuper(err);
        try {
            Request request = parse(arguments);
            MailSystem system = MailSystem.of("postsuper", request.folder(), environment, err);
            if (!system.isAdministrator()) {
                return command.fatal("use of this command is reserved for the superuser");
            }
            return request.work().isEmpty() ? 0 : system.atQueue(true, desk -> command.work(request, desk, in, system));
        } catch (CommandException e) {
            e.before().ifPresent(err::println);
            return command.fatal(e.text());
        } catch (ConfigurationException | IOException e) {
            return command.fatal(String.valueOf(e.getMessage()));
        } finally {
            err.flush();
        }
    }

    private int fatal(String text) {
        err.println("postsuper: fatal: " + text);
        return 1;
    }

    /** One option: {@code id} as it was given, {@code -} or ALL. */
    private record Step(List<Queue.Change> changes, String id) {}

    private record Request(List<Step> work, List<String> queues, Optional<String> folder) {}

    private static Request parse(List<String> arguments) throws CommandException {
        List<Step> work = new ArrayList<>();
        Optional<String> folder = Optional.empty();
        Options options = new Options("c:d:e:f:h:H:pr:sSv", arguments);
        for (char option; (option = options.next()) != Options.END; ) {
            switch (option) {
                case 'c' -> folder = Optional.of(options.value());
                case 'p', 's', 'S', 'v' -> {}
                case Options.UNKNOWN, Options.NO_VALUE ->
                    throw new CommandException(USAGE, "postsuper: " + options.complaint(option));
                default -> work.add(new Step(changes(option), options.value()));
            }
        }
        List<String> queues = options.operands();
        for (String queue : queues) {
            if (!QUEUES.contains(queue)) {
                throw new CommandException("invalid directory name: " + OneLine.of(queue));
            }
        }
        return new Request(work, queues, folder);
    }

    private static List<Queue.Change> changes(char letter) {
        return switch (letter) {
            case 'd' -> List.of(Queue.Change.DELETE);
            case 'e' -> List.of(Queue.Change.EXPIRE);
            case 'f' -> List.of(Queue.Change.EXPIRE, Queue.Change.RELEASE);
            case 'h' -> List.of(Queue.Change.HOLD);
            case 'H' -> List.of(Queue.Change.RELEASE);
            case 'r' -> List.of(Queue.Change.REQUEUE);
            default -> throw new IllegalArgumentException("no change: " + letter);
        };
    }

    private int work(Request request, ControlDesk desk, InputStream in, MailSystem system) throws IOException {
        MailLog log = system.log();
        for (Step step : request.work()) {
            for (Queue.Change change : step.changes()) {
                counts.putIfAbsent(change, 0L);
                switch (step.id()) {
                    case "ALL" -> {
                        List<String> words = new ArrayList<>(List.of(change.name()));
                        words.addAll(queues(request, change));
                        ask(desk, ControlVerb.CHANGE_ALL, change, words);
                    }
                    case "-" -> fromInput(desk, change, in, log);
                    default -> some(desk, change, List.of(step.id()), log);
                }
            }
        }
        for (Queue.Change change : REPORTED) {
            Long count = counts.get(change);
            if (count == null) {
                continue;
            }
            String line = title(change) + ": " + count + " message" + (count == 1 ? "" : "s");
            log.info("postsuper", line);
            err.println("postsuper: " + line);
        }
        return 0;
    }

    private static List<String> queues(Request request, Queue.Change change) {
        if (!request.queues().isEmpty()) {
            return request.queues();
        }
        return switch (change) {
            case HOLD -> NOT_HELD;
            case RELEASE -> List.of("hold");
            case DELETE, REQUEUE, EXPIRE -> EVERYWHERE;
        };
    }

    private void fromInput(ControlDesk desk, Queue.Change change, InputStream in, MailLog log) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        List<String> batch = new ArrayList<>();
        String line;
        while ((line = lines.readLine()) != null) {
            String id = line.strip();
            if (!id.isEmpty()) {
                batch.add(id);
            }
            if (batch.size() == BATCH) {
                some(desk, change, batch, log);
                batch.clear();
            }
        }
        some(desk, change, batch, log);
    }

    private void some(ControlDesk desk, Queue.Change change, List<String> ids, MailLog log) throws IOException {
        List<String> words = new ArrayList<>(List.of(change.name()));
        for (String id : ids) {
            if (isQueueId(id)) {
                // a well-formed one that is not canonical cannot be in the queue
                if (QueueId.isWellFormed(id)) {
                    words.add(id);
                }
            } else {
                String text = "invalid mail queue id: " + OneLine.of(id);
                log.warning("postsuper", text);
                err.println("postsuper: warning: " + text);
            }
        }
        if (words.size() > 1) {
            ask(desk, ControlVerb.CHANGE, change, words);
        }
    }

    /** Postfix: mail_queue(3): letters and digits. */
    static boolean isQueueId(String id) {
        return !id.isEmpty() && id.chars().allMatch(c -> c < 0x80 && Character.isLetterOrDigit(c));
    }

    private void ask(ControlDesk desk, ControlVerb verb, Queue.Change change, List<String> words) throws IOException {
        java.io.ByteArrayOutputStream number = new java.io.ByteArrayOutputStream();
        int status = desk.serve(verb, words, number, err);
        if (status != 0) {
            throw new IOException("the mail system refused");
        }
        counts.merge(
                change,
                Long.parseLong(number.toString(StandardCharsets.US_ASCII).strip()),
                Long::sum);
    }

    private static String title(Queue.Change change) {
        return switch (change) {
            case DELETE -> "Deleted";
            case HOLD -> "Placed on hold";
            case RELEASE -> "Released from hold";
            case REQUEUE -> "Requeued";
            case EXPIRE -> "Force-expired";
        };
    }
}
