package org.recadero.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many calls of sendmail from several processes at a time, each message with a tag in every line, so that a lost, doubled, torn
 * or mixed one is seen.
 */
final class Flood {
    private static final int LINES = 20;
    private static final Duration DEADLINE =
            Boolean.getBoolean("recadero.long") ? Duration.ofHours(2) : Duration.ofMinutes(10);
    private static final Pattern TAG = Pattern.compile("INICIO (\\S+)\n");

    private static final String WORKER = """
            # tag, number of messages, recipient
            for ((i = 1; i <= $2; i++)); do
              t=$1-$i
              printf "Subject: $t\\n\\nINICIO $t\\n$3FIN $t\\n" "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" \\
                "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" "$t" | sendmail -i "$4"
              echo "$t $?"
            done
            """;

    private Flood() {}

    /** Exit statuses by tag, as they come from the workers that are still at work. */
    static final class Running implements AutoCloseable {
        private final ExecutorService pool;
        private final List<Future<Result>> workers;

        private Running(ExecutorService pool, List<Future<Result>> workers) {
            this.pool = pool;
            this.workers = workers;
        }

        boolean isDone() {
            return workers.stream().allMatch(Future::isDone);
        }

        /** Waits for the workers; exit status of sendmail by tag. */
        Map<String, Integer> statuses() {
            Map<String, Integer> statuses = new TreeMap<>();
            try {
                for (Future<Result> worker : workers) {
                    for (String line : worker.get().out().lines().toList()) {
                        int blank = line.lastIndexOf(' ');
                        statuses.put(line.substring(0, blank), Integer.parseInt(line.substring(blank + 1)));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            } catch (ExecutionException e) {
                throw new AssertionError(e);
            }
            return statuses;
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    /** Starts {@code workers} shells that submit {@code messages} to {@code recipient} together; tags begin with {@code name}. */
    static Running start(Machine machine, String name, int workers, int messages, String recipient) {
        var pool = Executors.newVirtualThreadPerTaskExecutor();
        List<Future<Result>> running = new ArrayList<>();
        for (int w = 0; w < workers; w++) {
            int share = messages / workers + (w < messages % workers ? 1 : 0);
            String tag = name + "w" + w;
            String user = w % 2 == 0 ? "usuario" : "otro";
            running.add(pool.submit(() -> machine.exec(
                    DEADLINE,
                    user,
                    new byte[0],
                    "bash",
                    "-c",
                    WORKER,
                    "worker",
                    tag,
                    Integer.toString(share),
                    "%s\\n".repeat(LINES),
                    recipient)));
        }
        return new Running(pool, running);
    }

    /** How often each tag lies in the mailbox; fails on a message that is not exactly one whole submission. */
    static Map<String, List<Long>> offsetsByTag(String mailbox) {
        Map<String, List<Long>> found = new TreeMap<>();
        for (Mbox.Message message : Mbox.messages(mailbox)) {
            Matcher m = TAG.matcher(message.body());
            if (!m.lookingAt()) {
                throw new AssertionError("a torn message at " + message.offset() + ":\n" + message.text());
            }
            String tag = m.group(1);
            String whole = "INICIO " + tag + "\n" + (tag + "\n").repeat(LINES) + "FIN " + tag + "\n\n";
            if (!message.body().equals(whole) || !message.text().contains("\nSubject: " + tag + "\n")) {
                throw new AssertionError("a mixed or torn message at " + message.offset() + ":\n" + message.text());
            }
            found.computeIfAbsent(tag, t -> new ArrayList<>()).add(message.offset());
        }
        return found;
    }
}
