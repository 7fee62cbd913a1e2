package org.recadero.receive.cleanup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.message.AddressField;
import org.recadero.message.AddressList;
import org.recadero.message.AddressText;
import org.recadero.message.FieldName;
import org.recadero.message.MailDate;
import org.recadero.message.MessageScanner;
import org.recadero.message.ParsedAddress;
import org.recadero.rewrite.Rewriter;

/**
 * Writes a message's content as it goes into the queue: Received on top, fields completed and dropped, missing ones at the
 * header's end, the body as it is. Notes what the header says meanwhile. Used by one thread, for one message; holds one field.
 *
 * <p>Postfix: cleanup(8), pickup(8).
 */
final class ContentWriter implements CheckedContent.Writer {
    /** Bound for what is logged of a Message-Id, in bytes. */
    private static final int MAX_LOGGED_BYTES = 1_000;

    /** Bound for a full name in From, in characters. */
    private static final int MAX_NAME_CHARS = 400;

    /** Who reads one of these knows a recipient. */
    private static final Set<FieldName> SHOWN_RECIPIENTS =
            EnumSet.of(FieldName.TO, FieldName.CC, FieldName.RESENT_TO, FieldName.RESENT_CC);

    private final Rules rules;
    private final QueueId id;
    private final Instant arrival;
    private final ZoneId zone;
    private final ReversePath sender;
    private final String fullName;
    private final OutputStream out;
    private final boolean takeRecipients;
    private final Optional<Rewriter> rewriter;
    private final Set<FieldName> seen = EnumSet.noneOf(FieldName.class);
    private final List<String> recipients = new ArrayList<>();
    private final List<String> resentRecipients = new ArrayList<>();
    private final List<LogLine> lines = new ArrayList<>(2);
    private boolean resentRecipientFieldSeen;
    private boolean resent;
    private boolean truncated;
    private int hops;
    private Optional<String> trouble = Optional.empty();

    private record LogLine(boolean resent, String messageId) {}

    ContentWriter(
            Rules rules,
            QueueId id,
            Instant arrival,
            ZoneId zone,
            ReversePath sender,
            String fullName,
            boolean takeRecipients,
            Optional<Rewriter> rewriter,
            OutputStream out) {
        this.rules = rules;
        this.id = id;
        this.arrival = arrival;
        this.zone = zone;
        this.sender = sender;
        this.fullName = fullName;
        this.takeRecipients = takeRecipients;
        this.rewriter = rewriter;
        this.out = out;
    }

    /**
     * What goes above the message's own first field. RFC 5321 §4.4.
     *
     * @param to this writer, or who looks at fields before it
     */
    void begin(NewMessage message, MessageScanner.Listener to) throws IOException {
        for (String field : message.orders().prepend()) {
            own(withoutControls(field), to);
        }
        own(
                switch (message.origin()) {
                    case NewMessage.Origin.User user ->
                        receivedHere(", from userid " + Integer.toUnsignedString(user.uid()));
                    case NewMessage.Origin.MailSystem system -> receivedHere("");
                    case NewMessage.Origin.Network network -> receivedFrom(network, message.recipients());
                },
                to);
        for (String field : message.prepend()) {
            own(withoutControls(field), to);
        }
    }

    private static void own(String field, MessageScanner.Listener to) throws IOException {
        byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
        to.field(bytes, MessageScanner.nameLength(bytes, 0, bytes.length), bytes.length, false);
    }

    private String receivedHere(String from) {
        return "Received: by " + rules.host() + " (" + rules.mailName() + from + ")\n\tid " + id + "; "
                + MailDate.rfc5322(arrival, zone);
    }

    /** RFC 5321 §4.4; the recipient is named where there is only one. */
    private String receivedFrom(NewMessage.Origin.Network network, List<NewMessage.Recipient> recipients) {
        StringBuilder field = new StringBuilder("Received: from ").append(withoutControls(network.from()));
        for (String comment : network.comments()) {
            field.append("\n\t(").append(withoutControls(comment)).append(')');
        }
        field.append("\n\tby ").append(rules.host()).append(" (").append(rules.mailName());
        field.append(") with ").append(network.protocol()).append(" id ").append(id);
        if (recipients.size() == 1) {
            String only = AddressText.external(recipients.getFirst().address());
            field.append("\n\tfor <").append(withoutControls(only)).append(">; ");
        } else {
            field.append(";\n\t");
        }
        return field.append(MailDate.rfc5322(arrival, zone)).toString();
    }

    /** A field that does not come: it counts as a hop all the same, so that a loop ends. */
    @Override
    public void dropped(byte[] bytes, int nameLength, boolean cut) {
        truncated |= cut;
        if (FieldName.isNamed(bytes, nameLength, "received")) {
            hops++;
        }
    }

    @Override
    public void field(byte[] bytes, int nameLength, int length, boolean cut) throws IOException {
        truncated |= cut;
        Optional<FieldName> name = FieldName.of(bytes, nameLength);
        name.ifPresent(known -> note(known, bytes, nameLength, length));
        if (isDropped(bytes, nameLength)) {
            return;
        }
        if (rewriter.isPresent() && name.isPresent() && name.get().holdsAddresses()) {
            List<ParsedAddress> addresses = AddressList.parse(bytes, nameLength + 1, length, rules.tokenLimit());
            AddressMaps.Place place =
                    name.get().namesRecipients() ? AddressMaps.Place.HEADER_RECIPIENT : AddressMaps.Place.HEADER_SENDER;
            AddressField.write(bytes, length, addresses, address -> rewritten(rewriter.get(), place, address), out);
        } else {
            out.write(bytes, 0, length);
        }
        out.write('\n');
    }

