package org.recadero.log;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.LogSink.Severity;
import org.recadero.status.DeliveryStatus;

/**
 * Formats every line of the mail log, one method for each kind, in Postfix's shape, so that existing log tools keep working.
 * Control characters are replaced here, and nowhere else. Safe for use by many threads.
 *
 * <p>Lines are interface. Postfix: log_adhoc(3), {@code syslog_name}.
 */
public final class MailLog {
    private final LogSink sink;
    private final String syslogName;

    /** @param syslogName what stands before the program: {@code postfix} */
    public MailLog(LogSink sink, String syslogName) {
        this.sink = Objects.requireNonNull(sink);
        this.syslogName = Objects.requireNonNull(syslogName);
    }

    /** The same log under another {@code syslog_name}: a service of master.cf may have its own. */
    public MailLog as(String name) {
        return name.equals(syslogName) ? this : new MailLog(sink, name);
    }

    /** {@code 2EE162B00: uid=0 from=<root>}. */
    public void pickup(QueueId id, int uid, String sender) {
        info("pickup", id + ": uid=" + Integer.toUnsignedString(uid) + " from=<" + sender + ">");
    }

    /** {@code 2EE162B00: message-id=<…>}. */
    public void messageId(QueueId id, String messageId) {
        info("cleanup", id + ": message-id=" + messageId);
    }

    /** {@code 2EE162B00: from=<root@example.net>, size=307, nrcpt=1 (queue active)}. */
    public void active(QueueId id, ReversePath sender, long sizeBytes, int recipients) {
        info("qmgr", id + ": from=<" + sender + ">, size=" + sizeBytes + ", nrcpt=" + recipients + " (queue active)");
    }

    /** {@code 2EE162B00: removed}. */
    public void removed(QueueId id) {
        info("qmgr", id + ": removed");
    }

    /** {@code 2EE162B00: passing <usuario@localhost> to transport=lmtp}. */
    public void passing(QueueId id, Address recipient, String transport) {
        info("local", id + ": passing <" + recipient + "> to transport=" + transport);
    }

    /** {@code 2EE162B00: from=<root@example.net>, status=expired, returned to sender}. */
    public void expired(QueueId id, ReversePath sender, boolean forced) {
        info(
                "qmgr",
                id + ": from=<" + sender + ">, status=" + (forced ? "force-expired" : "expired")
                        + ", returned to sender");
    }

    /** {@code 26BDB2B5E: sender non-delivery notification: 30CF52B60}; what: {@code sender non-delivery notification}. */
    public void notification(QueueId id, String what, QueueId notice) {
        info("bounce", id + ": " + what + ": " + notice);
    }

    /**
     * The line of one attempt for one recipient.
     *
     * @param program the agent: {@code local}, {@code error}
     * @param status {@code sent}, {@code deferred}, {@code bounced}
     * @param beforeQueue arrival until first looked at, the first of the four delays
     * @param inQueue until the agent began, the second
     */
    public void delivery(
            String program,
            QueueId id,
            EnvelopeRecipient recipient,
            DeliveryStatus report,
            Duration beforeQueue,
            Duration inQueue,
            String status) {
        StringBuilder line = new StringBuilder(160);
        Address to = report.recipient().orElse(recipient.address());
        line.append(id).append(": to=<").append(to.external()).append('>');
        if (report.owner().isEmpty()
                && !recipient.original().isEmpty()
                && !recipient.original().equalsIgnoreCase(to.internal())) {
            line.append(", orig_to=<").append(external(recipient.original())).append('>');
        }
        Duration all = beforeQueue.plus(inQueue).plus(report.connect()).plus(report.transmit());
        line.append(", relay=").append(report.relay());
        line.append(", delay=").append(seconds(all));
        line.append(", delays=").append(seconds(beforeQueue));
        line.append('/').append(seconds(inQueue));
        line.append('/').append(seconds(report.connect()));
        line.append('/').append(seconds(report.transmit()));
        line.append(", dsn=").append(report.code());
        line.append(", status=")
                .append(status)
                .append(" (")
                .append(report.text())
                .append(')');
        info(program, line.toString());
    }

    /** An original recipient may lack a domain, or be no address at all: then it stands as it came. */
    private static String external(String original) {
        try {
            return original.indexOf('@') < 0
                    ? new LocalPart(original).external()
                    : Address.of(original).external();
        } catch (IllegalArgumentException e) {
            return original;
        }
    }

    public void info(String program, String text) {
        write(Severity.INFO, program, text);
    }

    /** {@code warning: …}, with the queue id in front where there is one. */
    public void warning(String program, Optional<QueueId> id, String text) {
        write(Severity.WARNING, program, id.map(q -> q + ": ").orElse("") + "warning: " + text);
    }

    public void warning(String program, String text) {
        warning(program, Optional.empty(), text);
    }

    public void error(String program, String text) {
        write(Severity.ERROR, program, "error: " + text);
    }

    public void fatal(String program, String text) {
        write(Severity.FATAL, program, "fatal: " + text);
    }

    private void write(Severity severity, String program, String text) {
        sink.write(severity, syslogName + "/" + program, OneLine.of(text));
    }

    /** Two significant digits after the point, as Postfix: {@code 0.9}, {@code 0.03}, {@code 12}, {@code 0}. */
    static String seconds(Duration duration) {
        long micros = Math.max(0, duration.toNanos() / 1_000);
        if (micros < 10_000) {
            // Postfix: delay_max_resolution (2): nothing finer than a hundredth is printed
            return micros < 5_000 ? "0" : "0.01";
        }
        int digits = micros >= 10_000_000 ? 0 : micros >= 1_000_000 ? 1 : 2;
        return BigDecimal.valueOf(micros, 6)
                .setScale(digits, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
