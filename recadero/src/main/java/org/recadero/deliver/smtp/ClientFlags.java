package org.recadero.deliver.smtp;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.deliver.ServiceFlag;
import org.recadero.envelope.Address;
import org.recadero.envelope.OneLine;
import org.recadero.envelope.ReversePath;

/**
 * What a service's {@code flags=} in master.cf orders: fields on top of what leaves, as a delivery to a mailbox would put them there.
 * Postfix: smtp(8), lmtp(8).
 */
public record ClientFlags(Set<ServiceFlag> flags) {
    /** Postfix: smtp(8), flags. */
    private static final Set<ServiceFlag> KNOWN =
            EnumSet.of(ServiceFlag.DELIVERED_TO, ServiceFlag.ORIGINAL_TO, ServiceFlag.RETURN_PATH, ServiceFlag.FINAL);

    public ClientFlags {
        flags = Set.copyOf(flags);
    }

    static ClientFlags none() {
        return new ClientFlags(Set.of());
    }

    /**
     * Of a service's arguments; options are passed over.
     *
     * @throws ConfigurationException where there is anything else
     */
    public static ClientFlags of(List<String> arguments) throws ConfigurationException {
        Set<ServiceFlag> flags = EnumSet.noneOf(ServiceFlag.class);
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (word.startsWith("-")) {
                i += word.equals("-o") ? 1 : 0;
                continue;
            }
            if (!word.startsWith("flags=")) {
                throw new ConfigurationException("unknown attribute name: " + word);
            }
            flags.addAll(ServiceFlag.of(word.substring("flags=".length()), KNOWN));
        }
        return new ClientFlags(flags);
    }

    boolean has(ServiceFlag flag) {
        return flags.contains(flag);
    }

    /** Whether each recipient has a copy of his own, since it names him. */
    boolean namesRecipient() {
        return has(ServiceFlag.DELIVERED_TO) || has(ServiceFlag.ORIGINAL_TO);
    }

    /**
     * Content with the fields on top.
     *
     * @param original as {@link org.recadero.envelope.EnvelopeRecipient#original}, rewritten
     */
    InputStream onTop(ReversePath sender, String original, Address recipient, InputStream content) {
        StringBuilder fields = new StringBuilder();
        if (has(ServiceFlag.RETURN_PATH)) {
            line(fields, "Return-Path: <" + sender + ">");
        }
        if (has(ServiceFlag.ORIGINAL_TO) && !original.isEmpty()) {
            line(fields, "X-Original-To: " + original);
        }
        if (has(ServiceFlag.DELIVERED_TO)) {
            line(fields, "Delivered-To: " + recipient.external());
        }
        byte[] bytes = fields.toString().getBytes(StandardCharsets.UTF_8);
        return bytes.length == 0
                ? Objects.requireNonNull(content)
                : new SequenceInputStream(new ByteArrayInputStream(bytes), content);
    }

    /** Nothing in an address may begin a new line. */
    private static void line(StringBuilder to, String text) {
        to.append(OneLine.of(text)).append('\n');
    }
}
