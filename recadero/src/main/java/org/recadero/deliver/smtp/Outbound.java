package org.recadero.deliver.smtp;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.message.AddressField;
import org.recadero.message.AddressList;
import org.recadero.message.FieldName;
import org.recadero.message.MessageScanner;
import org.recadero.message.ParsedAddress;
import org.recadero.net.sasl.Credentials;
import org.recadero.route.OutboundAddresses;
import org.recadero.route.Relay;
import org.recadero.route.Router;

/**
 * Addresses as they leave this machine, of envelope and header: by {@code smtp_generic_maps}, and where {@code
 * recadero_rewrite_local_senders} says so, senders that only this machine knows become the account's address, the origin kept in
 * the display name ({@code "root (cliente)" <pepe@gmail.com>}). Immutable; safe for all threads.
 *
 * <p>Postfix: smtp(8), generic(5). Beyond Postfix: the account's address.
 */
public final class Outbound {
    /** A header beyond this leaves as it is, in bytes. */
    private static final int MOST_HEADER = 1 << 20;

    /** A table failed: the message waits. */
    public static final class TableFailed extends IOException {
        private static final long serialVersionUID = 1L;

        TableFailed(String text) {
            super(text);
        }
    }

    /**
     * One message, rewritten.
     *
     * @param recipients in the order in which they were asked for
     * @param header what stands in the place of the first {@code oldHeaderBytes} of the content
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Rewritten(ReversePath sender, List<Address> recipients, byte[] header, int oldHeaderBytes) {
        InputStream of(InputStream content) throws IOException {
            content.skipNBytes(oldHeaderBytes);
            return new SequenceInputStream(new ByteArrayInputStream(header), content);
        }
    }

    /** An address that only this machine knows, and the account's. */
    private record Mapped(Address origin, Address account) {}

    private final OutboundAddresses addresses;
    private final boolean rewritesLocal;
    private final int tokenLimit;
    private final int fieldLimit;
    private final int lineLimit;

    /** @param configuration with the service's {@code -o} overrides */
    public Outbound(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        this.addresses = new OutboundAddresses(configuration, open);
        this.rewritesLocal = configuration.get(Parameters.RECADERO_REWRITE_LOCAL_SENDERS);
        this.tokenLimit = configuration.get(Parameters.HEADER_ADDRESS_TOKEN_LIMIT);
        this.fieldLimit = configuration.get(Parameters.HEADER_SIZE_LIMIT);
        this.lineLimit = configuration.get(Parameters.LINE_LENGTH_LIMIT);
    }

    /** Whether anything can change on this way. */
    boolean changes(Relay relay) {
        return addresses.hasGenericMaps()
                || (rewritesLocal && relay.credentials().isPresent());
    }

    /**
     * Rewrites one message for a relay.
     *
     * @param account whom the maps by sender were asked for
     * @throws IOException where a table fails ({@link TableFailed}) or the content cannot be read
     */
    Rewritten rewrite(
            Relay relay, ReversePath account, ReversePath sender, List<Address> recipients, InputStream content)
            throws IOException {
        Rules rules = rules(relay, account);
        ReversePath newSender = rules.reversePath(sender);
        List<Address> newRecipients = new ArrayList<>();
        for (Address each : recipients) {
            newRecipients.add(rules.generic(each).orElse(each));
        }
        byte[] head = head(content);
        ByteArrayOutputStream out = new ByteArrayOutputStream(head.length);
        Header header = new Header(rules, out);
        MessageScanner scanner = new MessageScanner(fieldLimit, lineLimit, false, header);
        scanner.feed(head, 0, head.length);
        if (!header.ended) {
            scanner.finish();
        }
        return new Rewritten(newSender, newRecipients, out.toByteArray(), head.length);
    }

    /** Writes fields as they leave through a relay, one after the other; a table that fails throws {@link TableFailed}. */
    MessageScanner.Listener fields(Relay relay, ReversePath account, OutputStream out) {
        return new Header(rules(relay, account), out);
    }

    /**
     * An address as it was first given, as it leaves.
     *
     * @param original perhaps without a domain, perhaps no address at all: then it stays as it is
     * @throws TableFailed where a table does not answer
     */
    String original(String original) throws TableFailed {
        Address address;
        try {
            address = Address.of(original);
        } catch (IllegalArgumentException e) {
            return original;
        }
        return new Rules(Optional.empty()).generic(address).orElse(address).external();
    }

    private Rules rules(Relay relay, ReversePath account) {
        return new Rules(rewritesLocal ? accountAddress(relay, account) : Optional.empty());
    }

    /**
     * The envelope's sender as it leaves through a relay.
     *
     * @param account whom the maps by sender were asked for
     * @throws TableFailed where a table does not answer
     */
    public ReversePath sender(Relay relay, ReversePath account, ReversePath sender) throws TableFailed {
        return rules(relay, account).reversePath(sender);
    }

