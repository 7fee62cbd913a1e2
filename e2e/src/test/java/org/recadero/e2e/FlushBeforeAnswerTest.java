package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What strace sees between a message's last byte and sendmail's exit status 0: a finished flush of the file that holds it, and of the
 * folder of a new segment or a large file (SAFETY 7, 10, 24).
 */
class FlushBeforeAnswerTest {
    private static final String CALLS =
            "trace=write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,msync,"
                    + "openat,rename,renameat,renameat2,link,linkat,exit_group,connect";
    private static final Pattern LINE = Pattern.compile("(\\d+) +(\\d+\\.\\d+) (.*)");
    private static final Pattern WHOLE =
            Pattern.compile("(\\w+)\\((.*)\\) += (-?\\d+|\\?)(?:<([^>]*)>)?.*?(?:<(\\d+\\.\\d+)>)?$");
    private static final Pattern DESCRIPTOR = Pattern.compile("\\d+<([^>]*)>.*", Pattern.DOTALL);

    /** One finished system call: times in seconds, the path behind its first descriptor, its arguments, its result. */
    private record Call(
            long pid, double begun, double ended, String name, String path, String arguments, String result) {
        boolean isWrite() {
            return name.contains("write");
        }

        boolean isFlush() {
            return (name.equals("fsync") || name.equals("fdatasync")) && result.equals("0");
        }
    }

    @Test
    void theQueuesFileIsFlushedBetweenTheLastByteAndExitZero() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix's own flush is another process's");
        try (Machine machine = traced()) {
            List<Call> client = submit(machine, "MARCADEAGUA1", 1);
            List<Call> daemon = calls(machine.read("/tmp/daemon.trace"));

            assertThat(flushedAfterLastByte(daemon, "MARCADEAGUA1", "/recadero/log/", exit(client)))
                    .as("a finished flush of the segment after the last byte and before exit 0")
                    .isTrue();
            Call firstSegment = daemon.stream()
                    .filter(call -> call.isFlush() && call.path().endsWith("/recadero/log"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("the folder of the new segment was never flushed"));
            assertThat(firstSegment.ended()).isLessThan(exit(client));
        }
    }

