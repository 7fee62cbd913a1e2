package org.recadero.explain;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Snapshot;
import org.recadero.deliver.smtp.Probe;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.deliver.smtp.SystemTokens;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.net.dns.DnsResolver;
import org.recadero.os.ExecCommands;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.route.Reason;
import org.recadero.route.Relay;

/**
 * Tries the account of a sender for real: {@code recadero test}. Where his mail goes says {@link Explainer}, how the servers are
 * talked to deliver.smtp; nothing is sent. Used by one thread.
 */
public final class AccountTrial {
    /** For reading a file as root. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** RFC 2606 §2: nobody's domain, so that the sender alone decides where mail goes. */
    private static final String NOBODY = "nobody@recipient.invalid";

    /** One next hop and what came of it; no steps: {@code waits} of the hop says why. */
    public record Attempt(Explanation.Hop hop, List<Probe.Step> steps) {
        public Attempt {
            Objects.requireNonNull(hop);
            steps = List.copyOf(steps);
        }

        boolean passed() {
            return !steps.isEmpty()
                    && steps.getLast().passed()
                    && steps.getLast().stage() == Probe.Stage.MAIL;
        }
    }

    /**
     * The trial of an account.
     *
     * @param attempts in the order in which mail would try them
     */
    public record Result(Explanation explanation, List<Attempt> attempts) {
        public Result {
            attempts = List.copyOf(attempts);
        }

        /** Whether mail would go out. */
        public boolean passed() {
            return attempts.stream().anyMatch(Attempt::passed);
        }
    }

    /** The servers that are tried; closed by who asked for them. */
    public record Servers(SmtpClients clients, LinuxIdentities identities) implements AutoCloseable {
        @Override
        public void close() {
            clients.close();
            identities.close();
        }
    }

    private final Explainer explainer;
    private final SmtpClients clients;

    public AccountTrial(Explainer explainer, Servers servers) {
        this.explainer = Objects.requireNonNull(explainer);
        this.clients = servers.clients();
    }

    /**
     * Tries each next hop of a sender until one passes.
     *
     * @param sender as with {@code sendmail -f}
     */
    public Result run(String sender) throws ConfigurationException {
        Explanation explanation =
                explainer.explain(new Explainer.Question(sender, NOBODY, Optional.empty(), Optional.empty()));
        List<Attempt> attempts = new ArrayList<>();
        Optional<Snapshot> service = explainer.service(explanation.route().transport());
        if (service.isPresent() && !explanation.route().nextHop().endsWith("recipient.invalid")) {
            ReversePath from = explanation.sender().complete().isEmpty()
                    ? ReversePath.none()
                    : ReversePath.of(explanation.account());
            for (Explanation.Hop hop : explanation.hops()) {
                Optional<Relay> relay = hop.relay();
                Attempt attempt = new Attempt(
                        hop,
                        relay.isPresent()
                                ? clients.probe(
                                        service.get(),
                                        relay.get(),
                                        hop.sender().map(ReversePath::of).orElse(from))
                                : List.of());
                attempts.add(attempt);
                if (attempt.passed()) {
                    break;
                }
            }
        }
        return new Result(explanation, attempts);
    }

    // ---- for people

    /** The lines; each step with its time, and where one fails, what to do and the rules that led there. */
    public static List<String> text(Result result, ExplanationText.Sentences words) {
        List<String> lines = new ArrayList<>();
        Explanation e = result.explanation();
        e.sender().broken().ifPresent(why -> lines.add(e.sender().given() + ": " + why));
        e.route().waits().ifPresent(why -> lines.add(words.say("explain-waits", why)));
        if (result.attempts().isEmpty() && e.route().waits().isEmpty()) {
            lines.add(words.say("test-no-relay", e.sender().complete()));
        }
        for (Attempt attempt : result.attempts()) {
            lines.add(words.say(
                    "test-through", e.sender().complete(), attempt.hop().written()));
            attempt.hop().waits().ifPresent(why -> lines.add(words.say("explain-waits", why)));
            for (Probe.Step step : attempt.steps()) {
                lines.add(line(step, words));
            }
            if (attempt.passed()) {
                lines.add(words.say(
                        attempt.hop().relay().flatMap(Relay::credentials).isPresent()
                                ? "test-passed"
                                : "test-passed-without-login"));
            } else {
                advice(attempt, words, lines);
            }
        }
        return lines;
    }

    private static String line(Probe.Step step, ExplanationText.Sentences words) {
        return String.format(
                Locale.ROOT,
                "  %-10s %7s  %s  %s",
                words.say("test-stage-" + step.stage().name().toLowerCase(Locale.ROOT)),
                shown(step.took()),
                words.say(step.passed() ? "test-ok" : "test-failed"),
                step.detail());
    }

    private static String shown(Duration took) {
        long millis = took.toMillis();
        return millis < 10_000 ? millis + " ms" : millis / 1_000 + " s";
    }

    private static void advice(Attempt attempt, ExplanationText.Sentences words, List<String> lines) {
        if (attempt.steps().isEmpty()) {
            return;
        }
        Probe.Trouble trouble = attempt.steps().getLast().trouble();
        if (trouble != Probe.Trouble.NONE) {
            lines.add(words.say("test-advice-" + trouble.name().toLowerCase(Locale.ROOT)));
        }
        for (Reason reason : attempt.hop().relay().map(Relay::reasons).orElse(List.of())) {
            lines.add("    " + reason.rule()
                    + reason.where()
                            .map(w -> "  (" + w.file() + ":" + w.line() + ")")
                            .orElse(""));
        }
    }

    // ---- wiring

    /** For commands: the servers are the real ones, and what a delivery would log goes nowhere. */
    public static Servers realServers() {
        LinuxFileSystem files = new LinuxFileSystem();
        LinuxIdentities identities = new LinuxIdentities(files, PATIENCE);
        SystemTokens tokens = new SystemTokens(
                files, identities, new LibcUserDatabase(), new ExecCommands(ExecCommands.besideProgram()), warning -> {
                    // postfix check says it
                });
        return new Servers(
                new SmtpClients(
                        DnsResolver.system(),
                        SmtpClients::interfaceAddresses,
                        new MailLog((severity, tag, text) -> {}, "recadero"),
                        InstantSource.system(),
                        tokens),
                identities);
    }
}
