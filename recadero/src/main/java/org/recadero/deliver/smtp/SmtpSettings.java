package org.recadero.deliver.smtp;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;

/** What one master.cf service's client does, read once from its configuration. Immutable. Postfix: smtp(8). */
record SmtpSettings(
        Protocol protocol,
        String heloName,
        boolean sendsEhlo,
        Set<String> discardedKeywords,
        Judge.Settings judging,
        Timeouts timeouts,
        Sasl sasl,
        boolean notesStartTlsOffer,
        int tlsLogLevel,
        int lineLengthLimit,
        boolean converts8bit,
        boolean skipsQuitResponse) {
    /** One by one (RFC 5321 §4.5.3.2). */
    record Timeouts(
            Duration connect,
            Duration helo,
            Duration startTls,
            Duration mail,
            Duration rcpt,
            Duration dataInit,
            Duration dataTransfer,
            Duration dataDone,
            Duration rset,
            Duration quit) {
        Timeouts within(Duration most) {
            return new Timeouts(
                    least(connect, most),
                    least(helo, most),
                    least(startTls, most),
                    least(mail, most),
                    least(rcpt, most),
                    least(dataInit, most),
                    least(dataTransfer, most),
                    least(dataDone, most),
                    least(rset, most),
                    least(quit, most));
        }

        private static Duration least(Duration one, Duration other) {
            return one.isZero() || one.compareTo(other) > 0 ? other : one;
        }

        static Timeouts of(Configuration c) {
            return new Timeouts(
                    c.get(Parameters.SMTP_CONNECT_TIMEOUT),
                    c.get(Parameters.SMTP_HELO_TIMEOUT),
                    c.get(Parameters.SMTP_STARTTLS_TIMEOUT),
                    c.get(Parameters.SMTP_MAIL_TIMEOUT),
                    c.get(Parameters.SMTP_RCPT_TIMEOUT),
                    c.get(Parameters.SMTP_DATA_INIT_TIMEOUT),
                    c.get(Parameters.SMTP_DATA_XFER_TIMEOUT),
                    c.get(Parameters.SMTP_DATA_DONE_TIMEOUT),
                    c.get(Parameters.SMTP_RSET_TIMEOUT),
                    c.get(Parameters.SMTP_QUIT_TIMEOUT));
        }
    }

    /** The same for somebody who waits: no time-out over this. */
    SmtpSettings impatient(Duration most) {
        return new SmtpSettings(
                protocol,
                heloName,
                sendsEhlo,
                discardedKeywords,
                judging,
                timeouts.within(most),
                sasl,
                notesStartTlsOffer,
                0,
                lineLengthLimit,
                converts8bit,
                skipsQuitResponse);
    }

    /** Which mechanisms may be used. Postfix: SASL_README. */
    record Sasl(List<String> filter, Set<String> inClear, Set<String> inTls, Set<String> inVerifiedTls) {
        Sasl {
            filter = List.copyOf(filter);
            inClear = Set.copyOf(inClear);
            inTls = Set.copyOf(inTls);
            inVerifiedTls = Set.copyOf(inVerifiedTls);
        }

        static Sasl of(Configuration c) {
            return new Sasl(
                    c.get(Parameters.SMTP_SASL_MECHANISM_FILTER),
                    lower(c.get(Parameters.SMTP_SASL_SECURITY_OPTIONS)),
                    lower(c.get(Parameters.SMTP_SASL_TLS_SECURITY_OPTIONS)),
                    lower(c.get(Parameters.SMTP_SASL_TLS_VERIFIED_SECURITY_OPTIONS)));
        }

        private static Set<String> lower(List<String> words) {
            Set<String> all = new HashSet<>();
            words.forEach(w -> all.add(w.toLowerCase(Locale.ROOT)));
            return all;
        }

        /** The first element that names it decides; an empty list allows all. Case does not matter. */
        boolean allows(String mechanism) {
            if (filter.isEmpty()) {
                return true;
            }
            for (String element : filter) {
                boolean not = element.startsWith("!");
                String name = not ? element.substring(1) : element;
                if (name.equalsIgnoreCase(mechanism) || name.equals("static:all")) {
                    return !not;
                }
            }
            return false;
        }
    }

    SmtpSettings {
        Objects.requireNonNull(heloName);
        discardedKeywords = Set.copyOf(discardedKeywords);
    }

    static SmtpSettings of(Protocol protocol, Configuration c) {
        Set<String> discarded = new HashSet<>();
        for (String word : c.get(Parameters.SMTP_DISCARD_EHLO_KEYWORDS).split("[,\\s]+", -1)) {
            if (!word.isEmpty() && !word.equalsIgnoreCase("silent-discard")) {
                discarded.add(word.toUpperCase(Locale.ROOT));
            }
        }
        return new SmtpSettings(
                protocol,
                c.get(Parameters.SMTP_HELO_NAME),
                c.get(Parameters.SMTP_ALWAYS_SEND_EHLO),
                discarded,
                new Judge.Settings(
                        c.get(Parameters.SMTP_SKIP_5XX_GREETING), c.get(Parameters.SMTP_SASL_AUTH_SOFT_BOUNCE)),
                Timeouts.of(c),
                Sasl.of(c),
                c.get(Parameters.SMTP_TLS_NOTE_STARTTLS_OFFER),
                c.get(Parameters.SMTP_TLS_LOGLEVEL),
                c.get(Parameters.SMTP_LINE_LENGTH_LIMIT),
                !c.get(Parameters.DISABLE_MIME_OUTPUT_CONVERSION),
                c.get(Parameters.SMTP_SKIP_QUIT_RESPONSE));
    }
}
