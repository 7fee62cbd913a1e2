package org.recadero.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All parameters by name: Postfix's with their recorded defaults ({@code postconf -d} of 3.7.11), and our own. Immutable.
 *
 * <p>What a default depends on the machine for is given when a registry is made.
 */
final class Registry {
    private static final String RECORDED = "postconf-d.txt";

    /** Defaults of ours that differ, each with its reason. */
    private static final Map<String, String> DIFFERENT = Map.of(
            // DIFFERS: the product's own name and version
            "mail_name", "Recadero",
            "mail_version", "0.1.0",
            // DIFFERS: no NIS on a client machine; Postfix adds nis:mail.aliases
            "alias_maps", "hash:/etc/aliases");

    /** Parameters that need not be honoured to keep what they promise; why, in one word each, is in docs/compat. */
    private static final Set<String> HARMLESS = Set.of(
            "biff",
            "readme_directory",
            "compatibility_level",
            "command_directory",
            "daemon_directory",
            "data_directory",
            "sendmail_path",
            "newaliases_path",
            "mailq_path",
            "html_directory",
            "manpage_directory",
            "sample_directory",
            "setgid_group",
            "debug_peer_level",
            "debugger_command",
            "meta_directory",
            "shlib_directory",
            "inet_protocols",
            "mynetworks",
            "smtpd_banner",
            "smtpd_relay_restrictions",
            "local_destination_concurrency_limit",
            "mynetworks_style");

    private final Map<String, String> defaults;

    private Registry(Map<String, String> defaults) {
        this.defaults = defaults;
    }

    /**
     * Reads the recorded defaults.
     *
     * @param hostName what gethostname(2) says
     */
    static Registry load(String hostName) {
        Map<String, String> defaults = new TreeMap<>();
        try (InputStream in = Registry.class.getResourceAsStream(RECORDED)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RECORDED + " is missing");
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int equals = line.indexOf('=');
                defaults.put(
                        line.substring(0, equals).strip(),
                        line.substring(equals + 1).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        defaults.putAll(DIFFERENT);
        // Postfix: postconf(5), myhostname: a name without a dot gets «localdomain»
        String full = hostName.indexOf('.') > 0 ? hostName : hostName + ".localdomain";
        defaults.put("myhostname", full);
        defaults.put("mydomain", "${recadero_domain_of_myhostname}");
        return new Registry(new LinkedHashMap<>(defaults));
    }

    Optional<String> defaultOf(String name) {
        return Optional.ofNullable(defaults.get(name));
    }

    boolean isKnown(String name) {
        return defaults.containsKey(name);
    }

    static boolean isHarmless(String name) {
        return HARMLESS.contains(name);
    }

    Set<String> names() {
        return defaults.keySet();
    }

    /** The known name that is fewest edits away, if that is at most a third of its length. */
    Optional<String> nearest(String name) {
        String best = null;
        int least = Math.max(2, name.length() / 3) + 1;
        for (String known : defaults.keySet()) {
            int distance = distance(name, known, least);
            if (distance < least) {
                least = distance;
                best = known;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Levenshtein's distance, given up where it reaches {@code bound}. */
    private static int distance(String a, String b, int bound) {
        if (Math.abs(a.length() - b.length()) >= bound || a.length() > 200) {
            return bound;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replace, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