    /** The account's own address: whom the maps know, else the login where it is one. */
    private Optional<Address> accountAddress(Relay relay, ReversePath account) {
        if (account instanceof ReversePath.Sender(Address address) && !addresses.isOnlyLocal(address)) {
            return relay.credentials().map(c -> address);
        }
        try {
            return relay.credentials()
                    .map(Credentials::login)
                    .filter(l -> l.indexOf('@') > 0)
                    .map(Address::of);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Up to the empty line, that one left out; at most {@link #MOST_HEADER}, and then nothing. */
    private static byte[] head(InputStream content) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int before = '\n';
        for (int b = content.read(); b >= 0; b = content.read()) {
            if (b == '\n' && before == '\n') {
                break;
            }
            if (head.size() >= MOST_HEADER) {
                return new byte[0];
            }
            head.write(b);
            before = b;
        }
        return head.toByteArray();
    }

    /** What becomes of one address. */
    private final class Rules {
        private final Optional<Address> account;

        Rules(Optional<Address> account) {
            this.account = account;
        }

        Optional<Address> generic(Address address) throws TableFailed {
            return switch (addresses.generic(address)) {
                case OutboundAddresses.Answer.Becomes(Address other) -> Optional.of(other);
                case OutboundAddresses.Answer.Stays stays -> Optional.empty();
                case OutboundAddresses.Answer.Failed(String text) -> throw new TableFailed(text);
            };
        }

        /** The account's address for one that only this machine knows; smtp_generic_maps comes first. */
        Optional<Address> local(Address address) throws TableFailed {
            return account.isPresent() && generic(address).isEmpty() && addresses.isOnlyLocal(address)
                    ? account
                    : Optional.empty();
        }

        ReversePath reversePath(ReversePath sender) throws TableFailed {
            return switch (sender) {
                case ReversePath.Null none -> none;
                case ReversePath.Sender(Address address) -> new ReversePath.Sender(sender(address));
            };
        }

        private Address sender(Address address) throws TableFailed {
            Optional<Address> other = generic(address);
            return other.isPresent() ? other.get() : local(address).orElse(address);
        }
    }

    /** Writes the header anew, field by field. */
    private final class Header implements MessageScanner.Listener {
        private final Rules rules;
        private final OutputStream out;
        private boolean ended;

        Header(Rules rules, OutputStream out) {
            this.rules = rules;
            this.out = out;
        }

        @Override
        public void field(byte[] bytes, int nameLength, int length, boolean truncated) throws IOException {
            Optional<FieldName> name = FieldName.of(bytes, nameLength);
            if (name.isPresent() && name.get().holdsAddresses() && !truncated && nameLength < length) {
                addresses(name.get(), bytes, nameLength, length);
            } else {
                out.write(bytes, 0, length);
            }
            out.write('\n');
        }

        private void addresses(FieldName name, byte[] bytes, int nameLength, int length) throws IOException {
            List<ParsedAddress> all = AddressList.parse(bytes, nameLength + 1, length, tokenLimit);
            boolean sender = switch (name) {
                case FROM, SENDER, REPLY_TO, RESENT_FROM, RESENT_SENDER, RESENT_REPLY_TO -> true;
                default -> false;
            };
            if (sender && all.size() == 1 && address(all.getFirst()).isPresent()) {
                Address only = address(all.getFirst()).get();
                Optional<Address> account = rules.local(only);
                if (account.isPresent()) {
                    withOrigin(bytes, nameLength, length, all.getFirst(), new Mapped(only, account.get()));
                    return;
                }
            }
            // looked up first: a table that fails ends all
            IdentityHashMap<ParsedAddress, String> becomes = new IdentityHashMap<>();
            for (ParsedAddress each : all) {
                Optional<Address> address = address(each);
                if (address.isPresent()) {
                    Optional<Address> other = rules.generic(address.get());
                    if (other.isEmpty() && sender) {
                        other = rules.local(address.get());
                    }
                    other.ifPresent(o -> becomes.put(each, octets(o.internal())));
                }
            }
            AddressField.write(bytes, length, all, a -> Objects.requireNonNullElse(becomes.get(a), a.internal()), out);
        }

        /** The field anew: who it was stands in the display name, {@code "Cron Daemon (root@cliente)" <pepe@gmail.com>}. */
        private void withOrigin(byte[] bytes, int nameLength, int length, ParsedAddress parsed, Mapped mapped)
                throws IOException {
            String before = unfolded(bytes, nameLength + 1, parsed.start());
            String behind = unfolded(bytes, parsed.end(), length);
            String phrase = before.endsWith("<")
                    ? before.substring(0, before.length() - 1).strip()
                    : "";
            String origin = octets(mapped.origin().internal());
            String display;
            if (phrase.isEmpty() && behind.length() > 2 && behind.startsWith("(") && behind.endsWith(")")) {
                display = quoted(behind.substring(1, behind.length() - 1) + " (" + origin + ")");
            } else if (phrase.isEmpty()) {
                display = quoted(octets(mapped.origin().local().text()) + " ("
                        + octets(mapped.origin().domain().name()) + ")");
            } else if (isQuoted(phrase)) {
                display = quoted(phrase.substring(1, phrase.length() - 1) + " (" + origin + ")");
            } else {
                // words that stand as they are, encoded ones (RFC 2047 §5) among them, and one more
                display = phrase + " " + quoted("(" + origin + ")");
            }
            String name = new String(bytes, 0, nameLength, StandardCharsets.ISO_8859_1);
            out.write((name + ": " + display + " <" + octets(mapped.account().external()) + ">")
                    .getBytes(StandardCharsets.ISO_8859_1));
        }

        private static String unfolded(byte[] bytes, int from, int to) {
            return new String(bytes, from, Math.max(0, to - from), StandardCharsets.ISO_8859_1)
                    .replaceAll("[\\r\\n]+[ \\t]*", " ")
                    .strip();
        }

        private static boolean isQuoted(String phrase) {
            return phrase.length() > 1
                    && phrase.startsWith("\"")
                    && phrase.indexOf('"', 1) == phrase.length() - 1
                    && phrase.indexOf('\\') < 0;
        }

        @Override
        public void headerEnd() {
            ended = true;
        }

        @Override
        public void body(byte[] bytes, int offset, int length) {
            // the scanner's own empty line; the content has its own
        }
    }

    private static Optional<Address> address(ParsedAddress parsed) {
        try {
            return Optional.of(Address.of(parsed.text()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Text as UTF-8, one char a byte. */
    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
