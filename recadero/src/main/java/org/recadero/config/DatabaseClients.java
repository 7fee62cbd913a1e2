package org.recadero.config;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names that database tables bring along: {@code ldap:accounts} makes {@code accounts_server_host} known. Postfix:
 * ldap_table(5), mysql_table(5), pgsql_table(5), sqlite_table(5), memcache_table(5), obsolete syntax in main.cf.
 */
final class DatabaseClients {
    private static final Pattern TABLE = Pattern.compile("(ldap|mysql|pgsql|sqlite|memcache):([A-Za-z0-9_-]+)");
    private static final Set<String> SQL = Set.of(
            "query",
            "domain",
            "expansion_limit",
            "result_format",
            "select_field",
            "table",
            "where_field",
            "additional_conditions",
            "result_filter",
            "require_result_set");
    private static final Set<String> SERVER = Set.of(
            "hosts",
            "user",
            "password",
            "dbname",
            "encoding",
            "option_file",
            "option_group",
            "tls_cert_file",
            "tls_key_file",
            "tls_CAfile",
            "tls_CApath",
            "tls_ciphers",
            "tls_verify_cert",
            "select_function",
            "idle_interval",
            "retry_interval");
    private static final Map<String, Set<String>> OWN = Map.of(
            "ldap",
                    Set.of(
                            "server_host",
                            "server_port",
                            "version",
                            "search_base",
                            "timeout",
                            "query_filter",
                            "domain",
                            "result_attribute",
                            "result_format",
                            "result_filter",
                            "special_result_attribute",
                            "terminal_result_attribute",
                            "leaf_result_attribute",
                            "scope",
                            "bind",
                            "bind_dn",
                            "bind_pw",
                            "cache",
                            "cache_expiry",
                            "cache_size",
                            "recursion_limit",
                            "expansion_limit",
                            "size_limit",
                            "dereference",
                            "chase_referrals",
                            "debuglevel",
                            "start_tls",
                            "tls_ca_cert_file",
                            "tls_ca_cert_dir",
                            "tls_cert",
                            "tls_key",
                            "tls_require_cert",
                            "tls_random_file",
                            "tls_cipher_suite",
                            "sasl_mechs",
                            "sasl_realm",
                            "sasl_authz_id",
                            "sasl_minssf"),
            "mysql", SERVER,
            "pgsql", SERVER,
            "sqlite", Set.of("dbpath"),
            "memcache",
                    Set.of(
                            "memcache",
                            "backup",
                            "flags",
                            "ttl",
                            "key_format",
                            "max_try",
                            "retry_pause",
                            "timeout",
                            "line_size_limit",
                            "data_size_limit",
                            "domain"));

    private DatabaseClients() {}

    /** Hands on each of {@code names} that a table in {@code value} brings along. */
    static void parameters(String value, Set<String> names, Consumer<String> found) {
        if (value.indexOf(':') < 0) {
            return;
        }
        Matcher table = TABLE.matcher(value);
        while (table.find()) {
            String type = table.group(1);
            String prefix = table.group(2) + "_";
            for (String name : names) {
                if (name.startsWith(prefix) && has(type, name.substring(prefix.length()))) {
                    found.accept(name);
                }
            }
        }
    }

    private static boolean has(String type, String attribute) {
        return OWN.getOrDefault(type, Set.of()).contains(attribute)
                || (!type.equals("ldap") && !type.equals("memcache") && SQL.contains(attribute));
    }
}
