package org.recadero.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.queue.Note;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/** What comes of each row was seen in Postfix 3.7.11. */
class StatusFilterTest {
    private final List<String> log = new ArrayList<>();
    private final StatusFilter filter = filter(Map.of(
            "5.7.0 no", "4.7.0 later",
            "4.4.1 away", "5.4.1  gone  for good ",
            "5.1.1 who", "5.1.6",
            "2.0.0 here", "2.1.5 there",
            "2.0.0 well", "5.0.0 not so",
            "5.3.0 odd", "odd",
            "4.3.0 six", "6.1.1 six"));

    private StatusFilter filter(Map<String, String> rows) {
        LookupTable table = new LookupTable() {
            @Override
            public LookupResult find(String key) {
                if (key.endsWith("broken")) {
                    return new LookupResult.Failed("the table is broken");
                }
                String value = rows.get(key);
                return value == null ? new LookupResult.NotFound() : new LookupResult.Found(value);
            }

            @Override
            public String name() {
                return "inline:{x}";
            }
        };
        MailLog mailLog = new MailLog((severity, tag, text) -> log.add(text), "postfix");
        return new StatusFilter("smtp_delivery_status_filter", List.of(table), "smtp", mailLog);
    }

    private static DeliveryStatus status(String text) {
        return DeliveryStatus.of(
                "none", EnhancedStatusCode.parse(text.substring(0, 5)).orElseThrow(), text.substring(6), Duration.ZERO);
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus s) -> "sent " + s.code() + " " + s.text();
            case Outcome.Deferred(DeliveryStatus s) -> "deferred " + s.code() + " " + s.text();
            case Outcome.Waiting(DeliveryStatus s) -> "waiting " + s.code() + " " + s.text();
            case Outcome.Bounced(DeliveryStatus s) -> "bounced " + s.code() + " " + s.text();
            case Outcome.HandedTo h -> h.toString();
            case Outcome.Expanded e -> e.toString();
            case Outcome.Several s -> s.toString();
        };
    }

    @Test
    void whatFailsMayWaitAndTheOtherWayRound() {
        assertThat(text(filter.of(new Outcome.Bounced(status("5.7.0 no"))))).isEqualTo("deferred 4.7.0 later");
        assertThat(text(filter.of(new Outcome.Deferred(status("4.4.1 away")))))
                .isEqualTo("bounced 5.4.1 gone  for good");
        assertThat(text(filter.of(new Outcome.Waiting(status("4.4.1 away")))))
                .isEqualTo("bounced 5.4.1 gone  for good");
        assertThat(text(filter.of(new Outcome.Bounced(status("5.1.1 who"))))).isEqualTo("bounced 5.1.6 who");
        assertThat(text(filter.of(new Outcome.Sent(status("2.0.0 here"))))).isEqualTo("sent 2.1.5 there");
        assertThat(text(filter.of(new Outcome.Waiting(status("4.4.1 else"))))).isEqualTo("waiting 4.4.1 else");
        assertThat(log).isEmpty();
    }

    @Test
    void noSuccessBecomesAFailureAndNonsenseChangesNothing() {
        assertThat(text(filter.of(new Outcome.Sent(status("2.0.0 well"))))).isEqualTo("sent 2.0.0 well");
        assertThat(text(filter.of(new Outcome.Bounced(status("5.3.0 odd"))))).isEqualTo("bounced 5.3.0 odd");
        assertThat(text(filter.of(new Outcome.Deferred(status("4.3.0 six"))))).isEqualTo("deferred 4.3.0 six");
        assertThat(text(filter.of(new Outcome.Bounced(status("5.3.0 broken"))))).isEqualTo("bounced 5.3.0 broken");
        assertThat(log)
                .containsExactly(
                        "warning: smtp_delivery_status_filter: bad status code: 5.0.0 not so",
                        "warning: smtp_delivery_status_filter: bad status code: odd",
                        "warning: smtp_delivery_status_filter: bad status code: 6.1.1 six",
                        "warning: smtp_delivery_status_filter: the table is broken");
    }

    @Test
    void allThatAnAgentReportsGoesThroughIt() {
        Outcome no = new Outcome.Bounced(status("5.7.0 no"));
        Deliverer agent = new Deliverer() {
            @Override
            public List<Outcome> deliver(List<Delivery> batch) {
                return List.of(no);
            }

            @Override
            public List<Outcome> deliver(List<Delivery> batch, Further further) {
                further.settled(batch.getFirst(), no);
                return List.of(no);
            }

            @Override
            public List<Verification> verify(List<Delivery> batch) {
                return List.of(Verification.of(no));
            }
        };
        Deliverer filtered = filter.around(agent);
        List<Delivery> batch = List.of(delivery());
        List<String> settled = new ArrayList<>();
        assertThat(filtered.deliver(batch).stream().map(StatusFilterTest::text))
                .containsExactly("deferred 4.7.0 later");
        assertThat(filtered.deliver(batch, settledIn(settled)).stream().map(StatusFilterTest::text))
                .containsExactly("deferred 4.7.0 later");
        assertThat(settled).containsExactly("deferred 4.7.0 later");
        assertThat(filtered.verify(batch).getFirst().found().getFirst().text()).isEqualTo("later");
        assertThat(new StatusFilter("x", List.of(), "smtp", filter.log()).around(agent))
                .isSameAs(agent);
    }

    private static Delivery delivery() {
        RecipientState recipient =
                new RecipientState(0, EnvelopeRecipient.of(Address.of("a@example.org")), false, "", false, "");
        QueuedMessage message = new QueuedMessage(
                QueueId.of(1),
                new SubmissionId(1, 1),
                new SubmissionId(2, 1),
                Instant.EPOCH,
                Duration.ZERO,
                0,
                Envelope.of(ReversePath.none(), List.of(recipient.recipient())),
                List.of(recipient),
                QueuedMessage.State.ACTIVE,
                Instant.EPOCH,
                0,
                false,
                false,
                false);
        return new Delivery(message, recipient, "example.org", InputStream::nullInputStream, place -> Note.WRITTEN);
    }

    private static Further settledIn(List<String> settled) {
        return new Further() {
            @Override
            public List<Delivery> next(ReversePath account) {
                return List.of();
            }

            @Override
            public void settled(Delivery delivery, Outcome outcome) {
                settled.add(text(outcome));
            }
        };
    }
}
