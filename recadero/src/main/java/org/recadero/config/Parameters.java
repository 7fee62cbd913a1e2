package org.recadero.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The parameters that this program reads, one constant each. Defaults are Postfix's recorded ones, but where {@code DIFFERS}
 * says why not.
 */
public final class Parameters {
    // ---- who and where
    public static final Parameter<String> MYHOSTNAME = hostName("myhostname");
    public static final Parameter<String> MYDOMAIN = hostName("mydomain");
    /** A path as value (/etc/mailname) means the first line of that file. */
    public static final Parameter<String> MYORIGIN = textOrFirstLine("myorigin");
    /** Elements, possibly {@code type:table} or a path; each decides by what it looks like. */
    public static final Parameter<List<String>> MYDESTINATION = list("mydestination");

    public static final Parameter<List<String>> INET_INTERFACES = list("inet_interfaces");
    public static final Parameter<List<String>> INET_PROTOCOLS = list("inet_protocols");
    public static final Parameter<List<String>> PROXY_INTERFACES = list("proxy_interfaces");
    public static final Parameter<String> MAIL_NAME = present("mail_name");
    public static final Parameter<String> MAIL_OWNER = present("mail_owner");
    public static final Parameter<String> QUEUE_DIRECTORY = present("queue_directory");
    public static final Parameter<String> SYSLOG_NAME = present("syslog_name");
    public static final Parameter<Integer> SYSLOG_FACILITY =
            new Parameter<>("syslog_facility", ParameterTypes.SYSLOG_FACILITY, true);
    /** Empty: syslog. */
    public static final Parameter<String> MAILLOG_FILE = text("maillog_file");

    // ---- rewriting
    public static final Parameter<Boolean> APPEND_AT_MYORIGIN = bool("append_at_myorigin");
    public static final Parameter<Boolean> APPEND_DOT_MYDOMAIN = bool("append_dot_mydomain");
    public static final Parameter<Boolean> SWAP_BANGPATH = bool("swap_bangpath");
    public static final Parameter<Boolean> ALLOW_PERCENT_HACK = bool("allow_percent_hack");
    public static final Parameter<Boolean> RESOLVE_DEQUOTED_ADDRESS = bool("resolve_dequoted_address");
    /** Set of delimiter characters; empty: none. */
    public static final Parameter<String> RECIPIENT_DELIMITER = text("recipient_delimiter");

    public static final Parameter<Integer> DUPLICATE_FILTER_LIMIT = number("duplicate_filter_limit", 0);
    public static final Parameter<Boolean> OWNER_REQUEST_SPECIAL = bool("owner_request_special");

    public static final Parameter<String> EMPTY_ADDRESS_RECIPIENT = text("empty_address_recipient");
    public static final Parameter<String> DOUBLE_BOUNCE_SENDER = present("double_bounce_sender");
    public static final Parameter<String> MESSAGE_REJECT_CHARACTERS = text("message_reject_characters");
    public static final Parameter<String> MESSAGE_STRIP_CHARACTERS = text("message_strip_characters");
    public static final Parameter<List<String>> MESSAGE_DROP_HEADERS = list("message_drop_headers");
    public static final Parameter<Boolean> ALWAYS_ADD_MISSING_HEADERS = bool("always_add_missing_headers");
    /** {@code standard} or {@code obsolete}. */
    public static final Parameter<String> HEADER_FROM_FORMAT = text("header_from_format");

    public static final Parameter<String> UNDISCLOSED_RECIPIENTS_HEADER = text("undisclosed_recipients_header");
    /** For header fields of clients that are not {@code local_header_rewrite_clients}; empty: they stay as they are. */
    public static final Parameter<String> REMOTE_HEADER_REWRITE_DOMAIN = text("remote_header_rewrite_domain");

    public static final Parameter<List<String>> LOCAL_HEADER_REWRITE_CLIENTS = list("local_header_rewrite_clients");
    /** What the agents' own are by default. */
    public static final Parameter<List<TableSpec>> DEFAULT_DELIVERY_STATUS_FILTER =
            tables("default_delivery_status_filter");

    public static final Parameter<List<TableSpec>> LOCAL_DELIVERY_STATUS_FILTER =
            tables("local_delivery_status_filter");
    public static final Parameter<List<TableSpec>> PIPE_DELIVERY_STATUS_FILTER = tables("pipe_delivery_status_filter");
    public static final Parameter<List<TableSpec>> SMTP_DELIVERY_STATUS_FILTER = tables("smtp_delivery_status_filter");
    public static final Parameter<List<TableSpec>> LMTP_DELIVERY_STATUS_FILTER = tables("lmtp_delivery_status_filter");
    public static final Parameter<Boolean> ALLOW_MIN_USER = bool("allow_min_user");
    public static final Parameter<Boolean> ENABLE_ORIGINAL_RECIPIENT = bool("enable_original_recipient");
    public static final Parameter<Integer> HOPCOUNT_LIMIT = number("hopcount_limit", 1);
    /** Bytes; 0: no limit. */
    public static final Parameter<Long> MESSAGE_SIZE_LIMIT = bytes("message_size_limit");
    /** Bytes of one header field. */
    public static final Parameter<Integer> HEADER_SIZE_LIMIT = number("header_size_limit", 1);

    public static final Parameter<Integer> LINE_LENGTH_LIMIT = number("line_length_limit", 512);
    public static final Parameter<Integer> HEADER_ADDRESS_TOKEN_LIMIT = number("header_address_token_limit", 1);
    public static final Parameter<Integer> QUEUE_FILE_ATTRIBUTE_COUNT_LIMIT =
            number("queue_file_attribute_count_limit", 1);

    // ---- routing
    public static final Parameter<String> LOCAL_TRANSPORT = text("local_transport");
    public static final Parameter<String> DEFAULT_TRANSPORT = text("default_transport");
    public static final Parameter<String> RELAY_TRANSPORT = text("relay_transport");
    public static final Parameter<String> RELAYHOST = text("relayhost");
    public static final Parameter<List<String>> RELAY_DOMAINS = list("relay_domains");
    public static final Parameter<List<TableSpec>> TRANSPORT_MAPS = tables("transport_maps");
    public static final Parameter<List<TableSpec>> LOCAL_RECIPIENT_MAPS = tables("local_recipient_maps");
    public static final Parameter<List<TableSpec>> ALIAS_MAPS = tables("alias_maps");
    public static final Parameter<List<TableSpec>> ALIAS_DATABASE = tables("alias_database");
    public static final Parameter<String> DEFAULT_DATABASE_TYPE = present("default_database_type");
    public static final Parameter<List<String>> DEFER_TRANSPORTS = list("defer_transports");

    // ---- local delivery
    public static final Parameter<String> MAIL_SPOOL_DIRECTORY = text("mail_spool_directory");
    /** Relative to the home; ends in / for a Maildir; empty: the spool. */
    public static final Parameter<String> HOME_MAILBOX = text("home_mailbox");

    public static final Parameter<List<String>> MAILBOX_DELIVERY_LOCK = list("mailbox_delivery_lock");
    public static final Parameter<Integer> DELIVER_LOCK_ATTEMPTS = number("deliver_lock_attempts", 1);
    public static final Parameter<Duration> DELIVER_LOCK_DELAY = duration("deliver_lock_delay", "s", 1);
    public static final Parameter<Duration> STALE_LOCK_TIME = duration("stale_lock_time", "s", 1);
    /** Bytes; 0: no limit. */
    public static final Parameter<Long> MAILBOX_SIZE_LIMIT = bytes("mailbox_size_limit");

