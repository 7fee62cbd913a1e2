package org.recadero.deliver.smtp;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;

/**
 * What a service's {@code flags=} in master.cf orders: fields on top of what leaves, as a delivery to a mailbox would put them there.
 * Postfix: smtp(8), lmtp(8).
 */
public record ClientFlags(Set<Flag> flags) {
    /** Postfix: smtp(8), flags. */
    enum Flag {
        DELIVERED_TO('D'),
        ORIGINAL_TO('O'),
        RETURN_PATH('R'),
        /** A notice of success says «delivered» (DIFFERS: Postfix 3.7.11 says «relayed» all the same, its manual does not). */
        FINAL('X');

        private final char letter;

        Flag(char letter) {
            this.letter = letter;
        }

        static Optional<Flag> of(char letter) {
            for (Flag flag : values()) {
                if (flag.letter == letter) {
                    return Optional.of(flag);
                }
            }
            return Optional.empty();
        }
    }

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
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (word.startsWith("-")) {
                i += word.equals("-o") ? 1 : 0;
                continue;
            }
            if (!word.startsWith("flags=")) {
                throw new ConfigurationException("unknown attribute name: " + word);
            }
            for (char letter : word.substring("flags=".length()).toCharArray()) {
                flags.add(Flag.of(letter).orElseThrow(() -> new ConfigurationException("unknown flag: " + letter)));
            }
        }
        return new ClientFlags(flags);
    }

    boolean has(Flag flag) {
        return flags.contains(flag);
    }

    /** Whether each recipient has a copy of his own, since it names him. */
    boolean namesRecipient() {
        return has(Flag.DELIVERED_TO) || has(Flag.ORIGINAL_TO);
    }

    /**
     * Content with the fields on top.
     *
     * @param original as {@link org.recadero.envelope.EnvelopeRecipient#original}, rewritten
     */
    InputStream onTop(ReversePath sender, String original, Address recipient, InputStream content) {
        StringBuilder fields = new StringBuilder();
        if (has(Flag.RETURN_PATH)) {
            line(fields, "Return-Path: <" + sender + ">");
        }
        if (has(Flag.ORIGINAL_TO) && !original.isEmpty()) {
            line(fields, "X-Original-To: " + original);
        }
        if (has(Flag.DELIVERED_TO)) {
            line(fields, "Delivered-To: " + recipient.external());
        }
        byte[] bytes = fields.toString().getBytes(StandardCharsets.UTF_8);
        return bytes.length == 0
                ? Objects.requireNonNull(content)
                : new SequenceInputStream(new ByteArrayInputStream(bytes), content);
    }

    /** Nothing in an address may begin a new line. */
    private static void line(StringBuilder to, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            to.append(c < ' ' || c == 0x7f ? '?' : c);
        }
        to.append('\n');
    }
}
