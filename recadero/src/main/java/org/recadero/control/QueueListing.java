package org.recadero.control;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * The text of mailq and of {@code postqueue -j}, written message by message; one place for daemon up and down.
 *
 * <p>Postfix: postqueue(1), showq(8). Not for use by more than one thread.
 */
final class QueueListing {
    private static final DateTimeFormatter ARRIVAL = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss", Locale.ROOT);
    /** The column that a reason ends in. */
    private static final int REASON_END = 78;
    /** The column before the recipient. */
    private static final int RECIPIENT_START = 41;

    private final OutputStream out;
    private final ZoneId zone;
    private long messages;
    private long bytes;

    QueueListing(OutputStream out, ZoneId zone) {
        this.out = out;
        this.zone = zone;
    }

    /** DIFFERS: what mail waits for stands above Postfix's list, in parentheses as a reason is. */
    void top(List<String> waits) throws IOException {
        for (String wait : waits) {
            write("(" + OneLine.of(wait) + ")\n");
        }
    }

    /** One message of mailq's list. */
    void text(QueuedMessage message) throws IOException {
        StringBuilder text = new StringBuilder(256);
        if (messages == 0) {
            text.append("-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n");
        }
        messages++;
        bytes += message.sizeBytes();
        String mark = switch (message.state()) {
            case ACTIVE -> "*";
            case HOLD -> "!";
            case INCOMING, DEFERRED -> message.forcedExpiry() ? "#" : " ";
        };
        text.append(String.format(
                Locale.ROOT,
                "%-11s%8d %s  %s%n",
                (message.id().text() + mark).strip(),
                message.sizeBytes(),
                ARRIVAL.format(message.arrival().atZone(zone)),
                sender(message)));
        for (Map.Entry<String, List<String>> reason : byReason(message).entrySet()) {
            if (!reason.getKey().isEmpty()) {
                text.append(("(" + OneLine.of(reason.getKey()) + ")")
                                .indent(0)
                                .stripTrailing()
                                .transform(QueueListing::right))
                        .append('\n');
            }
            for (String recipient : reason.getValue()) {
                text.append(" ".repeat(RECIPIENT_START)).append(recipient).append('\n');
            }
        }
        text.append('\n');
        write(text.toString());
    }

    private static String right(String reason) {
        return reason.length() >= REASON_END ? reason : " ".repeat(REASON_END - reason.length()) + reason;
    }

    private static Map<String, List<String>> byReason(QueuedMessage message) {
        Map<String, List<String>> grouped = new LinkedHashMap<>();
        for (RecipientState recipient : message.recipients()) {
            if (!recipient.done()) {
                grouped.computeIfAbsent(recipient.reason(), r -> new ArrayList<>())
                        .add(OneLine.of(recipient.recipient().address().external()));
            }
        }
        return grouped;
    }

    private static String sender(QueuedMessage message) {
        return switch (message.envelope().sender()) {
            case ReversePath.Null n -> "MAILER-DAEMON";
            case ReversePath.Sender s -> OneLine.of(s.address().external());
        };
    }

    /** mailq's last line. */
    void textEnd() throws IOException {
        if (messages == 0) {
            write("Mail queue is empty\n");
        } else {
            write("-- " + bytes / 1024 + " Kbytes in " + messages + " Request" + (messages == 1 ? "" : "s") + ".\n");
        }
    }

    /** One line of {@code postqueue -j}, with Postfix's blanks. */
    void json(QueuedMessage message) throws IOException {
        StringBuilder line = new StringBuilder(256);
        line.append("{\"queue_name\": ").append(quoted(queueName(message.state())));
        line.append(", \"queue_id\": ").append(quoted(message.id().text()));
        line.append(", \"arrival_time\": ").append(message.arrival().getEpochSecond());
        line.append(", \"message_size\": ").append(message.sizeBytes());
        line.append(", \"forced_expire\": ").append(message.forcedExpiry());
        line.append(", \"sender\": ").append(quoted(sender(message)));
        line.append(", \"recipients\": [");
        String separator = "";
        for (RecipientState recipient : message.recipients()) {
            if (recipient.done()) {
                continue;
            }
            line.append(separator).append("{\"address\": ");
            line.append(quoted(recipient.recipient().address().external()));
            if (!recipient.reason().isEmpty()) {
                line.append(", \"delay_reason\": ").append(quoted(recipient.reason()));
            }
            line.append('}');
            separator = ", ";
        }
        write(line.append("]}\n").toString());
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The directory that Postfix keeps such messages in. */
    static String queueName(QueuedMessage.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