    public static final Parameter<Boolean> STRICT_MAILBOX_OWNERSHIP = bool("strict_mailbox_ownership");
    public static final Parameter<List<String>> PREPEND_DELIVERED_HEADER = list("prepend_delivered_header");
    /** Not expanded: the shell does. Postfix: postconf(5), mailbox_command. */
    public static final Parameter<String> MAILBOX_COMMAND = unexpandedText("mailbox_command");

    public static final Parameter<List<TableSpec>> MAILBOX_COMMAND_MAPS = tables("mailbox_command_maps");
    public static final Parameter<String> MAILBOX_TRANSPORT = text("mailbox_transport");
    public static final Parameter<List<TableSpec>> MAILBOX_TRANSPORT_MAPS = tables("mailbox_transport_maps");
    public static final Parameter<String> FALLBACK_TRANSPORT = text("fallback_transport");
    /** Not expanded: {@code $user} and its like are known at delivery. */
    public static final Parameter<String> LUSER_RELAY = unexpandedText("luser_relay");
    /** Not expanded: {@code $home} and its like are known at delivery. */
    public static final Parameter<List<String>> FORWARD_PATH = unexpandedList("forward_path");

    public static final Parameter<String> DEFAULT_PRIVS = present("default_privs");
    /** {@code alias}, {@code forward}, {@code include}. */
    public static final Parameter<List<String>> ALLOW_MAIL_TO_COMMANDS = list("allow_mail_to_commands");

    public static final Parameter<List<String>> ALLOW_MAIL_TO_FILES = list("allow_mail_to_files");
    public static final Parameter<Duration> COMMAND_TIME_LIMIT = duration("command_time_limit", "s", 1);
    /** The characters that stay; not a list. */
    public static final Parameter<String> COMMAND_EXPANSION_FILTER = text("command_expansion_filter");

    public static final Parameter<Boolean> REQUIRE_HOME_DIRECTORY = bool("require_home_directory");
    public static final Parameter<String> FORWARD_EXPANSION_FILTER = text("forward_expansion_filter");

    public static final Parameter<String> EXECUTION_DIRECTORY_EXPANSION_FILTER =
            text("execution_directory_expansion_filter");
    /** Not expanded: {@code $home} and its like are known at delivery. */
    public static final Parameter<String> COMMAND_EXECUTION_DIRECTORY = unexpandedText("command_execution_directory");

    public static final Parameter<String> LOCAL_COMMAND_SHELL = text("local_command_shell");
    public static final Parameter<List<String>> EXPORT_ENVIRONMENT = list("export_environment");
    public static final Parameter<List<String>> IMPORT_ENVIRONMENT = list("import_environment");
    public static final Parameter<Boolean> EXPAND_OWNER_ALIAS = bool("expand_owner_alias");
    public static final Parameter<List<String>> PROPAGATE_UNMATCHED_EXTENSIONS = list("propagate_unmatched_extensions");
    public static final Parameter<List<TableSpec>> FALLBACK_TRANSPORT_MAPS = tables("fallback_transport_maps");
    public static final Parameter<Boolean> BIFF = bool("biff");

    // ---- queue
    public static final Parameter<Duration> MINIMAL_BACKOFF_TIME = duration("minimal_backoff_time", "s", 1);
    public static final Parameter<Duration> MAXIMAL_BACKOFF_TIME = duration("maximal_backoff_time", "s", 1);
    public static final Parameter<Duration> QUEUE_RUN_DELAY = duration("queue_run_delay", "s", 1);
    public static final Parameter<Duration> MAXIMAL_QUEUE_LIFETIME = duration("maximal_queue_lifetime", "d", 0);
    public static final Parameter<Duration> BOUNCE_QUEUE_LIFETIME = duration("bounce_queue_lifetime", "d", 0);
    /** Bytes that must stay free; 0: no limit of its own. */
    public static final Parameter<Long> QUEUE_MINFREE = bytes("queue_minfree");

    public static final Parameter<Integer> QMGR_MESSAGE_ACTIVE_LIMIT = number("qmgr_message_active_limit", 1);
    public static final Parameter<Integer> LOCAL_DESTINATION_CONCURRENCY_LIMIT =
            number("local_destination_concurrency_limit", 0);
    public static final Parameter<Integer> LOCAL_DESTINATION_RECIPIENT_LIMIT =
            number("local_destination_recipient_limit", 0);

    // ---- bounces
    /** Zero: no warning. */
    public static final Parameter<Duration> DELAY_WARNING_TIME = duration("delay_warning_time", "h", 0);

    public static final Parameter<Boolean> ENABLE_THREADED_BOUNCES = bool("enable_threaded_bounces");
    public static final Parameter<Boolean> CONFIRM_DELAY_CLEARED = bool("confirm_delay_cleared");
    public static final Parameter<List<String>> INTERNAL_MAIL_FILTER_CLASSES = list("internal_mail_filter_classes");
    public static final Parameter<List<String>> RECEIVE_OVERRIDE_OPTIONS = list("receive_override_options");
    public static final Parameter<List<String>> NOTIFY_CLASSES = list("notify_classes");
    public static final Parameter<String> BOUNCE_NOTICE_RECIPIENT = text("bounce_notice_recipient");
    public static final Parameter<String> DELAY_NOTICE_RECIPIENT = text("delay_notice_recipient");
    public static final Parameter<String> ERROR_NOTICE_RECIPIENT = text("error_notice_recipient");
    public static final Parameter<String> TWOBOUNCE_NOTICE_RECIPIENT = text("2bounce_notice_recipient");
    /** Bytes of the original that a bounce carries. */
    public static final Parameter<Long> BOUNCE_SIZE_LIMIT = bytes("bounce_size_limit");

    public static final Parameter<String> BOUNCE_TEMPLATE_FILE = text("bounce_template_file");

    public static final Parameter<Boolean> SOFT_BOUNCE = bool("soft_bounce");

    // ---- SMTP server
    public static final Parameter<String> MYNETWORKS = text("mynetworks");
    public static final Parameter<Boolean> ALLOW_UNTRUSTED_ROUTING = bool("allow_untrusted_routing");
    public static final Parameter<List<String>> PARENT_DOMAIN_MATCHES_SUBDOMAINS =
            list("parent_domain_matches_subdomains");
    public static final Parameter<List<TableSpec>> RELAY_RECIPIENT_MAPS = tables("relay_recipient_maps");
    public static final Parameter<Boolean> SMTPUTF8_ENABLE = bool("smtputf8_enable");
    public static final Parameter<String> SMTPD_REJECT_FOOTER = unexpandedText("smtpd_reject_footer");
    public static final Parameter<List<TableSpec>> SMTPD_REJECT_FOOTER_MAPS = tables("smtpd_reject_footer_maps");
    public static final Parameter<String> SMTPD_BANNER = text("smtpd_banner");
    public static final Parameter<Duration> SMTPD_TIMEOUT = duration("smtpd_timeout", "s", 1);
    public static final Parameter<Duration> SMTPD_STARTTLS_TIMEOUT = duration("smtpd_starttls_timeout", "s", 1);
    public static final Parameter<Duration> SMTPD_ERROR_SLEEP_TIME = duration("smtpd_error_sleep_time", "s", 0);
    public static final Parameter<Integer> SMTPD_SOFT_ERROR_LIMIT = number("smtpd_soft_error_limit", 1);
    public static final Parameter<Integer> SMTPD_HARD_ERROR_LIMIT = number("smtpd_hard_error_limit", 1);
    public static final Parameter<Integer> SMTPD_JUNK_COMMAND_LIMIT = number("smtpd_junk_command_limit", 1);
    public static final Parameter<Integer> SMTPD_RECIPIENT_LIMIT = number("smtpd_recipient_limit", 1);
    public static final Parameter<Integer> SMTPD_RECIPIENT_OVERSHOOT_LIMIT =
            number("smtpd_recipient_overshoot_limit", 1);
    /** 0: no limit. */
    public static final Parameter<Integer> SMTPD_CLIENT_CONNECTION_COUNT_LIMIT =
            number("smtpd_client_connection_count_limit", 0);

