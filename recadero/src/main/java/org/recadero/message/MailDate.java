package org.recadero.message;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.TimeZone;

/** Dates as mail writes them: English, whatever the locale. */
public final class MailDate {
    private MailDate() {}

    /**
     * {@code Tue, 24 Nov 2026 02:42:55 +0000 (UTC)}; a day below ten is padded with a blank. RFC 5322 §3.3, Postfix:
     * mail_date(3).
     */
    public static String rfc5322(Instant instant, ZoneId zone) {
        ZonedDateTime time = instant.atZone(zone);
        StringBuilder text = new StringBuilder(40);
        text.append(name(time.getDayOfWeek())).append(", ");
        two(text, time.getDayOfMonth(), ' ').append(' ');
        text.append(name(time.getMonth())).append(' ').append(time.getYear()).append(' ');
        clock(text, time).append(' ');
        int minutes = time.getOffset().getTotalSeconds() / 60;
        text.append(minutes < 0 ? '-' : '+');
        two(text, Math.abs(minutes) / 60, '0');
        two(text, Math.abs(minutes) % 60, '0');
        return text.append(" (").append(zoneName(instant, zone)).append(')').toString();
    }

    /** {@code Tue Nov 24 02:42:55 2026}, the date of a mailbox's From_ line: asctime(3) in local time. */
    public static String asctime(Instant instant, ZoneId zone) {
        ZonedDateTime time = instant.atZone(zone);
        StringBuilder text = new StringBuilder(24);
        text.append(name(time.getDayOfWeek()))
                .append(' ')
                .append(name(time.getMonth()))
                .append(' ');
        two(text, time.getDayOfMonth(), ' ').append(' ');
        return clock(text, time).append(' ').append(time.getYear()).toString();
    }

    /** {@code 20261124024255}, in UTC: the beginning of a Message-Id. */
    public static String stamp(Instant instant) {
        ZonedDateTime time = instant.atZone(ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(14).append(time.getYear());
        two(text, time.getMonthValue(), '0');
        two(text, time.getDayOfMonth(), '0');
        two(text, time.getHour(), '0');
        two(text, time.getMinute(), '0');
        return two(text, time.getSecond(), '0').toString();
    }

    private static StringBuilder clock(StringBuilder text, ZonedDateTime time) {
        two(text, time.getHour(), '0').append(':');
        two(text, time.getMinute(), '0').append(':');
        return two(text, time.getSecond(), '0');
    }

    private static StringBuilder two(StringBuilder text, int value, char pad) {
        return (value < 10 ? text.append(pad) : text).append(value);
    }

    private static String zoneName(Instant instant, ZoneId zone) {
        if (zone instanceof ZoneOffset offset) {
            return offset.getTotalSeconds() == 0 ? "UTC" : offset.getId();
        }
        String id = zone.getId();
        if (id.equals("UTC") || id.equals("Etc/UTC")) {
            return "UTC";
        }
        return TimeZone.getTimeZone(zone)
                .getDisplayName(zone.getRules().isDaylightSavings(instant), TimeZone.SHORT, Locale.ENGLISH);
    }

    private static String name(DayOfWeek day) {
        return switch (day) {
            case MONDAY -> "Mon";
            case TUESDAY -> "Tue";
            case WEDNESDAY -> "Wed";
            case THURSDAY -> "Thu";
            case FRIDAY -> "Fri";
            case SATURDAY -> "Sat";
            case SUNDAY -> "Sun";
        };
    }

    private static String name(Month month) {
        return switch (month) {
            case JANUARY -> "Jan";
            case FEBRUARY -> "Feb";
            case MARCH -> "Mar";
            case APRIL -> "Apr";
            case MAY -> "May";
            case JUNE -> "Jun";
            case JULY -> "Jul";
            case AUGUST -> "Aug";
            case SEPTEMBER -> "Sep";
            case OCTOBER -> "Oct";
            case NOVEMBER -> "Nov";
            case DECEMBER -> "Dec";
        };
    }
}
