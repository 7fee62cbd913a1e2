package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.LocalPart;
import org.recadero.envelope.MailDomain;
import org.recadero.envelope.Notify;
import org.recadero.envelope.OneLine;
import org.recadero.rewrite.Completion;
import org.recadero.rewrite.DuplicateFilter;

/**
 * The recipients of one message: completed, what they stand for, each once. Used by one thread.
 *
 * <p>Postfix: cleanup(8), {@code enable_original_recipient}: two recipients that were given differently are two, even where they
 * come to the same address.
 */
final class RecipientList {
    /** Bound for one message. */
    static final int MAX_RECIPIENTS = 100_000;

    private final Rules rules;
    private final boolean copies;
    private final List<EnvelopeRecipient> recipients = new ArrayList<>();
    private final DuplicateFilter known;
    private Optional<String> trouble = Optional.empty();

    /** @param copies whether {@code recipient_bcc_maps} applies */
    RecipientList(Rules rules, boolean copies) {
        this.rules = rules;
        this.copies = copies;
        this.known = new DuplicateFilter(rules.duplicateFilterLimit());
    }

    List<EnvelopeRecipient> all() {
        return recipients;
    }

    /** What went wrong with a map, for the log: the message must wait. */
    Optional<String> trouble() {
        return trouble;
    }

    boolean isFull() {
        return recipients.size() >= MAX_RECIPIENTS;
    }

    void add(NewMessage.Recipient given) {
        canonical(given).ifPresent(address -> {
            if (copies) {
                each(rules.maps().bccOfRecipient(address), copy -> addSilentCopy(copy.internal()));
            }
        });
    }

    /** A copy of which the sender never hears. Postfix: {@code always_bcc}, {@code recipient_bcc_maps}, header_checks(5) BCC. */
    void addSilentCopy(String address) {
        addCopy(address, Set.of(Notify.NEVER));
    }

    /** A copy of which the sender hears if it fails. Postfix: access(5) BCC. */
    void addCopy(String address) {
        addCopy(address, Set.of());
    }

    /** Somebody who gets a copy, of which nobody gets another. His original address is the canonical one. */
    private void addCopy(String address, Set<Notify> notifyOn) {
        switch (rules.maps().canonical(AddressMaps.Place.ENVELOPE_RECIPIENT, complete(address))) {
            case AddressMaps.Rewritten.Failed(String text) -> trouble = Optional.of(text);
            case AddressMaps.Rewritten.To(List<Address> one) -> {
                NewMessage.Recipient copy = new NewMessage.Recipient(
                        one.getFirst().internal(), Optional.empty(), notifyOn, Optional.empty());
                each(rules.maps().expanded(one.getFirst()), each -> add(each, copy, one.getFirst()));
            }
        }
    }

    /**
     * One in the place of all that are there: he keeps the original address of the first of them in the order of their names.
     * Postfix: qmgr(8), header_checks(5) REDIRECT; no map is asked about him.
     */
    void redirect(String address) {
        recipients.stream()
                .min(Comparator.comparing(each -> each.address().internal()))
                .ifPresent(first -> {
                    recipients.clear();
                    recipients.add(new EnvelopeRecipient(
                            complete(address), first.original(), first.notifyOn(), first.originalRecipient()));
                });
    }

    /** Adds what a recipient stands for; returns his canonical address. */
    private Optional<Address> canonical(NewMessage.Recipient given) {
        return switch (rules.maps().canonical(AddressMaps.Place.ENVELOPE_RECIPIENT, complete(given.address()))) {
            case AddressMaps.Rewritten.Failed(String text) -> {
                trouble = Optional.of(text);
                yield Optional.empty();
            }
            case AddressMaps.Rewritten.To(List<Address> one) -> {
                each(rules.maps().expanded(one.getFirst()), address -> add(address, given, one.getFirst()));
                yield Optional.of(one.getFirst());
            }
        };
    }

    /** Does something with each address, or notes the trouble. */
    void each(AddressMaps.Rewritten rewritten, Consumer<Address> action) {
        switch (rewritten) {
            case AddressMaps.Rewritten.Failed(String text) -> trouble = Optional.of(text);
            case AddressMaps.Rewritten.To(List<Address> to) -> to.forEach(action);
        }
    }

    /**
     * @param canonical the original recipient (RFC 3461 §4.2) where the client named none: completed, before virtual aliases. Postfix:
     *     cleanup(8)
     */
    private void add(Address address, NewMessage.Recipient given, Address canonical) {
        String original = rules.keepOriginal() ? oneLine(given.original().orElse(given.address())) : "";
        String key = address.internal()
                + '\n'
                + original
                + '\n'
                + given.notifyOn()
                + '\n'
                + given.originalRecipient().orElse("");
        if (known.isNew(key)) {
            recipients.add(new EnvelopeRecipient(
                    address,
                    original,
                    given.notifyOn(),
                    given.originalRecipient().or(() -> Optional.of("rfc822;" + canonical.internal()))));
        }
    }

    /**
     * {@code DIFFERS}: Postfix queues {@code user@} and bounces it with «bad address syntax» (5.1.3); here an address that names
     * nobody becomes an unknown user of this host, which is bounced as well (5.1.1).
     */
    private Address complete(String internal) {
        return switch (rules.rewriter().recipient(internal)) {
            case Completion.Complete complete -> complete.address();
            case Completion.Broken broken -> {
                String name = oneLine(internal.isEmpty() ? broken.internal() : internal);
                int most = Math.min(name.length(), LocalPart.MAX_CHARS);
                yield new Address(
                        new LocalPart(name.isEmpty() ? "?" : name.substring(0, most)), new MailDomain(rules.host()));
            }
        };
    }

    private static String oneLine(String text) {
        return OneLine.of(text.substring(0, Math.min(text.length(), EnvelopeRecipient.MAX_ORIGINAL_CHARS)));
    }
}