    /** 0: no limit. */
    public static final Parameter<Integer> SMTPD_CLIENT_CONNECTION_RATE_LIMIT =
            number("smtpd_client_connection_rate_limit", 0);

    /** 0: no limit. */
    public static final Parameter<Integer> SMTPD_CLIENT_MESSAGE_RATE_LIMIT =
            number("smtpd_client_message_rate_limit", 0);

    /** 0: no limit. */
    public static final Parameter<Integer> SMTPD_CLIENT_RECIPIENT_RATE_LIMIT =
            number("smtpd_client_recipient_rate_limit", 0);

    /** 0: no limit. */
    public static final Parameter<Integer> SMTPD_CLIENT_AUTH_RATE_LIMIT = number("smtpd_client_auth_rate_limit", 0);

    public static final Parameter<List<String>> SMTPD_CLIENT_EVENT_LIMIT_EXCEPTIONS =
            list("smtpd_client_event_limit_exceptions");
    public static final Parameter<Duration> ANVIL_RATE_TIME_UNIT = duration("anvil_rate_time_unit", "s", 1);
    public static final Parameter<Boolean> SMTPD_PEERNAME_LOOKUP = bool("smtpd_peername_lookup");
    public static final Parameter<Boolean> SMTPD_CLIENT_PORT_LOGGING = bool("smtpd_client_port_logging");
    public static final Parameter<Boolean> SMTPD_HELO_REQUIRED = bool("smtpd_helo_required");
    public static final Parameter<Boolean> SMTPD_DELAY_REJECT = bool("smtpd_delay_reject");
    public static final Parameter<Boolean> DISABLE_VRFY_COMMAND = bool("disable_vrfy_command");
    public static final Parameter<List<String>> SMTPD_CLIENT_RESTRICTIONS = list("smtpd_client_restrictions");
    public static final Parameter<List<String>> SMTPD_HELO_RESTRICTIONS = list("smtpd_helo_restrictions");
    public static final Parameter<List<String>> SMTPD_SENDER_RESTRICTIONS = list("smtpd_sender_restrictions");
    public static final Parameter<List<String>> SMTPD_RELAY_RESTRICTIONS = list("smtpd_relay_restrictions");
    public static final Parameter<List<String>> SMTPD_RECIPIENT_RESTRICTIONS = list("smtpd_recipient_restrictions");
    public static final Parameter<Integer> SMTPD_HISTORY_FLUSH_THRESHOLD = number("smtpd_history_flush_threshold", 1);
    public static final Parameter<List<String>> SMTPD_RESTRICTION_CLASSES = list("smtpd_restriction_classes");
    public static final Parameter<List<String>> SMTPD_DATA_RESTRICTIONS = list("smtpd_data_restrictions");
    public static final Parameter<List<String>> SMTPD_END_OF_DATA_RESTRICTIONS = list("smtpd_end_of_data_restrictions");
    public static final Parameter<Boolean> SMTPD_RELAY_BEFORE_RECIPIENT_RESTRICTIONS =
            bool("smtpd_relay_before_recipient_restrictions");
    public static final Parameter<Boolean> SMTPD_REJECT_UNLISTED_RECIPIENT = bool("smtpd_reject_unlisted_recipient");
    public static final Parameter<Boolean> SMTPD_REJECT_UNLISTED_SENDER = bool("smtpd_reject_unlisted_sender");
    public static final Parameter<String> SMTPD_NULL_ACCESS_LOOKUP_KEY = text("smtpd_null_access_lookup_key");
    public static final Parameter<List<String>> SMTPD_FORBIDDEN_COMMANDS = list("smtpd_forbidden_commands");
    public static final Parameter<List<String>> SMTPD_NOOP_COMMANDS = list("smtpd_noop_commands");
    public static final Parameter<List<String>> SMTPD_DISCARD_EHLO_KEYWORDS = list("smtpd_discard_ehlo_keywords");
    /** {@code no}, {@code yes}, {@code normalize}, {@code reject}. */
    public static final Parameter<String> SMTPD_FORBID_BARE_NEWLINE = present("smtpd_forbid_bare_newline");

