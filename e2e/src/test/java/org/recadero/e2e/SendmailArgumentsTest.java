package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What sendmail says to its arguments, with which exit status, by both clients, line by line beside Postfix's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SendmailArgumentsTest {
    private static final String TEXT = "Subject: x\n\nhola\n";
    private static final String TOO_LARGE = "Subject: x\n\n" + "0123456789abcde\n".repeat(2000);

    private static final String NO_POSTDROP = "sendmail's inner programs have nothing to add: there is no postdrop(1)";
    private static final String TOO_BIG = "sendmail: fatal: usuario(1001): message file too big";

    /** Postfix sleeps a second before it ends with a fatal error: many at a time. */
    private static final int AT_A_TIME_POSTFIX = 16;

    private static final int AT_A_TIME_OURS = 3;

    private SideBySide machines;

    /** An argument line, what is on standard input, and where the answer is not Postfix's, why and which. */
    private record Call(List<String> arguments, String stdin, Optional<Differs> differs) {
        Call(List<String> arguments, String stdin) {
            this(arguments, stdin, Optional.empty());
        }

        static Call of(String... arguments) {
            return new Call(List.of(arguments), TEXT);
        }

        Call differs(String why, int status, String err) {
            return new Call(arguments, stdin, Optional.of(new Differs(why, answer(arguments, status, "", err))));
        }
    }

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("message_size_limit = 20000"));
            Chapter.start(machine);
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersEachArgumentLineAsPostfixDoes(Mta.Client client) {
        compare(client, calls(), true);
        compare(client, reports(), true);
        compare(client, List.of(Call.of("-q", "-bp")), false);
    }

    /** @param queued whether they queue mail, which is waited for */
    private void compare(Mta.Client client, List<Call> calls, boolean queued) {
        SideBySide.Pair<List<String>> answers = machines.both(machine -> {
            int mark = machine.mailLog().size();
            List<String> all = machine == machines.subject()
                    ? answers(machine, client, calls, AT_A_TIME_OURS)
                    : answers(machine, Mta.Client.C, calls, AT_A_TIME_POSTFIX);
            if (queued) {
                Submission.awaitQuiet(machine, mark);
                // of so many some may not even have a line yet
                machine.awaitEmptyQueue();
            }
            return all;
        });
        List<String> ours = new ArrayList<>();
        List<String> theirs = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            String subject = answers.subject().get(i);
            String reference = answers.reference().get(i);
            if (Differs.applies() && calls.get(i).differs().isPresent()) {
                calls.get(i)
                        .differs()
                        .get()
                        .check("sendmail " + shown(calls.get(i).arguments()), subject, reference);
            } else {
                ours.add(subject);
                theirs.add(reference);
            }
        }
        assertThat(String.join("\n", ours)).isEqualTo(String.join("\n", theirs));
    }

    private static List<String> answers(Machine machine, Mta.Client client, List<Call> calls, int atATime) {
        try (ExecutorService pool = Executors.newFixedThreadPool(atATime)) {
            List<Future<Result>> results = new ArrayList<>();
            for (Call call : calls) {
                String[] command = machine.mta().sendmail(client, call.arguments());
                results.add(pool.submit(() -> machine.exec("usuario", call.stdin(), command)));
            }
            Masks masks = new Masks(machine.mta(), List.of());
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < calls.size(); i++) {
                Result result = results.get(i).get();
                answers.add(answer(
                        calls.get(i).arguments(),
                        result.status(),
                        masks.text(result.line()),
                        masks.text(result.err().stripTrailing())));
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static String answer(List<String> arguments, int status, String out, String err) {
        return "sendmail " + shown(arguments) + "\n  status " + status + "\n  out    " + out + "\n  err    "
                + err.replaceAll("x{1000,}", "LONG");
    }

    private static String shown(List<String> arguments) {
        String line = arguments.toString();
        return line.length() > 100 ? line.substring(0, 100) + "…" : line;
    }

    private static List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        calls.addAll(recipients());
        calls.addAll(options());
        calls.addAll(modes());
        return calls;
    }

    private static List<Call> recipients() {
        return List.of(
                Call.of(),
                Call.of("-t"),
                new Call(List.of("-t"), "To: \nSubject: x\n\nhola\n"),
                new Call(List.of("-t"), "To: otro\n\nhola\n"),
                new Call(List.of("-t"), ""),
                new Call(List.of("otro"), ""),
                new Call(List.of("otro"), TOO_LARGE).differs(NO_POSTDROP, 75, TOO_BIG),
                new Call(List.of("-t"), "To: otro\n" + TOO_LARGE).differs(NO_POSTDROP, 75, TOO_BIG),
                Call.of(""),
                Call.of("otro", ""),
                Call.of("a b@example.net"),
                Call.of("@"),
                Call.of(","),
                Call.of("<>"),
                Call.of("otro,usuario"),
                Call.of("--", "-x"),
                Call.of("x".repeat(5000)).differs("taken in and returned, not refused by postdrop(1)", 0, ""),
                Call.of("-f", "<a", "otro"),
                Call.of("-f", "a b", "otro"),
                Call.of("-f", "a\nb", "otro"),
                Call.of("-f", "x".repeat(5000), "otro")
                        .differs(
                                NO_POSTDROP,
                                75,
                                "sendmail: fatal: LONG(1001): bad sender address syntax: local part over 1000 characters"));
    }

    private static List<Call> options() {
        return List.of(
                Call.of("-Z"),
                Call.of("-Z", "otro"),
                Call.of("-"),
                Call.of("--help"),
                Call.of("-f"),
                Call.of("-F"),
                Call.of("-r", "pepe", "otro"),
                Call.of("-f", "a", "-f", "b", "otro"),
                Call.of("-N", "tonterias", "otro"),
                Call.of("-N", "never,success", "otro"),
                Call.of("-Nnever", "otro"),
                Call.of("-R", "nada", "otro"),
                Call.of("-R", "hdrs", "otro"),
                Call.of("-V", "abc", "otro"),
                Call.of("-V", "a b", "otro"),
                Call.of("-B", "nada", "otro"),
                Call.of("-B", "7BIT", "otro"),
                Call.of("-O", "x=y", "otro"),
                Call.of("-o7", "otro"),
                Call.of("-oZ", "otro"),
                Call.of("-oem", "otro"),
                Call.of("-o", "em", "otro"),
                Call.of("-om", "otro"),
                Call.of("-n", "otro"),
                Call.of("-m", "otro"),
                Call.of("-U", "otro"),
                Call.of("-h", "5", "otro"),
                Call.of("-h", "x", "otro"),
                Call.of("-p", "x", "otro"),
                Call.of("-X", "/tmp/x", "otro").differs("ignored, as Postfix's manual says (SAFETY 21)", 0, ""),
                Call.of("-C", "/nonexistent", "otro")
                        .differs(
                                "-C chooses the socket only, so that any folder may be named (SAFETY 21)",
                                75,
                                "sendmail: fatal: open /nonexistent/main.cf: No such file or directory"),
                Call.of("-Am", "otro"),
                Call.of("-L", "marca", "otro"),
                Call.of("-G", "otro")
                        .differs(
                                "gateway submission is not there yet, and says so",
                                0,
                                "sendmail: warning: -G: header addresses without a domain are completed as in other mail"),
                Call.of("-x", "otro"),
                Call.of("-e", "otro"),
                Call.of("-d", "otro"));
    }

    private static List<Call> reports() {
        return List.of(
                Call.of("-v", "otro"),
                Call.of("-v", "-f", "uno", "otro"),
                Call.of("-bv", "otro"),
                Call.of("-bv"),
                Call.of("-bv", "-v", "otro"),
                Call.of("-bv", "-N", "never", "otro"));
    }

    private static List<Call> modes() {
        return List.of(
                Call.of("-bt"),
                Call.of("-bx"),
                Call.of("-b"),
                Call.of("-bm", "otro"),
                Call.of("-bp", "otro"),
                Call.of("-bi", "otro"),
                Call.of("-bi"),
                Call.of("-I"),
                Call.of("-q"),
                Call.of("-q", "otro"),
                Call.of("-q30m"),
                Call.of("-qI", "ABC"),
                Call.of("-qIABC"),
                Call.of("-qIx!"),
                Call.of("-qRexample.net")
                        .differs(
                                "the queue finds a site's mail without fast_flush_domains, so any may be flushed",
                                0,
                                ""),
                Call.of("-qSx"),
                Call.of("-t", "-bp"));
    }
}
