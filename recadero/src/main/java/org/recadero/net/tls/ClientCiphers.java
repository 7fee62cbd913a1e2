package org.recadero.net.tls;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Cipher suites by JSSE's names and OpenSSL's. */
final class ClientCiphers {
    private ClientCiphers() {}

    /** Without the suites that have an algorithm of the list. Postfix: smtp_tls_exclude_ciphers. */
    static String[] allowed(String[] suites, List<String> excluded) {
        return Arrays.stream(suites)
                .filter(s -> excluded.stream().noneMatch(e -> has(s, e)))
                .toArray(String[]::new);
    }

    private static boolean has(String suite, String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        String name = "_" + suite + "_";
        return switch (upper) {
            case "ANULL" -> name.contains("_ANON_") || name.contains("_anon_");
            case "ENULL", "NULL" -> name.contains("_NULL_");
            case "KRSA", "RSA" -> suite.startsWith("TLS_RSA_");
            case "KDHE", "DHE", "EDH", "KEDH" -> suite.startsWith("TLS_DHE_");
            case "AES128" -> name.contains("_AES_128_");
            case "AES256" -> name.contains("_AES_256_");
            case "CHACHA20" -> name.contains("_CHACHA20_");
            case "SHA1", "SHA" -> suite.endsWith("_SHA");
            default ->
                openSslName(suite).toUpperCase(Locale.ROOT).equals(upper)
                        || suite.equalsIgnoreCase(word)
                        || name.toUpperCase(Locale.ROOT).contains("_" + upper + "_");
        };
    }

    /** {@code ECDHE-RSA-AES256-GCM-SHA384}; the names of TLS 1.3 are the same in both. */
    static String openSslName(String suite) {
        int with = suite.indexOf("_WITH_");
        if (with < 0) {
            return suite;
        }
        String exchange =
                suite.substring(suite.startsWith("TLS_") ? 4 : 0, with).replace('_', '-');
        String cipher = suite.substring(with + 6)
                .replace("AES_128_CBC", "AES128")
                .replace("AES_256_CBC", "AES256")
                .replace("AES_128", "AES128")
                .replace("AES_256", "AES256")
                .replace("POLY1305_SHA256", "POLY1305")
                .replace('_', '-');
        return exchange.equals("RSA") ? cipher : exchange + "-" + cipher;
    }

    /** Bits of the cipher's key. */
    static int bits(String name) {
        return name.contains("128") ? 128 : 256;
    }
}