    public static final Parameter<List<String>> SMTPD_FORBID_BARE_NEWLINE_EXCLUSIONS =
            list("smtpd_forbid_bare_newline_exclusions");
    public static final Parameter<Integer> SMTPD_FORBID_BARE_NEWLINE_REJECT_CODE =
            number("smtpd_forbid_bare_newline_reject_code", 400);
    public static final Parameter<Boolean> SMTPD_FORBID_UNAUTH_PIPELINING = bool("smtpd_forbid_unauth_pipelining");
    public static final Parameter<Boolean> SHOW_USER_UNKNOWN_TABLE_NAME = bool("show_user_unknown_table_name");
    public static final Parameter<Integer> ACCESS_MAP_REJECT_CODE = number("access_map_reject_code", 200);
    public static final Parameter<Integer> ACCESS_MAP_DEFER_CODE = number("access_map_defer_code", 200);
    public static final Parameter<Integer> REJECT_CODE = number("reject_code", 200);
    public static final Parameter<Integer> DEFER_CODE = number("defer_code", 200);
    public static final Parameter<Integer> RELAY_DOMAINS_REJECT_CODE = number("relay_domains_reject_code", 200);
    public static final Parameter<Integer> INVALID_HOSTNAME_REJECT_CODE = number("invalid_hostname_reject_code", 200);
    public static final Parameter<Integer> NON_FQDN_REJECT_CODE = number("non_fqdn_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_ADDRESS_REJECT_CODE = number("unknown_address_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_CLIENT_REJECT_CODE = number("unknown_client_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_HOSTNAME_REJECT_CODE = number("unknown_hostname_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_LOCAL_RECIPIENT_REJECT_CODE =
            number("unknown_local_recipient_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_RELAY_RECIPIENT_REJECT_CODE =
            number("unknown_relay_recipient_reject_code", 200);
    public static final Parameter<Integer> UNKNOWN_VIRTUAL_ALIAS_REJECT_CODE =
            number("unknown_virtual_alias_reject_code", 200);
    public static final Parameter<Integer> PLAINTEXT_REJECT_CODE = number("plaintext_reject_code", 200);
    public static final Parameter<Integer> MULTI_RECIPIENT_BOUNCE_REJECT_CODE =
            number("multi_recipient_bounce_reject_code", 200);
    public static final Parameter<Boolean> SMTPD_SASL_AUTH_ENABLE = bool("smtpd_sasl_auth_enable");
    public static final Parameter<Boolean> SMTPD_SASL_AUTHENTICATED_HEADER = bool("smtpd_sasl_authenticated_header");
    public static final Parameter<List<String>> SMTPD_SASL_EXCEPTIONS_NETWORKS = list("smtpd_sasl_exceptions_networks");
    public static final Parameter<String> SMTPD_SASL_PATH = text("smtpd_sasl_path");
    public static final Parameter<String> SMTPD_SASL_SERVICE = text("smtpd_sasl_service");
    public static final Parameter<String> SMTPD_SASL_TYPE = present("smtpd_sasl_type");
    public static final Parameter<Integer> SMTPD_SASL_RESPONSE_LIMIT = number("smtpd_sasl_response_limit", 1);
    public static final Parameter<List<String>> SMTPD_SASL_SECURITY_OPTIONS = list("smtpd_sasl_security_options");
    public static final Parameter<List<String>> SMTPD_SASL_TLS_SECURITY_OPTIONS =
            list("smtpd_sasl_tls_security_options");
    public static final Parameter<Boolean> BROKEN_SASL_AUTH_CLIENTS = bool("broken_sasl_auth_clients");
    public static final Parameter<List<TableSpec>> SMTPD_SENDER_LOGIN_MAPS = tables("smtpd_sender_login_maps");
    public static final Parameter<String> SMTPD_TLS_SECURITY_LEVEL = text("smtpd_tls_security_level");
    public static final Parameter<Boolean> SMTPD_USE_TLS = bool("smtpd_use_tls");
    public static final Parameter<Boolean> SMTPD_ENFORCE_TLS = bool("smtpd_enforce_tls");
    public static final Parameter<Boolean> SMTPD_TLS_WRAPPERMODE = bool("smtpd_tls_wrappermode");
    public static final Parameter<Boolean> SMTPD_TLS_AUTH_ONLY = bool("smtpd_tls_auth_only");
    public static final Parameter<String> SMTPD_TLS_CERT_FILE = text("smtpd_tls_cert_file");
    public static final Parameter<String> SMTPD_TLS_KEY_FILE = text("smtpd_tls_key_file");
    public static final Parameter<String> SMTPD_TLS_ECCERT_FILE = text("smtpd_tls_eccert_file");
    public static final Parameter<String> SMTPD_TLS_ECKEY_FILE = text("smtpd_tls_eckey_file");
    public static final Parameter<List<String>> SMTPD_TLS_CHAIN_FILES = list("smtpd_tls_chain_files");
    public static final Parameter<List<String>> SMTPD_TLS_PROTOCOLS = list("smtpd_tls_protocols");
    public static final Parameter<List<String>> SMTPD_TLS_MANDATORY_PROTOCOLS = list("smtpd_tls_mandatory_protocols");
    public static final Parameter<Boolean> SMTPD_TLS_RECEIVED_HEADER = bool("smtpd_tls_received_header");
    public static final Parameter<Integer> SMTPD_TLS_LOGLEVEL = number("smtpd_tls_loglevel", 0);
    // ---- SMTP out
    public static final Parameter<Integer> DEFAULT_DESTINATION_CONCURRENCY_LIMIT =
            number("default_destination_concurrency_limit", 0);
    public static final Parameter<Integer> DEFAULT_DESTINATION_CONCURRENCY_FAILED_COHORT_LIMIT =
            number("default_destination_concurrency_failed_cohort_limit", 0);
    public static final Parameter<String> DEFAULT_DESTINATION_CONCURRENCY_POSITIVE_FEEDBACK =
            text("default_destination_concurrency_positive_feedback");
    public static final Parameter<String> DEFAULT_DESTINATION_CONCURRENCY_NEGATIVE_FEEDBACK =
            text("default_destination_concurrency_negative_feedback");
    public static final Parameter<Duration> DEFAULT_DESTINATION_RATE_DELAY =
            duration("default_destination_rate_delay", "s", 0);
    public static final Parameter<Duration> DEFAULT_TRANSPORT_RATE_DELAY =
            duration("default_transport_rate_delay", "s", 0);
    public static final Parameter<Integer> INITIAL_DESTINATION_CONCURRENCY =
            number("initial_destination_concurrency", 0);
    public static final Parameter<Integer> DEFAULT_DESTINATION_RECIPIENT_LIMIT =
            number("default_destination_recipient_limit", 0);
    public static final Parameter<Boolean> SMTP_ALWAYS_SEND_EHLO = bool("smtp_always_send_ehlo");
    public static final Parameter<Boolean> SMTP_SKIP_5XX_GREETING = bool("smtp_skip_5xx_greeting");
    public static final Parameter<Boolean> SMTP_SKIP_QUIT_RESPONSE = bool("smtp_skip_quit_response");
    public static final Parameter<Boolean> SMTP_RANDOMIZE_ADDRESSES = bool("smtp_randomize_addresses");
    public static final Parameter<Boolean> SMTP_USE_TLS = bool("smtp_use_tls");
    public static final Parameter<Boolean> SMTP_ENFORCE_TLS = bool("smtp_enforce_tls");
    public static final Parameter<Boolean> SMTP_TLS_ENFORCE_PEERNAME = bool("smtp_tls_enforce_peername");
    public static final Parameter<Boolean> SMTP_TLS_WRAPPERMODE = bool("smtp_tls_wrappermode");
    public static final Parameter<Boolean> SMTP_TLS_NOTE_STARTTLS_OFFER = bool("smtp_tls_note_starttls_offer");
    public static final Parameter<Boolean> SMTP_SASL_AUTH_ENABLE = bool("smtp_sasl_auth_enable");
    public static final Parameter<Boolean> SMTP_SASL_AUTH_SOFT_BOUNCE = bool("smtp_sasl_auth_soft_bounce");
    public static final Parameter<Boolean> SMTP_SENDER_DEPENDENT_AUTHENTICATION =
            bool("smtp_sender_dependent_authentication");
    public static final Parameter<Boolean> DISABLE_MIME_OUTPUT_CONVERSION = bool("disable_mime_output_conversion");
    public static final Parameter<String> SMTP_DNS_SUPPORT_LEVEL = text("smtp_dns_support_level");
    public static final Parameter<Boolean> DISABLE_DNS_LOOKUPS = bool("disable_dns_lookups");
    public static final Parameter<List<String>> SMTP_HOST_LOOKUP = list("smtp_host_lookup");
    public static final Parameter<String> SMTP_ADDRESS_PREFERENCE = text("smtp_address_preference");
    public static final Parameter<String> SMTP_BIND_ADDRESS = text("smtp_bind_address");
    public static final Parameter<String> SMTP_BIND_ADDRESS6 = text("smtp_bind_address6");
    public static final Parameter<String> SMTP_TCP_PORT = text("smtp_tcp_port");
    public static final Parameter<String> SMTP_HELO_NAME = text("smtp_helo_name");
    public static final Parameter<String> SMTP_FALLBACK_RELAY = text("smtp_fallback_relay");
    public static final Parameter<String> SMTP_DISCARD_EHLO_KEYWORDS = text("smtp_discard_ehlo_keywords");
    public static final Parameter<String> SMTP_TLS_SECURITY_LEVEL = text("smtp_tls_security_level");
    public static final Parameter<String> SMTP_TLS_CAFILE = text("smtp_tls_CAfile");
    public static final Parameter<String> SMTP_TLS_CAPATH = text("smtp_tls_CApath");
    public static final Parameter<String> SMTP_TLS_CERT_FILE = text("smtp_tls_cert_file");
    public static final Parameter<String> SMTP_TLS_KEY_FILE = text("smtp_tls_key_file");
    public static final Parameter<String> SMTP_TLS_TRUST_ANCHOR_FILE = text("smtp_tls_trust_anchor_file");
    public static final Parameter<String> SMTP_TLS_SERVERNAME = text("smtp_tls_servername");
    public static final Parameter<String> SMTP_TLS_CIPHERS = text("smtp_tls_ciphers");
    public static final Parameter<String> SMTP_TLS_MANDATORY_CIPHERS = text("smtp_tls_mandatory_ciphers");
    public static final Parameter<String> SMTP_TLS_EXCLUDE_CIPHERS = text("smtp_tls_exclude_ciphers");
    public static final Parameter<String> SMTP_TLS_MANDATORY_EXCLUDE_CIPHERS =
            text("smtp_tls_mandatory_exclude_ciphers");
    public static final Parameter<String> SMTP_TLS_VERIFY_CERT_MATCH = text("smtp_tls_verify_cert_match");
    public static final Parameter<String> SMTP_TLS_SECURE_CERT_MATCH = text("smtp_tls_secure_cert_match");
    public static final Parameter<String> SMTP_TLS_FINGERPRINT_CERT_MATCH = text("smtp_tls_fingerprint_cert_match");
    public static final Parameter<String> SMTP_TLS_FINGERPRINT_DIGEST = text("smtp_tls_fingerprint_digest");
    public static final Parameter<String> EMPTY_ADDRESS_RELAYHOST_MAPS_LOOKUP_KEY =
            text("empty_address_relayhost_maps_lookup_key");
    public static final Parameter<String> EMPTY_ADDRESS_DEFAULT_TRANSPORT_MAPS_LOOKUP_KEY =
            text("empty_address_default_transport_maps_lookup_key");
    public static final Parameter<List<String>> SMTP_SASL_MECHANISM_FILTER = list("smtp_sasl_mechanism_filter");
    public static final Parameter<List<String>> SMTP_SASL_SECURITY_OPTIONS = list("smtp_sasl_security_options");
    public static final Parameter<List<String>> SMTP_SASL_TLS_SECURITY_OPTIONS = list("smtp_sasl_tls_security_options");
    public static final Parameter<List<String>> SMTP_SASL_TLS_VERIFIED_SECURITY_OPTIONS =
            list("smtp_sasl_tls_verified_security_options");
    public static final Parameter<List<String>> SMTP_TLS_PROTOCOLS = list("smtp_tls_protocols");
    public static final Parameter<List<String>> SMTP_TLS_MANDATORY_PROTOCOLS = list("smtp_tls_mandatory_protocols");
    public static final Parameter<List<TableSpec>> SMTP_SASL_PASSWORD_MAPS = tables("smtp_sasl_password_maps");
    /** Our own: logins whose secret is an OAuth token. */
    public static final Parameter<List<TableSpec>> RECADERO_SMTP_SASL_TOKEN_MAPS =
            tables("recadero_smtp_sasl_token_maps");

    public static final Parameter<List<TableSpec>> SMTP_TLS_POLICY_MAPS = tables("smtp_tls_policy_maps");
    public static final Parameter<List<TableSpec>> SENDER_DEPENDENT_RELAYHOST_MAPS =
            tables("sender_dependent_relayhost_maps");
    public static final Parameter<List<TableSpec>> SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS =
            tables("sender_dependent_default_transport_maps");
    public static final Parameter<Integer> SMTP_TLS_LOGLEVEL = number("smtp_tls_loglevel", 0);
    public static final Parameter<Integer> SMTP_MX_ADDRESS_LIMIT = number("smtp_mx_address_limit", 0);
    public static final Parameter<Integer> SMTP_MX_SESSION_LIMIT = number("smtp_mx_session_limit", 0);
    public static final Parameter<Integer> SMTP_LINE_LENGTH_LIMIT = number("smtp_line_length_limit", 0);
    public static final Parameter<Integer> SMTP_CONNECTION_REUSE_COUNT_LIMIT =
            number("smtp_connection_reuse_count_limit", 0);
    public static final Parameter<Duration> SMTP_CONNECT_TIMEOUT = duration("smtp_connect_timeout", "s", 0);
    public static final Parameter<Duration> SMTP_HELO_TIMEOUT = duration("smtp_helo_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_MAIL_TIMEOUT = duration("smtp_mail_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_RCPT_TIMEOUT = duration("smtp_rcpt_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_DATA_INIT_TIMEOUT = duration("smtp_data_init_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_DATA_XFER_TIMEOUT = duration("smtp_data_xfer_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_DATA_DONE_TIMEOUT = duration("smtp_data_done_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_RSET_TIMEOUT = duration("smtp_rset_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_QUIT_TIMEOUT = duration("smtp_quit_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_STARTTLS_TIMEOUT = duration("smtp_starttls_timeout", "s", 1);
    public static final Parameter<Duration> SMTP_CONNECTION_CACHE_TIME_LIMIT =
            duration("smtp_connection_cache_time_limit", "s", 1);
    public static final Parameter<Duration> SMTP_CONNECTION_REUSE_TIME_LIMIT =
            duration("smtp_connection_reuse_time_limit", "s", 1);
    public static final Parameter<Duration> SMTP_TLS_SESSION_CACHE_TIMEOUT =
            duration("smtp_tls_session_cache_timeout", "s", 0);
    public static final Parameter<String> RECADERO_SASL_PASSWORD_TRAILING_COMMENT =
            text("recadero_sasl_password_trailing_comment");

    // ---- other addresses in their place
    public static final Parameter<List<TableSpec>> CANONICAL_MAPS = tables("canonical_maps");
    public static final Parameter<List<String>> CANONICAL_CLASSES = list("canonical_classes");
    public static final Parameter<List<TableSpec>> SENDER_CANONICAL_MAPS = tables("sender_canonical_maps");
    public static final Parameter<List<String>> SENDER_CANONICAL_CLASSES = list("sender_canonical_classes");
    public static final Parameter<List<TableSpec>> RECIPIENT_CANONICAL_MAPS = tables("recipient_canonical_maps");
    public static final Parameter<List<String>> RECIPIENT_CANONICAL_CLASSES = list("recipient_canonical_classes");
    public static final Parameter<List<TableSpec>> VIRTUAL_ALIAS_MAPS = tables("virtual_alias_maps");
    /** Domains in which only {@code virtual_alias_maps} says who exists. */
    public static final Parameter<List<String>> VIRTUAL_ALIAS_DOMAINS = list("virtual_alias_domains");

    public static final Parameter<List<TableSpec>> RELOCATED_MAPS = tables("relocated_maps");
    public static final Parameter<Integer> VIRTUAL_ALIAS_EXPANSION_LIMIT = number("virtual_alias_expansion_limit", 1);
    public static final Parameter<Integer> VIRTUAL_ALIAS_RECURSION_LIMIT = number("virtual_alias_recursion_limit", 1);

    public static final Parameter<String> ALWAYS_BCC = text("always_bcc");
    public static final Parameter<List<TableSpec>> SENDER_BCC_MAPS = tables("sender_bcc_maps");
    public static final Parameter<List<TableSpec>> RECIPIENT_BCC_MAPS = tables("recipient_bcc_maps");

    public static final Parameter<List<String>> MASQUERADE_DOMAINS = list("masquerade_domains");
    public static final Parameter<List<String>> MASQUERADE_CLASSES = list("masquerade_classes");
    public static final Parameter<List<String>> MASQUERADE_EXCEPTIONS = list("masquerade_exceptions");

    // ---- what content is looked at
    public static final Parameter<List<TableSpec>> HEADER_CHECKS = tables("header_checks");
    public static final Parameter<List<TableSpec>> MIME_HEADER_CHECKS = tables("mime_header_checks");
    public static final Parameter<List<TableSpec>> NESTED_HEADER_CHECKS = tables("nested_header_checks");
    public static final Parameter<List<TableSpec>> BODY_CHECKS = tables("body_checks");
    /** Bytes of each body; 0: all. */
    public static final Parameter<Integer> BODY_CHECKS_SIZE_LIMIT = number("body_checks_size_limit", 0);

    public static final Parameter<Integer> MIME_NESTING_LIMIT = number("mime_nesting_limit", 1);
    public static final Parameter<Integer> MIME_BOUNDARY_LENGTH_LIMIT = number("mime_boundary_length_limit", 1);
    public static final Parameter<Boolean> DISABLE_MIME_INPUT_PROCESSING = bool("disable_mime_input_processing");

    // ---- whose account
    public static final Parameter<List<TableSpec>> SMTP_GENERIC_MAPS = tables("smtp_generic_maps");
    public static final Parameter<Boolean> LMTP_ASSUME_FINAL = bool("lmtp_assume_final");
    public static final Parameter<List<TableSpec>> SMTP_HEADER_CHECKS = tables("smtp_header_checks");
    public static final Parameter<List<TableSpec>> SMTP_MIME_HEADER_CHECKS = tables("smtp_mime_header_checks");
    public static final Parameter<List<TableSpec>> SMTP_NESTED_HEADER_CHECKS = tables("smtp_nested_header_checks");
    public static final Parameter<List<TableSpec>> SMTP_BODY_CHECKS = tables("smtp_body_checks");

    /** Whether an address that only this machine knows becomes the account's where mail leaves through one. */
    public static final Parameter<Boolean> RECADERO_REWRITE_LOCAL_SENDERS = bool("recadero_rewrite_local_senders");

    /** Whether time in which nobody could be asked counts against a message's lifetime, as in Postfix. */
    public static final Parameter<Boolean> RECADERO_WAITING_USES_LIFETIME = bool("recadero_waiting_uses_lifetime");

    /** Whether the From field chooses the account where the envelope has only the login name. */
    public static final Parameter<Boolean> RECADERO_SENDER_FROM_HEADER = bool("recadero_sender_from_header");

    public static final Parameter<List<TableSpec>> LOCAL_LOGIN_SENDER_MAPS = tables("local_login_sender_maps");
    public static final Parameter<String> EMPTY_ADDRESS_LOCAL_LOGIN_SENDER_MAPS_LOOKUP_KEY =
            text("empty_address_local_login_sender_maps_lookup_key");

    // ---- who may what
    public static final Parameter<List<String>> AUTHORIZED_SUBMIT_USERS = list("authorized_submit_users");
    public static final Parameter<List<String>> AUTHORIZED_FLUSH_USERS = list("authorized_flush_users");
    public static final Parameter<List<String>> AUTHORIZED_MAILQ_USERS = list("authorized_mailq_users");

    /** Messages of one user that may wait in the queue (SAFETY 22); 0: no limit. */
    public static final Parameter<Integer> RECADERO_USER_MESSAGE_LIMIT = number("recadero_user_message_limit", 0);

    /** Bytes of one user that may wait in the queue (SAFETY 22); 0: no limit. */
    public static final Parameter<Long> RECADERO_USER_QUEUE_LIMIT = bytes("recadero_user_queue_limit");

    /** Every constant above; a test compares it with the fields. */
    private static final List<Parameter<?>> ALL = List.of(
            MYHOSTNAME,
            MYDOMAIN,
            MYORIGIN,
            MYDESTINATION,
            INET_INTERFACES,
            INET_PROTOCOLS,
            PROXY_INTERFACES,
            MAIL_NAME,
            MAIL_OWNER,
            QUEUE_DIRECTORY,
            SYSLOG_NAME,
            SYSLOG_FACILITY,
            MAILLOG_FILE,
            APPEND_AT_MYORIGIN,
            APPEND_DOT_MYDOMAIN,
            SWAP_BANGPATH,
            ALLOW_PERCENT_HACK,
            RESOLVE_DEQUOTED_ADDRESS,
            RECIPIENT_DELIMITER,
            DUPLICATE_FILTER_LIMIT,
            OWNER_REQUEST_SPECIAL,
            EMPTY_ADDRESS_RECIPIENT,
            DOUBLE_BOUNCE_SENDER,
            MESSAGE_REJECT_CHARACTERS,
            MESSAGE_STRIP_CHARACTERS,
            MESSAGE_DROP_HEADERS,
            ALWAYS_ADD_MISSING_HEADERS,
            HEADER_FROM_FORMAT,
            UNDISCLOSED_RECIPIENTS_HEADER,
            LOCAL_HEADER_REWRITE_CLIENTS,
            REMOTE_HEADER_REWRITE_DOMAIN,
            DEFAULT_DELIVERY_STATUS_FILTER,
            LOCAL_DELIVERY_STATUS_FILTER,
            PIPE_DELIVERY_STATUS_FILTER,
            SMTP_DELIVERY_STATUS_FILTER,
            LMTP_DELIVERY_STATUS_FILTER,
            ALLOW_MIN_USER,
            ENABLE_ORIGINAL_RECIPIENT,
            HOPCOUNT_LIMIT,
            MESSAGE_SIZE_LIMIT,
            HEADER_SIZE_LIMIT,
            LINE_LENGTH_LIMIT,
            HEADER_ADDRESS_TOKEN_LIMIT,
            QUEUE_FILE_ATTRIBUTE_COUNT_LIMIT,
            LOCAL_TRANSPORT,
            DEFAULT_TRANSPORT,
            RELAY_TRANSPORT,
            RELAYHOST,
            RELAY_DOMAINS,
            TRANSPORT_MAPS,
            LOCAL_RECIPIENT_MAPS,
            ALIAS_MAPS,
            ALIAS_DATABASE,
            DEFAULT_DATABASE_TYPE,
            DEFER_TRANSPORTS,
            MAIL_SPOOL_DIRECTORY,
            HOME_MAILBOX,
            MAILBOX_DELIVERY_LOCK,
            DELIVER_LOCK_ATTEMPTS,
            DELIVER_LOCK_DELAY,
            STALE_LOCK_TIME,
            MAILBOX_SIZE_LIMIT,
            STRICT_MAILBOX_OWNERSHIP,
            PREPEND_DELIVERED_HEADER,
            MAILBOX_COMMAND,
            MAILBOX_COMMAND_MAPS,
            MAILBOX_TRANSPORT,
            MAILBOX_TRANSPORT_MAPS,
            FALLBACK_TRANSPORT,
            LUSER_RELAY,
            FORWARD_PATH,
            DEFAULT_PRIVS,
            ALLOW_MAIL_TO_COMMANDS,
            ALLOW_MAIL_TO_FILES,
            COMMAND_TIME_LIMIT,
            COMMAND_EXPANSION_FILTER,
            REQUIRE_HOME_DIRECTORY,
            FORWARD_EXPANSION_FILTER,
            EXECUTION_DIRECTORY_EXPANSION_FILTER,
            COMMAND_EXECUTION_DIRECTORY,
            LOCAL_COMMAND_SHELL,
            EXPORT_ENVIRONMENT,
            IMPORT_ENVIRONMENT,
            EXPAND_OWNER_ALIAS,
            PROPAGATE_UNMATCHED_EXTENSIONS,
            FALLBACK_TRANSPORT_MAPS,
            BIFF,
            MINIMAL_BACKOFF_TIME,
            MAXIMAL_BACKOFF_TIME,
            QUEUE_RUN_DELAY,
            MAXIMAL_QUEUE_LIFETIME,
            BOUNCE_QUEUE_LIFETIME,
            QUEUE_MINFREE,
            QMGR_MESSAGE_ACTIVE_LIMIT,
            LOCAL_DESTINATION_CONCURRENCY_LIMIT,
            LOCAL_DESTINATION_RECIPIENT_LIMIT,
            DELAY_WARNING_TIME,
            ENABLE_THREADED_BOUNCES,
            CONFIRM_DELAY_CLEARED,
            INTERNAL_MAIL_FILTER_CLASSES,
            RECEIVE_OVERRIDE_OPTIONS,
            NOTIFY_CLASSES,
            BOUNCE_NOTICE_RECIPIENT,
            DELAY_NOTICE_RECIPIENT,
            ERROR_NOTICE_RECIPIENT,
            TWOBOUNCE_NOTICE_RECIPIENT,
            BOUNCE_SIZE_LIMIT,
            BOUNCE_TEMPLATE_FILE,
            SOFT_BOUNCE,
            DEFAULT_DESTINATION_CONCURRENCY_LIMIT,
            INITIAL_DESTINATION_CONCURRENCY,
            DEFAULT_DESTINATION_CONCURRENCY_FAILED_COHORT_LIMIT,
            DEFAULT_DESTINATION_CONCURRENCY_POSITIVE_FEEDBACK,
            DEFAULT_DESTINATION_CONCURRENCY_NEGATIVE_FEEDBACK,
            DEFAULT_DESTINATION_RATE_DELAY,
            DEFAULT_TRANSPORT_RATE_DELAY,
            DEFAULT_DESTINATION_RECIPIENT_LIMIT,
            SMTP_ALWAYS_SEND_EHLO,
            SMTP_SKIP_5XX_GREETING,
            SMTP_SKIP_QUIT_RESPONSE,
            SMTP_RANDOMIZE_ADDRESSES,
            SMTP_DNS_SUPPORT_LEVEL,
            DISABLE_DNS_LOOKUPS,
            SMTP_HOST_LOOKUP,
            SMTP_USE_TLS,
            SMTP_ENFORCE_TLS,
            SMTP_TLS_ENFORCE_PEERNAME,
            SMTP_TLS_WRAPPERMODE,
            SMTP_TLS_NOTE_STARTTLS_OFFER,
            SMTP_SASL_AUTH_ENABLE,
            SMTP_SASL_AUTH_SOFT_BOUNCE,
            SMTP_SENDER_DEPENDENT_AUTHENTICATION,
            DISABLE_MIME_OUTPUT_CONVERSION,
            SMTP_ADDRESS_PREFERENCE,
            SMTP_BIND_ADDRESS,
            SMTP_BIND_ADDRESS6,
            SMTP_TCP_PORT,
            SMTP_HELO_NAME,
            SMTP_FALLBACK_RELAY,
            SMTP_DISCARD_EHLO_KEYWORDS,
            SMTP_TLS_SECURITY_LEVEL,
            SMTP_TLS_CAFILE,
            SMTP_TLS_CAPATH,
            SMTP_TLS_CERT_FILE,
            SMTP_TLS_KEY_FILE,
            SMTP_TLS_TRUST_ANCHOR_FILE,
            SMTP_TLS_SERVERNAME,
            SMTP_TLS_CIPHERS,
            SMTP_TLS_MANDATORY_CIPHERS,
            SMTP_TLS_EXCLUDE_CIPHERS,
            SMTP_TLS_MANDATORY_EXCLUDE_CIPHERS,
            SMTP_TLS_VERIFY_CERT_MATCH,
            SMTP_TLS_SECURE_CERT_MATCH,
            SMTP_TLS_FINGERPRINT_CERT_MATCH,
            SMTP_TLS_FINGERPRINT_DIGEST,
            EMPTY_ADDRESS_RELAYHOST_MAPS_LOOKUP_KEY,
            EMPTY_ADDRESS_DEFAULT_TRANSPORT_MAPS_LOOKUP_KEY,
            SMTP_SASL_MECHANISM_FILTER,
            SMTP_SASL_SECURITY_OPTIONS,
            SMTP_SASL_TLS_SECURITY_OPTIONS,
            SMTP_SASL_TLS_VERIFIED_SECURITY_OPTIONS,
            SMTP_TLS_PROTOCOLS,
            SMTP_TLS_MANDATORY_PROTOCOLS,
            SMTP_SASL_PASSWORD_MAPS,
            RECADERO_SMTP_SASL_TOKEN_MAPS,
            SMTP_TLS_POLICY_MAPS,
            SENDER_DEPENDENT_RELAYHOST_MAPS,
            SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS,
            SMTP_TLS_LOGLEVEL,
            SMTP_MX_ADDRESS_LIMIT,
            SMTP_MX_SESSION_LIMIT,
            SMTP_LINE_LENGTH_LIMIT,
            SMTP_CONNECTION_REUSE_COUNT_LIMIT,
            SMTP_CONNECT_TIMEOUT,
            SMTP_HELO_TIMEOUT,
            SMTP_MAIL_TIMEOUT,
            SMTP_RCPT_TIMEOUT,
            SMTP_DATA_INIT_TIMEOUT,
            SMTP_DATA_XFER_TIMEOUT,
            SMTP_DATA_DONE_TIMEOUT,
            SMTP_RSET_TIMEOUT,
            SMTP_QUIT_TIMEOUT,
            SMTP_STARTTLS_TIMEOUT,
            SMTP_CONNECTION_CACHE_TIME_LIMIT,
            SMTP_CONNECTION_REUSE_TIME_LIMIT,
            SMTP_TLS_SESSION_CACHE_TIMEOUT,
            RECADERO_SASL_PASSWORD_TRAILING_COMMENT,
            RECADERO_SENDER_FROM_HEADER,
            CANONICAL_MAPS,
            ALWAYS_BCC,
            SENDER_BCC_MAPS,
            RECIPIENT_BCC_MAPS,
            CANONICAL_CLASSES,
            SENDER_CANONICAL_MAPS,
            SENDER_CANONICAL_CLASSES,
            RECIPIENT_CANONICAL_MAPS,
            RECIPIENT_CANONICAL_CLASSES,
            VIRTUAL_ALIAS_MAPS,
            VIRTUAL_ALIAS_DOMAINS,
            RELOCATED_MAPS,
            VIRTUAL_ALIAS_EXPANSION_LIMIT,
            VIRTUAL_ALIAS_RECURSION_LIMIT,
            MASQUERADE_DOMAINS,
            MASQUERADE_CLASSES,
            MASQUERADE_EXCEPTIONS,
            HEADER_CHECKS,
            MIME_HEADER_CHECKS,
            NESTED_HEADER_CHECKS,
            BODY_CHECKS,
            BODY_CHECKS_SIZE_LIMIT,
            MIME_NESTING_LIMIT,
            MIME_BOUNDARY_LENGTH_LIMIT,
            DISABLE_MIME_INPUT_PROCESSING,
            SMTP_GENERIC_MAPS,
            LMTP_ASSUME_FINAL,
            SMTP_HEADER_CHECKS,
            SMTP_MIME_HEADER_CHECKS,
            SMTP_NESTED_HEADER_CHECKS,
            SMTP_BODY_CHECKS,
            RECADERO_REWRITE_LOCAL_SENDERS,
            RECADERO_WAITING_USES_LIFETIME,
            LOCAL_LOGIN_SENDER_MAPS,
            EMPTY_ADDRESS_LOCAL_LOGIN_SENDER_MAPS_LOOKUP_KEY,
            MYNETWORKS,
            ALLOW_UNTRUSTED_ROUTING,
            PARENT_DOMAIN_MATCHES_SUBDOMAINS,
            RELAY_RECIPIENT_MAPS,
            SMTPUTF8_ENABLE,
            SMTPD_REJECT_FOOTER,
            SMTPD_REJECT_FOOTER_MAPS,
            SMTPD_BANNER,
            SMTPD_TIMEOUT,
            SMTPD_STARTTLS_TIMEOUT,
            SMTPD_ERROR_SLEEP_TIME,
            SMTPD_SOFT_ERROR_LIMIT,
            SMTPD_HARD_ERROR_LIMIT,
            SMTPD_JUNK_COMMAND_LIMIT,
            SMTPD_RECIPIENT_LIMIT,
            SMTPD_RECIPIENT_OVERSHOOT_LIMIT,
            SMTPD_CLIENT_CONNECTION_COUNT_LIMIT,
            SMTPD_CLIENT_CONNECTION_RATE_LIMIT,
            SMTPD_CLIENT_MESSAGE_RATE_LIMIT,
            SMTPD_CLIENT_RECIPIENT_RATE_LIMIT,
            SMTPD_CLIENT_AUTH_RATE_LIMIT,
            SMTPD_CLIENT_EVENT_LIMIT_EXCEPTIONS,
            ANVIL_RATE_TIME_UNIT,
            SMTPD_PEERNAME_LOOKUP,
            SMTPD_CLIENT_PORT_LOGGING,
            SMTPD_HELO_REQUIRED,
            SMTPD_DELAY_REJECT,
            DISABLE_VRFY_COMMAND,
            SMTPD_CLIENT_RESTRICTIONS,
            SMTPD_HELO_RESTRICTIONS,
            SMTPD_SENDER_RESTRICTIONS,
            SMTPD_RELAY_RESTRICTIONS,
            SMTPD_RECIPIENT_RESTRICTIONS,
            SMTPD_RESTRICTION_CLASSES,
            SMTPD_HISTORY_FLUSH_THRESHOLD,
            SMTPD_DATA_RESTRICTIONS,
            SMTPD_END_OF_DATA_RESTRICTIONS,
            SMTPD_RELAY_BEFORE_RECIPIENT_RESTRICTIONS,
            SMTPD_REJECT_UNLISTED_RECIPIENT,
            SMTPD_REJECT_UNLISTED_SENDER,
            SMTPD_NULL_ACCESS_LOOKUP_KEY,
            SMTPD_FORBIDDEN_COMMANDS,
            SMTPD_NOOP_COMMANDS,
            SMTPD_DISCARD_EHLO_KEYWORDS,
            SMTPD_FORBID_BARE_NEWLINE,
            SMTPD_FORBID_BARE_NEWLINE_EXCLUSIONS,
            SMTPD_FORBID_BARE_NEWLINE_REJECT_CODE,
            SMTPD_FORBID_UNAUTH_PIPELINING,
            SHOW_USER_UNKNOWN_TABLE_NAME,
            ACCESS_MAP_REJECT_CODE,
            ACCESS_MAP_DEFER_CODE,
            REJECT_CODE,
            DEFER_CODE,
            RELAY_DOMAINS_REJECT_CODE,
            INVALID_HOSTNAME_REJECT_CODE,
            NON_FQDN_REJECT_CODE,
            UNKNOWN_ADDRESS_REJECT_CODE,
            UNKNOWN_CLIENT_REJECT_CODE,
            UNKNOWN_HOSTNAME_REJECT_CODE,
            UNKNOWN_LOCAL_RECIPIENT_REJECT_CODE,
            UNKNOWN_RELAY_RECIPIENT_REJECT_CODE,
            UNKNOWN_VIRTUAL_ALIAS_REJECT_CODE,
            PLAINTEXT_REJECT_CODE,
            MULTI_RECIPIENT_BOUNCE_REJECT_CODE,
            SMTPD_SASL_AUTH_ENABLE,
            SMTPD_SASL_AUTHENTICATED_HEADER,
            SMTPD_SASL_EXCEPTIONS_NETWORKS,
            SMTPD_SASL_PATH,
            SMTPD_SASL_SERVICE,
            SMTPD_SASL_TYPE,
            SMTPD_SASL_RESPONSE_LIMIT,
            SMTPD_SASL_SECURITY_OPTIONS,
            SMTPD_SASL_TLS_SECURITY_OPTIONS,
            BROKEN_SASL_AUTH_CLIENTS,
            SMTPD_SENDER_LOGIN_MAPS,
            SMTPD_TLS_SECURITY_LEVEL,
            SMTPD_USE_TLS,
            SMTPD_ENFORCE_TLS,
            SMTPD_TLS_WRAPPERMODE,
            SMTPD_TLS_AUTH_ONLY,
            SMTPD_TLS_CERT_FILE,
            SMTPD_TLS_KEY_FILE,
            SMTPD_TLS_ECCERT_FILE,
            SMTPD_TLS_ECKEY_FILE,
            SMTPD_TLS_CHAIN_FILES,
            SMTPD_TLS_PROTOCOLS,
            SMTPD_TLS_MANDATORY_PROTOCOLS,
            SMTPD_TLS_RECEIVED_HEADER,
            SMTPD_TLS_LOGLEVEL,
            AUTHORIZED_SUBMIT_USERS,
            AUTHORIZED_FLUSH_USERS,
            AUTHORIZED_MAILQ_USERS,
            RECADERO_USER_MESSAGE_LIMIT,
            RECADERO_USER_QUEUE_LIMIT);

    private Parameters() {}

    /** Every constant of this class. */
    static List<Parameter<?>> all() {
        return ALL;
    }

    static Set<String> names() {
        return ALL.stream().map(Parameter::name).collect(Collectors.toUnmodifiableSet());
    }

    private static Parameter<String> text(String name) {
        return new Parameter<>(name, ParameterTypes.TEXT, true);
    }

    private static Parameter<String> unexpandedText(String name) {
        return new Parameter<>(name, ParameterTypes.TEXT, false);
    }

    private static Parameter<List<String>> unexpandedList(String name) {
        return new Parameter<>(name, ParameterTypes.LIST, false);
    }

    private static Parameter<String> present(String name) {
        return new Parameter<>(name, ParameterTypes.PRESENT, true);
    }

    private static Parameter<String> hostName(String name) {
        return new Parameter<>(name, ParameterTypes.HOST_NAME, true);
    }

    private static Parameter<String> textOrFirstLine(String name) {
        return new Parameter<>(name, ParameterTypes.TEXT_OR_FIRST_LINE, true);
    }

    private static Parameter<Boolean> bool(String name) {
        return new Parameter<>(name, ParameterTypes.BOOLEAN, true);
    }

    private static Parameter<Integer> number(String name, int least) {
        return new Parameter<>(name, ParameterTypes.number(least), true);
    }

    private static Parameter<Long> bytes(String name) {
        return new Parameter<>(name, ParameterTypes.BYTES, true);
    }

    private static Parameter<Duration> duration(String name, String defaultUnit, int leastSeconds) {
        return new Parameter<>(name, ParameterTypes.duration(defaultUnit, leastSeconds), true);
    }

    private static Parameter<List<String>> list(String name) {
        return new Parameter<>(name, ParameterTypes.LIST, true);
    }

    private static Parameter<List<TableSpec>> tables(String name) {
        return new Parameter<>(name, ParameterTypes.TABLES, true);
    }
}