    @Test
    void aLargeFileAndItsFolderAreFlushedBeforeTheRecordThatNamesThem() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix has a file for each message");
        try (Machine machine = traced()) {
            List<Call> client = submit(machine, "MARCADEAGUA2", 60_000);
            List<Call> daemon = calls(machine.read("/tmp/daemon.trace"));

            double exit = exit(client);
            assertThat(flushedAfterLastByte(daemon, "MARCADEAGUA2", "/recadero/large/", exit))
                    .as("a finished flush of the large file")
                    .isTrue();
            double folder = daemon.stream()
                    .filter(call -> call.isFlush() && call.path().endsWith("/recadero/large") && call.ended() < exit)
                    .mapToDouble(Call::ended)
                    .max()
                    .orElseThrow(() -> new AssertionError("the folder of large files was not flushed"));
            assertThat(daemon)
                    .as("a record in the log after the folder's flush, flushed before exit 0")
                    .anyMatch(call -> call.isFlush()
                            && call.path().contains("/recadero/log/")
                            && call.begun() > folder
                            && call.ended() < exit);
        }
    }

    /** SAFETY 24: with the daemon down exit 0 comes after the drop file is flushed, renamed and flushed again. */
    @Test
    void aDropFileIsFlushedRenamedAndFlushedAgainBeforeExitZero() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "Postfix drops in its own way");
        try (Machine machine = Machine.withSubject()) {
            Chapter.configure(machine);
            List<Call> client = submit(machine, "MARCADEAGUA3", 1);

            double written = lastByte(client, "MARCADEAGUA3", "/recadero/drop/");
            double renamed = client.stream()
                    .filter(call ->
                            call.name().startsWith("rename") && call.arguments().contains("/drop/"))
                    .mapToDouble(Call::ended)
                    .max()
                    .orElseThrow(() -> new AssertionError("no rename in the drop folder"));
            assertThat(client)
                    .anyMatch(call -> call.isFlush()
                            && call.path().contains("/recadero/drop/")
                            && call.begun() > written
                            && call.ended() < renamed);
            assertThat(client)
                    .anyMatch(call -> call.isFlush()
                            && call.path().contains("/recadero/drop/")
                            && call.begun() > renamed
                            && call.ended() < exit(client));
        }
    }

    /** A machine whose daemon runs under strace from its first moment. */
    private static Machine traced() {
        Machine machine = Machine.withSubject();
        try {
            Chapter.configure(machine);
            machine.start(
                    "root",
                    "strace",
                    "-f",
                    "-ttt",
                    "-T",
                    "-y",
                    "-s",
                    "262144",
                    "-e",
                    CALLS,
                    "-o",
                    "/tmp/daemon.trace",
                    "postfix",
                    "start");
            machine.awaitUntil(
                    "the traced daemon has started",
                    () -> machine.mailLog().stream()
                            .anyMatch(line -> line.text().startsWith("daemon started")));
            return machine;
        } catch (RuntimeException | Error e) {
            machine.close();
            throw e;
        }
    }

    /** Submits a message with the tag in its last line, under strace, and returns what the client did. */
    private static List<Call> submit(Machine machine, String tag, int lines) {
        String text = "Subject: x\n\n" + "0123456789 0123456789 0123456789\n".repeat(lines) + tag + "\n";
        machine.exec(
                        "root",
                        text,
                        "strace",
                        "-f",
                        "-ttt",
                        "-T",
                        "-y",
                        "-s",
                        "262144",
                        "-e",
                        CALLS,
                        "-o",
                        "/tmp/client.trace",
                        machine.mta().sendmail(Mta.Client.C, List.of())[0],
                        "usuario")
                .succeeded();
        return calls(machine.read("/tmp/client.trace"));
    }

    private static double exit(List<Call> client) {
        return client.stream()
                .filter(call ->
                        call.name().equals("exit_group") && call.arguments().equals("0"))
                .mapToDouble(Call::begun)
                .max()
                .orElseThrow(() -> new AssertionError("the client did not exit with 0: " + client));
    }

    private static double lastByte(List<Call> calls, String tag, String path) {
        return calls.stream()
                .filter(call -> call.isWrite()
                        && call.path().contains(path)
                        && call.arguments().contains(tag))
                .mapToDouble(Call::ended)
                .max()
                .orElseThrow(() -> new AssertionError("nobody wrote " + tag + " below " + path));
    }

    private static boolean flushedAfterLastByte(List<Call> calls, String tag, String path, double exit) {
        Call last = calls.stream()
                .filter(call -> call.isWrite()
                        && call.path().contains(path)
                        && call.arguments().contains(tag))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("nobody wrote " + tag + " below " + path));
        return calls.stream()
                .anyMatch(call -> call.isFlush()
                        && call.path().equals(last.path())
                        && call.begun() > last.begun()
                        && call.ended() < exit);
    }

    /** Finished calls of a trace of {@code strace -f -ttt -T -y}, the two halves of an interrupted line put together. */
    private static List<Call> calls(String trace) {
        List<Call> calls = new ArrayList<>();
        Map<Long, String[]> unfinished = new HashMap<>();
        for (String line : trace.split("\n", -1)) {
            Matcher m = LINE.matcher(line);
            if (!m.matches()) {
                continue;
            }
            long pid = Long.parseLong(m.group(1));
            double at = Double.parseDouble(m.group(2));
            String rest = m.group(3);
            if (rest.endsWith(" <unfinished ...>")) {
                unfinished.put(pid, new String[] {
                    m.group(2), rest.substring(0, rest.length() - " <unfinished ...>".length())
                });
                continue;
            }
            double begun = at;
            if (rest.startsWith("<... ") && unfinished.containsKey(pid)) {
                String[] first = unfinished.remove(pid);
                begun = Double.parseDouble(first[0]);
                rest = first[1] + rest.substring(rest.indexOf(" resumed>") + " resumed>".length());
            }
            Matcher whole = WHOLE.matcher(rest);
            if (whole.matches()) {
                String arguments = whole.group(2);
                Matcher descriptor = DESCRIPTOR.matcher(arguments);
                double took = whole.group(5) == null ? 0 : Double.parseDouble(whole.group(5));
                calls.add(new Call(
                        pid,
                        begun,
                        begun + took,
                        whole.group(1),
                        descriptor.matches() ? descriptor.group(1) : "",
                        arguments,
                        whole.group(3)));
            }
        }
        return calls;
    }
}
