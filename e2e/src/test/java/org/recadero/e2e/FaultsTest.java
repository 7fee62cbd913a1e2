package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.recadero.e2e.FaultRow.nobody;
import static org.recadero.e2e.FaultRow.server;
import static org.recadero.e2e.Script.GOOD;
import static org.recadero.e2e.Script.closes;
import static org.recadero.e2e.Script.hangs;
import static org.recadero.e2e.Script.resets;
import static org.recadero.e2e.Script.says;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.recadero.e2e.FaultRow.Fate;
import org.recadero.e2e.Script.Step;
import org.recadero.e2e.ScriptedNames.Answer;

/**
 * All that may go wrong with a smarthost, a row for each, in the chapter's configuration, beside Postfix on a machine of its own:
 * what log and mailq say, that nothing is lost or doubled, that no secret and no mail can be read on the way (tcpdump).
 *
 * <p>All rows at once: a first attempt; then the faults are mended and the queue is flushed; then refused passwords are changed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsTest {
    private static final String CAPTURE = "/tmp/all.pcap";
    private static final int FLUSHES = 20;
    private static final Duration BETWEEN_FLUSHES = Duration.ofSeconds(2);

    /** Two rounds of time-outs: Postfix has a hundred clients at a time. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** The first in the table: another provider, to whom a lie may lead. */
    private static final String ELSEWHERE = "127.1.0.1";

    private static List<FaultRow> table() {
        List<FaultRow> rows = new ArrayList<>(List.of(
                server("elsewhere", GOOD.with("smtp.gmail.com")),
                server("good", GOOD),
                server("slow", GOOD.slowly()),
                nobody("down").waits("4.4.1", "connect to {host}:587: Connection refused"),
                server("does-not-answer", GOOD)
                        .resolvingTo(FaultyNetwork.VOID)
                        .waits("4.4.1", "connect to {name}[" + FaultyNetwork.VOID + "]:587: Connection timed out"),
                server("no-route", GOOD)
                        .resolvingTo("10.99.0.1")
                        .waits("4.4.1", "connect to {name}[10.99.0.1]:587: Network is unreachable")));
        for (Step step : Step.values()) {
            if (step != Step.HELO && step != Step.HANDSHAKE && step != Step.BDAT) {
                rows.addAll(breaksAt(step));
            }
        }
        rows.addAll(refusals());
        rows.addAll(surplus());
        rows.addAll(tls());
        rows.addAll(logins());
        rows.addAll(chunks());
        rows.addAll(names());
        for (int i = 0; i < rows.size(); i++) {
            rows.get(i).numbered(i + 1);
        }
        return List.copyOf(rows);
    }

    /** Closes, resets, falls silent, says no reply, or that it goes away. */
    private static List<FaultRow> breaksAt(Step step) {
        String doing = switch (step) {
            case GREETING -> "receiving the initial server greeting";
            case EHLO, EHLO_IN_TLS -> "performing the EHLO handshake";
            case STARTTLS -> "receiving the STARTTLS response";
            case AUTH -> "performing the AUTH handshake";
            case MAIL -> "sending MAIL FROM";
            case RCPT -> "sending RCPT TO";
            case DATA -> "sending DATA command";
            case DOT -> "sending end of data -- message may be sent more than once";
            case HELO, HANDSHAKE, BDAT -> throw new IllegalArgumentException(step.name());
        };
        String name = step.name().toLowerCase(Locale.ROOT).replace('_', '-');
        String lost = "lost connection with {host} while " + doing;
        return List.of(
                server(name + "-closes", GOOD.at(step, closes())).waits("4.4.2", lost),
                server(name + "-resets", GOOD.at(step, resets()))
                        // which may destroy replies that came before it
                        .waits("4.4.2", "lost connection with {host} while …"),
                server(name + "-hangs", GOOD.at(step, hangs()))
                        .waits("4.4.2", "conversation with {host} timed out while " + doing),
                server(name + "-babbles", GOOD.at(step, says("what?")))
                        .waits("4.5.0", "protocol error: {host} sent no SMTP reply while " + doing)
                        .logs("non-SMTP reply from {host}:587: what?")
                        .differs("Postfix waits for better lines until its time is up"));
    }

    private static List<FaultRow> refusals() {
        String goes = "421 4.3.2 Going down";
        String later = "450 4.2.0 Later";
        String never = "554 5.7.1 Never";
        String talk = "host {host} refused to talk to me: ";
        String tls = "TLS is required, but host {host} refused to start TLS: ";
        String auth = "SASL authentication failed; server {host} said: ";
        String said = "host {host} said: ";
        return List.of(
                server("greeting-421", GOOD.at(Step.GREETING, says(goes))).waits("4.3.2", talk + goes),
                server("greeting-450", GOOD.at(Step.GREETING, says(later))).waits("4.2.0", talk + later),
                // smtp_skip_5xx_greeting: the host, not the mail
                server("greeting-554", GOOD.at(Step.GREETING, says(never))).waits("4.7.1", talk + never),
                server("ehlo-421", GOOD.at(Step.EHLO, says(goes))).waits("4.3.2", talk + goes),
                // then HELO, which lists nothing
                server("ehlo-450", GOOD.at(Step.EHLO, says(later)))
                        .waits("4.7.4", "TLS is required, but was not offered by host {host}"),
                server("ehlo-554", GOOD.at(Step.EHLO, says(never)))
                        .waits("4.7.4", "TLS is required, but was not offered by host {host}"),
                server("helo-554", GOOD.at(Step.EHLO, says(never)).at(Step.HELO, says(never)))
                        .returned("5.7.1", talk + never),
                server("starttls-421", GOOD.at(Step.STARTTLS, says(goes))).waits("4.3.2", tls + goes),
                server("starttls-450", GOOD.at(Step.STARTTLS, says(later))).waits("4.2.0", tls + later),
                server("starttls-554", GOOD.at(Step.STARTTLS, says(never)))
                        .waits("4.7.1", tls + never)
                        .differs("what spoils TLS says nothing of the mail: it waits, Postfix returns it"),
                server("ehlo-in-tls-421", GOOD.at(Step.EHLO_IN_TLS, says(goes))).waits("4.3.2", talk + goes),
                server("auth-421", GOOD.at(Step.AUTH, says(goes))).waits("4.3.2", auth + goes),
                server("auth-450", GOOD.at(Step.AUTH, says(later))).waits("4.2.0", auth + later),
                server("auth-554", GOOD.at(Step.AUTH, says(never))).held("4.7.1", auth + never),
                server("mail-421", GOOD.at(Step.MAIL, says(goes))).waits("4.3.2", said + goes + IN_MAIL),
                server("mail-450", GOOD.at(Step.MAIL, says(later))).waits("4.2.0", said + later + IN_MAIL),
                server("mail-554", GOOD.at(Step.MAIL, says(never))).returned("5.7.1", said + never + IN_MAIL),
                server("rcpt-421", GOOD.at(Step.RCPT, says(goes))).waits("4.3.2", said + goes + IN_RCPT),
                server("rcpt-450", GOOD.at(Step.RCPT, says(later))).waits("4.2.0", said + later + IN_RCPT),
                server("rcpt-greylists", GOOD.at(Step.RCPT, says("451 4.7.1 Greylisted, come back in 300 s")))
                        .waits("4.7.1", said + "451 4.7.1 Greylisted, come back in 300 s" + IN_RCPT),
                server("rcpt-554", GOOD.at(Step.RCPT, says(never))).returned("5.7.1", said + never + IN_RCPT),
                server("data-421", GOOD.at(Step.DATA, says(goes))).waits("4.3.2", said + goes + IN_DATA),
                server("data-450", GOOD.at(Step.DATA, says(later))).waits("4.2.0", said + later + IN_DATA),
                server("data-554", GOOD.at(Step.DATA, says(never))).returned("5.7.1", said + never + IN_DATA),
                server("dot-421", GOOD.at(Step.DOT, says(goes))).waits("4.3.2", said + goes + IN_DOT),
                server("dot-450", GOOD.at(Step.DOT, says(later))).waits("4.2.0", said + later + IN_DOT),
                server("dot-554", GOOD.at(Step.DOT, says(never))).returned("5.7.1", said + never + IN_DOT),
                server("crowded", GOOD).crowd(8, 1),
                server("one-message-a-connection", GOOD.atMost(1)).crowd(8, 100));
    }

    private static final String IN_MAIL = " (in reply to MAIL FROM command)";
    private static final String IN_RCPT = " (in reply to RCPT TO command)";
    private static final String IN_DATA = " (in reply to DATA command)";
    private static final String IN_DOT = " (in reply to end of DATA command)";

    /** SAFETY 28: replies that nobody asked for. */
    private static List<FaultRow> surplus() {
        String two = "250 2.0.0 Ok\r\n250 2.0.0 Ok";
        String goodbye = "250 2.0.0 Ok\r\n421 4.3.2 Going down";
        String nobodyAsked = "protocol error: {host} sent a reply that nobody asked for while ";
        String atEnd = "sending end of data -- message may be sent more than once";
        String why = "SAFETY 28: Postfix takes each reply for that to the next command";
        return List.of(
                server("mail-surplus", GOOD.at(Step.MAIL, says(two)))
                        .waits("4.5.0", nobodyAsked + "sending DATA command")
                        .differs(why),
                server("rcpt-surplus", GOOD.at(Step.RCPT, says(two)))
                        .waits("4.5.0", nobodyAsked + "sending DATA command")
                        .differs(why),
                server("data-surplus", GOOD.at(Step.DATA, says("354 Go\r\n354 Go")))
                        .waits("4.5.0", nobodyAsked + "sending DATA command")
                        .differs(why),
                server("dot-surplus", GOOD.at(Step.DOT, says(two)))
                        .waits("4.5.0", nobodyAsked + atEnd)
                        .differs(why),
                server("mail-goodbye", GOOD.at(Step.MAIL, says(goodbye)))
                        .waits("4.3.2", "host {host} said: 421 4.3.2 Going down" + IN_RCPT),
                server("dot-goodbye", GOOD.at(Step.DOT, says(goodbye)))
                        .waits("4.5.0", nobodyAsked + atEnd)
                        .differs(why),
                server("greeting-surplus", GOOD.at(Step.GREETING, says("220 a\r\n220 b")))
                        .waits("4.7.4", "TLS is required, but was not offered by host {host}"),
                server("ehlo-surplus", GOOD.at(Step.EHLO, says("250 {name}\r\n250 STARTTLS")))
                        .waits("4.7.4", "TLS is required, but was not offered by host {host}"),
                server("auth-surplus", GOOD.at(Step.AUTH, says("235 2.7.0 Ok\r\n235 2.7.0 Ok")))
                        .waits("4.5.0", nobodyAsked + "sending DATA command")
                        .differs(why));
    }

    private static List<FaultRow> tls() {
        String[] stripped = {"PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN"};
        String notOffered = "TLS is required, but was not offered by host {host}";
        String never = "554 5.7.1 Never";
        String fails = "Cannot start TLS: handshake failure";
        String unverified = "Server certificate not verified";
        String failed = "server certificate verification failed for {host}:587: ";
        String why = "with credentials the least level is encrypt; Postfix sends password and mail in the clear";
        return List.of(
                server("stripped", GOOD.offering(stripped)).waits("4.7.4", notOffered),
                server("stripped-no-policy", GOOD.offering(stripped))
                        .policy("")
                        .waits("4.7.4", notOffered)
                        .differs(why),
                server(
                                "stripped-by-454",
                                GOOD.offering("STARTTLS", "AUTH PLAIN LOGIN")
                                        .at(Step.STARTTLS, says("454 4.7.0 Not now")))
                        .policy("")
                        .waits("4.7.0", "TLS is required, but host {host} refused to start TLS: 454 4.7.0 Not now")
                        .differs(why),
                server("stripped-with-ehlo", GOOD.at(Step.EHLO, says(never)))
                        .policy("")
                        .waits("4.7.4", notOffered)
                        .differs(why),
                server("handshake-no-policy", GOOD.at(Step.HANDSHAKE, closes()))
                        .policy("")
                        .waits("4.7.5", fails),
                server("handshake-no-account", GOOD.at(Step.HANDSHAKE, closes()))
                        .policy("")
                        .withoutAccount()
                        .inTheClear()
                        .differs(
                                "without a password «may» goes on in the clear at once, Postfix after minimal_backoff_time"),
                // what may be read on the way, for comparison: it shows that the search finds it
                server("stated-none", GOOD.offering(stripped)).policy("none").inTheClear(),
                server("stripped-no-account", GOOD.offering(stripped))
                        .policy("")
                        .withoutAccount()
                        .inTheClear(),
                server("handshake-closes", GOOD.at(Step.HANDSHAKE, closes())).waits("4.7.5", fails),
                server("handshake-resets", GOOD.at(Step.HANDSHAKE, resets())).waits("4.7.5", fails),
                server("handshake-hangs", GOOD.at(Step.HANDSHAKE, hangs()))
                        .waits("4.7.5", fails)
                        .logs("SSL_connect error to {host}:587: Connection timed out"),
                server("handshake-babbles", GOOD.at(Step.HANDSHAKE, says("what?")))
                        .waits("4.7.5", fails),
                server("starttls-surplus", GOOD.at(Step.STARTTLS, says("220 Go\r\n250 Ok")))
                        .waits("4.7.5", "Cannot start TLS: text behind the reply to STARTTLS of host {host}")
                        .differs("SAFETY 27: Postfix throws the text away and goes on"),
                server("wrong-name", GOOD.with("wrongname"))
                        .policy("secure")
                        .waits("4.7.5", unverified)
                        .logs(failed + "hostname mismatch"),
                server("expired", GOOD.with("expired"))
                        .policy("secure")
                        .waits("4.7.5", unverified)
                        .logs(failed + "certificate has expired"),
                server("unknown-ca", GOOD.with("unknown"))
                        .policy("secure")
                        .waits("4.7.5", unverified)
                        .logs(failed + "untrusted issuer CN=Nobody Root CA"),
                server("self-signed", GOOD.with("untrusted"))
                        .policy("secure")
                        .waits("4.7.5", unverified)
                        .logs(failed + "self-signed certificate"),
                server("tls-at-once", GOOD.wantingTlsAtOnce())
                        .waits(
                                "4.4.2",
                                "conversation with {host} timed out while receiving the initial server greeting")
                        .logs(
                                "{host}:587 sent no greeting: if it wants TLS from the first byte, set wrappermode=yes for"
                                        + " [{name}]:587 in smtp_tls_policy_maps"),
                // encrypt asks for no proof, as Postfix
                server("wrong-name-encrypt", GOOD.with("wrongname")));
    }

    private static List<FaultRow> logins() {
        String refused = "535 5.7.8 Error: authentication failed";
        return List.of(
                server("wrong-password", GOOD.at(Step.AUTH, says(refused)))
                        .held("4.7.8", "SASL authentication failed; server {host} said: " + refused)
                        .logs("the password of login-wrong-password for [{name}]:587 was refused; its mail waits"),
                server("no-mechanism", GOOD.offeringInTls("AUTH CRAM-MD5 GSSAPI"))
                        .waits(
                                "4.7.0",
                                "SASL authentication failed: server {host} offered no compatible authentication mechanisms for this type of connection security"),
                server("no-auth", GOOD.offeringInTls("8BITMIME")),
                server(
                                "no-auth-530",
                                GOOD.offeringInTls("8BITMIME").at(Step.MAIL, says("530 5.7.0 Authentication required")))
                        .returned("5.7.0", "host {host} said: 530 5.7.0 Authentication required" + IN_MAIL));
    }

    /** A server that offers CHUNKING (RFC 3030), which Postfix 3.7 does not use when it sends. */
    private static List<FaultRow> chunks() {
        Script chunking = GOOD.offeringInTls("PIPELINING", "CHUNKING", "AUTH PLAIN LOGIN");
        String why = "Postfix 3.7 sends no BDAT";
        String lost = "lost connection with {host} while sending end of data -- message may be sent more than once";
        return List.of(
                server("bdat-closes", chunking.at(Step.BDAT, closes()))
                        .waits("4.4.2", lost)
                        .differs(why),
                server("bdat-resets", chunking.at(Step.BDAT, resets()))
                        .waits("4.4.2", lost)
                        .differs(why),
                server("bdat-450", chunking.at(Step.BDAT, says("450 4.2.0 Later")))
                        .waits("4.2.0", "host {host} said: 450 4.2.0 Later (in reply to BDAT command)")
                        .differs(why),
                server("bdat-554", chunking.at(Step.BDAT, says("554 5.7.1 Never")))
                        .returned("5.7.1", "host {host} said: 554 5.7.1 Never (in reply to BDAT command)")
                        .differs(why),
                server("bdat-unknown", chunking.at(Step.BDAT, says("502 5.5.2 Error: command not recognized"))));
    }

    private static List<FaultRow> names() {
        String mistake =
                "a relay that does not exist is a mistake of the configuration: mail waits, Postfix returns it";
        String notFound = "Host or domain name not found. Name service error for name=";
        return List.of(
                server("dns-fails", GOOD)
                        .resolving(new Answer.Fails())
                        .waits("4.4.3", notFound + "{name} type=AAAA: Host not found, try again"),
                server("dns-silent", GOOD)
                        .resolving(new Answer.Silence())
                        .waits("4.4.3", notFound + "{name} type=AAAA: Host not found, try again"),
                server("dns-no-such-name", GOOD)
                        .resolving(new Answer.NoSuchName())
                        .waits("4.4.4", notFound + "{name} type=AAAA: Host not found")
                        .differs(mistake),
                server("dns-no-data", GOOD)
                        .resolvingTo()
                        .waits("4.4.4", notFound + "{name} type=AAAA: Host found but no data record of requested type")
                        .differs(mistake),
                server("dns-wrong-address", GOOD)
                        .resolvingTo("127.9.9.9")
                        .waits("4.4.1", "connect to {name}[127.9.9.9]:587: Connection refused"),
                server("dns-elsewhere", GOOD)
                        .policy("secure")
                        .resolvingTo(ELSEWHERE)
                        .waits("4.7.5", "Server certificate not verified"),
                server("mx-fails", GOOD)
                        .throughMx(new Answer.Fails())
                        .waits("4.4.3", notFound + "domain-{name} type=MX: Host not found, try again"),
                server("mx-no-such-name", GOOD)
                        .throughMx(new Answer.NoSuchName())
                        .waits("4.4.4", notFound + "domain-{name} type=AAAA: Host not found")
                        .differs(mistake),
                server("mx-dangles", GOOD)
                        .throughMx(new Answer.Exchanger("nobody.example.org"))
                        .waits("4.4.4", notFound + "nobody.example.org type=AAAA: Host not found")
                        .differs(mistake),
                // SAFETY 26: somebody else's MX record, and an alias, get no password
                server("mx-lies", GOOD)
                        .throughMx(new Answer.Exchanger("elsewhere.faults.example.org"))
                        .waits("4.7.5", "Server certificate not verified")
                        .logs("it does not prove domain-{name}, which MX records led from")
                        .differs("SAFETY 26: Postfix sends the password to whoever the MX record names"),
                server("alias", GOOD)
                        .policy("secure")
                        .resolving(new Answer.Alias("smtp.gmail.com", ELSEWHERE))
                        .waits("4.7.5", "Server certificate not verified"),
                server("ipv6-no-route", GOOD).withIpv6("2001:db8::1"),
                server("ipv6-does-not-answer", GOOD).withIpv6(FaultyNetwork.VOID6),
                server("ipv6-alone", GOOD)
                        .resolvingTo("2001:db8::1")
                        .waits("4.4.1", "connect to {name}[2001:db8::1]:587: Network is unreachable"));
    }

    private static final List<FaultRow> ROWS = table();

    /** No row of the table: for {@link #whoNoLongerProvesHisNameGetsNoPassword}. */
    private static final FaultRow IMPOSTOR = server("impostor", GOOD).numbered(ROWS.size() + 1);

    private FaultyNetwork subject;
    private FaultyNetwork reference;
    private Map<String, String> waiting = Map.of();
    private String seen = "";

    @BeforeAll
    void allRowsAtOnce() {
        assumeTrue(Differs.applies(), "Postfix runs beside the product in any case");
        Machine ours = Machine.withCapture();
        // room for all that comes while it does not get to run
        Process capture = ours.start("root", "tcpdump", "-B", "32768", "-i", "any", "-s0", "-U", "-w", CAPTURE);
        ours.awaitUntil("tcpdump reads along", () -> !ours.ownerAndMode(CAPTURE).equals("none"));
        List<FaultRow> all = new ArrayList<>(ROWS);
        all.add(IMPOSTOR);
        subject = FaultyNetwork.on(ours, all);
        reference = FaultyNetwork.on(Machine.server("servers"), ROWS);
        both(network -> {
            network.send(ROWS);
            await(network, "a first attempt", (row, id) -> !network.outcomes(id).isEmpty());
        });
        List<String> whoWait = ROWS.stream()
                .filter(row -> row.fate() == Fate.WAITS || row.fate() == Fate.HELD)
                .map(FaultRow::sender)
                .toList();
        ours.awaitUntil(
                "mailq has a reason for each that waits",
                () -> subject.reasons().keySet().containsAll(whoWait));
        waiting = subject.reasons();
        both(network -> {
            network.mend();
            deliverTheRest(network, (row, id) -> network.isGone(id) || isHeld(network, row));
            network.passwords("-nuevo");
            deliverTheRest(network, (row, id) -> network.isGone(id));
        });
        // the notices too
        ours.awaitEmptyQueue();
        ours.shell("pkill -INT -x tcpdump").succeeded();
        ours.awaitUntil("tcpdump has written all", () -> !capture.isAlive());
        seen = ours.read(CAPTURE);
    }

    private static boolean isHeld(FaultyNetwork network, FaultRow row) {
        return row.fate() == Fate.HELD && network.machine().mta() == Mta.RECADERO;
    }

    /** Flushes until all are as they should be: a crowd may need more than one attempt. */
    private void deliverTheRest(FaultyNetwork network, BiPredicate<FaultRow, String> done) {
        for (int i = 0; i < FLUSHES && !each(network, done); i++) {
            network.machine().exec("root", "", "postqueue", "-f").succeeded();
            LockSupport.parkNanos(BETWEEN_FLUSHES.toNanos());
        }
        await(network, "the rest is delivered", done);
    }

    private boolean each(FaultyNetwork network, BiPredicate<FaultRow, String> condition) {
        return ROWS.stream().allMatch(row -> {
            List<String> ids = network.ids(row);
            return ids.size() == row.messages() && ids.stream().allMatch(id -> condition.test(row, id));
        });
    }

    private void await(FaultyNetwork network, String what, BiPredicate<FaultRow, String> condition) {
        network.machine().awaitUntil(what, () -> each(network, condition), PATIENCE);
    }

    private void both(Consumer<FaultyNetwork> steps) {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> ours = pool.submit(() -> steps.accept(subject));
            Future<?> theirs = pool.submit(() -> steps.accept(reference));
            ours.get();
            theirs.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        }
    }

    @AfterAll
    void close() {
        Stream.of(subject, reference).filter(Objects::nonNull).forEach(FaultyNetwork::close);
    }

    static Stream<FaultRow> rows() {
        return ROWS.stream();
    }

    /** What log and mailq say after the first attempt; Postfix says the same, or the row says why not. */
    @ParameterizedTest
    @MethodSource("rows")
    void saysWhatIsWrong(FaultRow row) {
        if (row.messages() > 1) {
            return;
        }
        String ours = firstOutcome(subject, row);
        assertThat(ours).contains(", " + row.outcome());
        if (row.fate() == Fate.WAITS || row.fate() == Fate.HELD) {
            assertThat(ours).endsWith(" (" + waiting.get(row.sender()) + ")");
        }
        assertThat(subject.machine().read(Machine.MAIL_LOG)).contains(row.alsoLogged());
        String theirs = firstOutcome(reference, row);
        if (row.differs().isEmpty()) {
            assertThat(withoutPlace(ours)).isEqualTo(withoutPlace(theirs));
        } else {
            assertThat(withoutPlace(ours)).as("no difference any more").isNotEqualTo(withoutPlace(theirs));
            Differs.note("smarthost " + row, row.differs());
        }
    }

    private static String firstOutcome(FaultyNetwork network, FaultRow row) {
        return network.outcomes(network.ids(row).getFirst()).getFirst();
    }

    /** Where an end was noticed differs from run to run, and Postfix names the AUTH handshake after EHLO. */
    private static String withoutPlace(String outcome) {
        return outcome.replaceAll(" while (performing|sending|receiving) [^)]*", "");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void nothingIsLostOrDoubled(FaultRow row) {
        List<ScriptedServer.Took> took = subject.took(row);
        List<ScriptedServer.Took> taken =
                took.stream().filter(ScriptedServer.Took::taken).toList();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < (row.fate() == Fate.RETURNED ? 0 : row.messages()); i++) {
            expected.add(row.subject(i));
        }
        assertThat(taken.stream().map(FaultsTest::subjectOf)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(took).allSatisfy(t -> assertThat(t.text()).contains("\n\n" + row.body() + "\n"));
        assertThat(took).allSatisfy(t -> assertThat(t.login()).isIn("", row.login()));
        String notices = Mbox.messages(subject.machine().read("/var/mail/usuario")).stream()
                .map(Object::toString)
                .filter(m -> m.contains("\nTo: " + row.sender() + "\n"))
                .collect(Collectors.joining("\n"));
        if (row.fate() == Fate.RETURNED) {
            assertThat(notices)
                    .containsOnlyOnce("\nSubject: Undelivered Mail Returned to Sender\n")
                    .contains("\nDiagnostic-Code: smtp; 5", "\n" + row.body() + "\n");
        } else {
            assertThat(notices).isEmpty();
        }
    }

    private static String subjectOf(ScriptedServer.Took took) {
        return took.text()
                .lines()
                .filter(l -> l.startsWith("Subject: "))
                .map(l -> l.substring("Subject: ".length()))
                .findFirst()
                .orElse("");
    }

    /** Of what tcpdump saw: no password in any form, no login, no text of a mail; all of it where the configuration states «none». */
    @ParameterizedTest
    @MethodSource("rows")
    void nothingCanBeReadOnTheWay(FaultRow row) {
        List<String> readable = new ArrayList<>();
        for (String secret : List.of(row.secret(), row.secret() + "-nuevo")) {
            readable.addAll(Stream.of(
                            secret,
                            base64(secret),
                            base64("\0" + row.login() + "\0" + secret),
                            base64(row.login() + "\0" + row.login() + "\0" + secret),
                            // its inner part wherever it may begin in a longer text
                            base64("x" + secret).substring(4, 4 + secret.length()),
                            base64("xx" + secret).substring(4, 4 + secret.length()))
                    .filter(seen::contains)
                    .toList());
        }
        boolean body = seen.contains(row.body() + "\r\n");
        if (row.isClear()) {
            assertThat(body).as("tcpdump saw the mail").isTrue();
            assertThat(!readable.isEmpty()).as("tcpdump saw the password").isEqualTo(row.hasAccount());
        } else {
            assertThat(readable).isEmpty();
            assertThat(body).as("the mail was sent in the clear").isFalse();
        }
        assertThat(subject.machine().read(Machine.MAIL_LOG)).doesNotContain(row.secret(), base64(row.secret()));
    }

    /** SAFETY 26: {@code encrypt} asks for no proof, but who gave one once must go on giving it. */
    @Test
    void whoNoLongerProvesHisNameGetsNoPassword() {
        subject.send(List.of(IMPOSTOR));
        subject.machine()
                .awaitUntil(
                        "the first one is sent",
                        () -> subject.ids(IMPOSTOR).size() == 1
                                && subject.isGone(subject.ids(IMPOSTOR).getFirst()));
        subject.behave(IMPOSTOR, GOOD.with("untrusted"));
        // no session of before is kept any more
        Chapter.reload(subject.machine());
        subject.send(List.of(IMPOSTOR));
        subject.machine()
                .awaitUntil(
                        "the second one waits",
                        () -> subject.ids(IMPOSTOR).size() == 2
                                && !subject.outcomes(subject.ids(IMPOSTOR).getLast())
                                        .isEmpty());
        assertThat(subject.outcomes(subject.ids(IMPOSTOR).getLast()).getFirst())
                .endsWith("dsn=4.7.5, status=deferred (Server certificate not verified)");
        assertThat(subject.machine().read(Machine.MAIL_LOG))
                .contains(
                        "proved its name before and no longer does (self-signed certificate): no credentials are sent");
        assertThat(subject.took(IMPOSTOR)).hasSize(1);

        subject.machine().awaitRest();
        subject.behave(IMPOSTOR, GOOD);
        subject.machine().exec("root", "", "postqueue", "-f").succeeded();
        subject.machine()
                .awaitUntil(
                        "the second one is sent",
                        () -> subject.isGone(subject.ids(IMPOSTOR).getLast()));
        assertThat(subject.took(IMPOSTOR)).hasSize(2);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
