package org.recadero.net.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Which names a certificate has, and whether one of them is wanted (RFC 6125 §6.4; Postfix: smtp_tls_secure_cert_match). */
final class ClientNames {
    private static final int DNS_NAME = 2;
    private static final int MOST_NAMES = 1_000;

    private ClientNames() {}

    /** The DNS names; the common name where there are none. */
    static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> entry : alternatives) {
                    if (entry.get(0) instanceof Integer kind
                            && kind == DNS_NAME
                            && entry.get(1) instanceof String name
                            && names.size() < MOST_NAMES) {
                        names.add(name);
                    }
                }
            }
        } catch (CertificateParsingException e) {
            return List.of();
        }
        return names.isEmpty() ? commonName(certificate) : names;
    }

    private static List<String> commonName(X509Certificate certificate) {
        try {
            for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String name) {
                    return List.of(name);
                }
            }
        } catch (InvalidNameException e) {
            // a subject that is no name names nobody
        }
        return List.of();
    }

    /** Whether one of the certificate's names satisfies a pattern: a host, or {@code .domain} for all below it. */
    static boolean matches(List<String> names, String pattern) {
        return names.stream().anyMatch(n -> matches(plain(n), plain(pattern)));
    }

    private static boolean matches(String name, String pattern) {
        if (name.isEmpty() || pattern.isEmpty() || name.indexOf('\0') >= 0) {
            return false;
        }
        if (pattern.startsWith(".")) {
            String bare = name.startsWith("*.") ? name.substring(2) : name;
            return bare.endsWith(pattern) || (name.startsWith("*.") && ("." + bare).equals(pattern));
        }
        if (name.startsWith("*.")) {
            int dot = pattern.indexOf('.');
            // RFC 6125 §6.4.3: the asterisk stands for one label, and never for a top-level domain's names
            return dot > 0
                    && name.indexOf('.', 2) > 0
                    && pattern.substring(dot + 1).equals(name.substring(2));
        }
        return name.equals(pattern);
    }

    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