    /** Completed, then by the canonical maps; one char a byte. */
    private String rewritten(Rewriter names, AddressMaps.Place place, ParsedAddress address) {
        String completed = names.header(address);
        if (completed.isEmpty() || !rules.maps().changes(place)) {
            return completed;
        }
        Address known;
        try {
            known = Address.of(new String(completed.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            // what is no address is in no map
            return completed;
        }
        return switch (rules.maps().canonical(place, known)) {
            case AddressMaps.Rewritten.Failed(String text) -> {
                trouble = Optional.of(text);
                yield completed;
            }
            case AddressMaps.Rewritten.To(List<Address> one) ->
                one.getFirst().equals(known)
                        ? completed
                        : new String(
                                one.getFirst().internal().getBytes(StandardCharsets.UTF_8),
                                StandardCharsets.ISO_8859_1);
        };
    }

    /** What went wrong with a map, for the log: the message must wait. */
    Optional<String> trouble() {
        return trouble;
    }

    private void note(FieldName name, byte[] bytes, int nameLength, int length) {
        seen.add(name);
        resent |= name.isResent();
        if (name == FieldName.RECEIVED) {
            hops++;
        } else if (name == FieldName.MESSAGE_ID || name == FieldName.RESENT_MESSAGE_ID) {
            lines.add(new LogLine(name.isResent(), value(bytes, nameLength + 1, length)));
        }
        if (takeRecipients && name.givesRecipients()) {
            resentRecipientFieldSeen |= name.isResent();
            List<String> to = name.isResent() ? resentRecipients : recipients;
            for (ParsedAddress address : AddressList.parse(bytes, nameLength + 1, length, Integer.MAX_VALUE)) {
                if (to.size() <= RecipientList.MAX_RECIPIENTS) {
                    to.add(address.text());
                }
            }
        }
    }

    private static String value(byte[] bytes, int from, int to) {
        int begin = from;
        while (begin < to && (bytes[begin] == ' ' || bytes[begin] == '\t' || bytes[begin] == '\n')) {
            begin++;
        }
        int length = Math.min(to - begin, MAX_LOGGED_BYTES);
        return new String(bytes, begin, length, StandardCharsets.UTF_8);
    }

    private boolean isDropped(byte[] bytes, int nameLength) {
        for (String name : rules.dropFields()) {
            if (FieldName.isNamed(bytes, nameLength, name)) {
                return true;
            }
        }
        return false;
    }

    /** RFC 5322 §3.6: the origination date and From are required, Message-Id is wanted; RFC 6409 §8. */
    @Override
    public void headerEnd() throws IOException {
        if (rewriter.isEmpty() && !rules.added().always()) {
            if (!seen.contains(FieldName.MESSAGE_ID)) {
                lines.add(new LogLine(false, "<>"));
            }
            return;
        }
        String prefix = resent ? "Resent-" : "";
        if (!seen.contains(resent ? FieldName.RESENT_MESSAGE_ID : FieldName.MESSAGE_ID)) {
            String messageId = "<" + MailDate.stamp(arrival) + "." + id + "@" + rules.host() + ">";
            line(prefix + "Message-Id: " + messageId);
            lines.add(new LogLine(resent, messageId));
        }
        if (resent && !seen.contains(FieldName.MESSAGE_ID)) {
            lines.add(new LogLine(false, "<>"));
        }
        if (!seen.contains(resent ? FieldName.RESENT_DATE : FieldName.DATE)) {
            line(prefix + "Date: " + MailDate.rfc5322(arrival, zone));
        }
        if (!seen.contains(resent ? FieldName.RESENT_FROM : FieldName.FROM)) {
            line(prefix + "From: " + from());
        }
        if (!rules.added().undisclosed().isEmpty() && Collections.disjoint(seen, SHOWN_RECIPIENTS)) {
            line(rules.added().undisclosed());
        }
    }

    private String from() {
        return switch (sender) {
            case ReversePath.Null none -> "MAILER-DAEMON";
            case ReversePath.Sender known -> {
                String address = known.address().external();
                String name = withoutControls(fullName);
                String cut = name.substring(0, Math.min(name.length(), MAX_NAME_CHARS));
                yield rules.added().from(address, cut);
            }
        };
    }

    @Override
    public void body(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Recipients that the header gives; those of the Resent- fields alone where there are any. */
    List<String> recipients() {
        return resentRecipientFieldSeen ? resentRecipients : recipients;
    }

    /** Whether a field was longer than {@code header_size_limit}. */
    boolean wasTruncated() {
        return truncated;
    }

    /** Received fields, ours included. */
    int hops() {
        return hops;
    }

    /** Says in the log which Message-Id it has, as often as there are fields of that name; each is said once. */
    void log(MailLog log) {
        for (LogLine line : lines) {
            if (line.resent()) {
                log.info("cleanup", id + ": resent-message-id=" + line.messageId());
            } else {
                log.messageId(id, line.messageId());
            }
        }
        lines.clear();
    }

    private void line(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    private static String withoutControls(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(c < ' ' || c == 0x7f ? ' ' : c);
        }
        return clean.toString();
    }
}
