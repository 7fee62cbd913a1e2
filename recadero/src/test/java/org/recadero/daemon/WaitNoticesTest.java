package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.recadero.bounce.Bounces;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.dispatch.Plan;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.os.KnownUsers;
import org.recadero.os.UserDatabase;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.route.AccountRule;
import org.recadero.route.LoginSenders;
import org.recadero.route.Router;
import org.recadero.table.FakeTable;

/** SAFETY 30: whoever's mail waits is told, in his mailbox here, after 1 h, 1 day, then weekly; else the postmaster is. */
class WaitNoticesTest {
    private static final Instant BEGIN = Instant.parse("2026-11-24T08:00:00Z");
    private final List<String> sent = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final Set<Integer> waiting = new java.util.HashSet<>(Set.of(1001, 1002, 4711));
    private Instant now = BEGIN;

    /** Nobody knows 4711. */
    private static final UserDatabase USERS =
            KnownUsers.of(KnownUsers.user("pepe", 1001), KnownUsers.user("manolo", 1002));

    private WaitNotices notices(Map<String, String> settings) throws Exception {
        Snapshot configuration = Configurations.of(Path.of("/etc/postfix"), settings);
        MailLog log = new MailLog((severity, tag, text) -> {}, "postfix");
        Bounces bounces = new Bounces(
                (NewMessage mail, InputStream content) -> {
                    sent.add(mail.recipients().getFirst().address());
                    texts.add(new String(content.readAllBytes(), StandardCharsets.UTF_8));
                    return new Receipt.Queued(new QueueId("30CF52B60"), 1);
                },
                () -> configuration,
                log,
                ZoneId.of("UTC"));
        Router.TableOpener none = spec -> FakeTable.empty();
        LoginSenders senders = new LoginSenders(configuration, none);
        AccountRule accounts = new AccountRule(
                configuration, List.of(), none, senders, AccountRule.Logins.of(USERS, a -> Optional.empty()));
        Running running = new Running(
                configuration,
                new Plan(configuration, new Router(configuration, none, Set.of()), Map.of(), accounts),
                senders,
                AuthorizedUsers.of(configuration, none));
        return new WaitNotices(bounces, new LocalMailboxes(() -> running, USERS, waiting::contains), log, () -> now);
    }

    private static Map<String, String> here() {
        return Map.of(
                "myhostname", "cliente.example.net",
                "myorigin", "example.net",
                "mydestination", "localhost, cliente.example.net",
                "default_transport", "smtp");
    }

    private static SmtpClients.Wait waitOf(Integer... uids) {
        Set<Optional<Integer>> submitters = new java.util.HashSet<>();
        for (Integer uid : uids) {
            submitters.add(Optional.of(uid));
        }
        return new SmtpClients.Wait("[smtp.example.com]:587", BEGIN, "Connection refused", submitters);
    }

    @Test
    void tellsAfterAnHourADayAndThenWeekly() throws Exception {
        WaitNotices notices = notices(here());
        List<Duration> told = new ArrayList<>();
        for (int minute = 0; minute <= 60 * 24 * 22; minute += 30) {
            now = BEGIN.plus(Duration.ofMinutes(minute));
            int before = sent.size();
            notices.look(List.of(waitOf(1001)));
            if (sent.size() > before) {
                told.add(Duration.between(BEGIN, now));
            }
        }
        assertThat(told)
                .containsExactly(
                        Duration.ofHours(1),
                        Duration.ofDays(1),
                        Duration.ofDays(7),
                        Duration.ofDays(14),
                        Duration.ofDays(21));
        assertThat(sent).hasSize(5);
    }

    /** example.net, the origin, is not here: a notice there would wait with the mail. */
    @Test
    void tellsEachUserInHisMailboxOnThisMachine() throws Exception {
        WaitNotices notices = notices(here());
        now = BEGIN.plus(Duration.ofHours(1));
        notices.look(List.of(waitOf(1001, 1002)));
        assertThat(sent).containsExactlyInAnyOrder("pepe@cliente.example.net", "manolo@cliente.example.net");
        assertThat(texts.getFirst())
                .contains(
                        "Subject: Recadero: mail waits for [smtp.example.com]:587\n",
                        "\n\nSince 2026-11-24T08:00:00Z mail waits: Connection refused\n");
    }

    @Test
    void tellsThePostmasterOfMailOfNoUserHere() throws Exception {
        WaitNotices notices = notices(here());
        now = BEGIN.plus(Duration.ofHours(1));
        notices.look(List.of(waitOf(4711)));
        assertThat(sent).containsExactly("postmaster@cliente.example.net");
        sent.clear();
        notices.look(List.of(new SmtpClients.Wait(
                "pepe at smtp.example.com", BEGIN, "535 no", Set.of(Optional.empty(), Optional.of(1001)))));
        assertThat(sent).containsExactlyInAnyOrder("postmaster@cliente.example.net", "pepe@cliente.example.net");
    }

    @Test
    void tellsNobodyWhoseMailIsGone() throws Exception {
        WaitNotices notices = notices(here());
        waiting.remove(1001);
        now = BEGIN.plus(Duration.ofHours(1));
        notices.look(List.of(waitOf(1001)));
        assertThat(sent).isEmpty();
    }

    @Test
    void tellsNobodyWhereNoMailboxIsHere() throws Exception {
        WaitNotices notices =
                notices(Map.of("myhostname", "cliente.example.net", "mydestination", "", "default_transport", "smtp"));
        now = BEGIN.plus(Duration.ofHours(1));
        notices.look(List.of(waitOf(1001, 4711)));
        assertThat(sent).as("no notice goes over the way that is not there").isEmpty();
    }
}
