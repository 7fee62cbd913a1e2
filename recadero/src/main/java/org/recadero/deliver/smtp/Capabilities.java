package org.recadero.deliver.smtp;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a server offers (RFC 5321 §4.1.1.1).
 *
 * @param keywords in capitals
 * @param mechanisms of AUTH, in capitals (RFC 4954 §3)
 * @param sizeLimit RFC 1870 in octets; empty where there is none or it was not told
 */
record Capabilities(Set<String> keywords, List<String> mechanisms, OptionalLong sizeLimit) {
    private static final int MOST_MECHANISMS = 100;

    Capabilities {
        keywords = Set.copyOf(keywords);
        mechanisms = List.copyOf(mechanisms);
    }

    /** A server that knows only HELO. */
    static Capabilities none() {
        return new Capabilities(Set.of(), List.of(), OptionalLong.empty());
    }

    /** @param discarded {@code smtp_discard_ehlo_keywords}, in capitals */
    static Capabilities of(ServerReply reply, Set<String> discarded) {
        Set<String> keywords = new HashSet<>();
        Set<String> mechanisms = new LinkedHashSet<>();
        OptionalLong size = OptionalLong.empty();
        for (int i = 1; i < reply.lines().size(); i++) {
            String[] words = reply.rest(i).trim().split("[\\s=]+", -1);
            String keyword = words[0].toUpperCase(Locale.ROOT);
            if (keyword.isEmpty() || discarded.contains(keyword)) {
                continue;
            }
            keywords.add(keyword);
            if (keyword.equals("AUTH")) {
                for (int w = 1; w < words.length && mechanisms.size() < MOST_MECHANISMS; w++) {
                    mechanisms.add(words[w].toUpperCase(Locale.ROOT));
                }
            } else if (keyword.equals("SIZE") && words.length > 1 && words[1].matches("[0-9]{1,18}")) {
                long limit = Long.parseLong(words[1]);
                size = limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit);
            }
        }
        return new Capabilities(keywords, List.copyOf(mechanisms), size);
    }

    boolean has(String keyword) {
        return keywords.contains(keyword);
    }
}
