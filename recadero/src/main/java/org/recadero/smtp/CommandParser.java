package org.recadero.smtp;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;

/**
 * Makes a {@link Verb} of a command line; what is wrong with one becomes a {@link Verb.Malformed} with Postfix's reply.
 *
 * <p>Postfix: smtpd_token(3), smtpd(8).
 */
public final class CommandParser {
    /** Bound for the parameters of one command. */
    static final int MAX_PARAMETERS = 100;

    private static final Pattern BLANKS = Pattern.compile("[ \t]+");

    private static final Reply MAIL_SYNTAX = Reply.of(501, "5.5.4", "Syntax: MAIL FROM:<address>");
    private static final Reply RCPT_SYNTAX = Reply.of(501, "5.5.4", "Syntax: RCPT TO:<address>");
    private static final Reply BAD_SENDER = Reply.of(501, "5.1.7", "Bad sender address syntax");
    private static final Reply BAD_RECIPIENT = Reply.of(501, "5.1.3", "Bad recipient address syntax");
    private static final Reply BDAT_SYNTAX = Reply.of(521, "5.5.4", "Syntax: BDAT count [LAST]");

    private CommandParser() {}

    /** Parses one line without its line end, as the defaults have it. */
    static Verb parse(String line) {
        return parse(line, false);
    }

    /**
     * Parses one line without its line end.
     *
     * @param minUser whether an address may begin with a minus. Postfix: postconf(5), allow_min_user: a command would take it for an
     *     option
     */
    public static Verb parse(String line, boolean minUser) {
        String text = line.strip();
        int end = 0;
        while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '\t') {
            end++;
        }
        String word = text.substring(0, end);
        String rest = text.substring(end).strip();
        Optional<VerbName> name = VerbName.of(word);
        if (name.isEmpty()) {
            return new Verb.Unknown(line);
        }
        return switch (name.get()) {
            case HELO -> rest.isEmpty() ? malformed(VerbName.HELO, 501, "Syntax: HELO hostname") : new Verb.Helo(rest);
            case EHLO -> rest.isEmpty() ? malformed(VerbName.EHLO, 501, "Syntax: EHLO hostname") : new Verb.Ehlo(rest);
            case STARTTLS ->
                rest.isEmpty()
                        ? new Verb.StartTls()
                        : malformed(VerbName.STARTTLS, Reply.of(501, "5.5.4", "Syntax: STARTTLS"));
            case AUTH -> auth(words(rest));
            case MAIL -> mail(rest, minUser);
            case RCPT -> rcpt(rest, minUser);
            case DATA ->
                rest.isEmpty() ? new Verb.Data() : malformed(VerbName.DATA, Reply.of(501, "5.5.4", "Syntax: DATA"));
            case BDAT -> bdat(words(rest));
            case RSET ->
                rest.isEmpty() ? new Verb.Rset() : malformed(VerbName.RSET, Reply.of(501, "5.5.4", "Syntax: RSET"));
            case NOOP -> new Verb.Noop();
            case VRFY -> vrfy(rest, minUser);
            case ETRN ->
                words(rest).size() == 1 ? new Verb.Etrn(rest) : malformed(VerbName.ETRN, 500, "Syntax: ETRN domain");
            case QUIT -> new Verb.Quit();
            case UNKNOWN -> new Verb.Unknown(line);
        };
    }

    private static Verb malformed(VerbName name, int code, String text) {
        return malformed(name, Reply.of(code, text));
    }

    private static Verb malformed(VerbName name, Reply reply) {
        return new Verb.Malformed(name, reply, Optional.empty());
    }

    private static List<String> words(String rest) {
        List<String> words = new ArrayList<>();
        for (String word : BLANKS.split(rest, MAX_PARAMETERS + 2)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static Verb auth(List<String> words) {
        if (words.isEmpty() || words.size() > 2) {
            return malformed(VerbName.AUTH, Reply.of(501, "5.5.4", "Syntax: AUTH mechanism"));
        }
        return new Verb.Auth(words.getFirst(), words.size() == 2 ? Optional.of(words.get(1)) : Optional.empty());
    }

    private static Verb bdat(List<String> words) {
        boolean last = words.size() == 2 && words.get(1).equalsIgnoreCase("LAST");
        if (words.isEmpty()
                || words.size() > 2
                || (words.size() == 2 && !last)
                || !words.getFirst().matches("[0-9]{1,18}")) {
            return malformed(VerbName.BDAT, BDAT_SYNTAX);
        }
        return new Verb.Bdat(Long.parseLong(words.getFirst()), last);
    }

    private static Verb vrfy(String rest, boolean minUser) {
        if (rest.isEmpty()) {
            return malformed(VerbName.VRFY, Reply.of(501, "5.5.4", "Syntax: VRFY address [SMTPUTF8]"));
        }
        int blank = rest.lastIndexOf(' ');
        String given = blank > 0 && rest.substring(blank + 1).equalsIgnoreCase("SMTPUTF8")
                ? rest.substring(0, blank).strip()
                : rest;
        Optional<String> address = path(given, minUser).filter(a -> !a.isEmpty());
        return address.isPresent()
                ? new Verb.Vrfy(address.get(), given)
                : new Verb.Malformed(VerbName.VRFY, BAD_RECIPIENT, Optional.of(given));
    }

    private static Optional<String> path(String text, boolean minUser) {
        return PathText.parse(text).filter(address -> minUser || !address.startsWith("-"));
    }

    /** What follows {@code FROM:}: a path, then parameters. */
    private record Argument(String path, List<String> parameters) {
        /** Empty where the word is another one, or nothing follows it. */
        static Optional<Argument> of(String word, String rest) {
            if (!rest.regionMatches(true, 0, word, 0, word.length())) {
                return Optional.empty();
            }
            String text = rest.substring(word.length()).strip();
            if (text.isEmpty()) {
                return Optional.empty();
            }
            int end = text.startsWith("<") ? closing(text) : blank(text);
            // what follows > without a blank belongs to the path, and makes it none
            while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '\t') {
                end++;
            }
            return Optional.of(new Argument(text.substring(0, end), words(text.substring(end))));
        }

        private static int closing(String text) {
            boolean quoted = false;
            for (int i = 1; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = !quoted;
                } else if (c == '>' && !quoted) {
                    return i + 1;
                }
            }
            return text.length();
        }

        private static int blank(String text) {
            boolean quoted = false;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = !quoted;
                } else if ((c == ' ' || c == '\t') && !quoted) {
                    return i;
                }
            }
            return text.length();
        }
    }

    private static Verb mail(String rest, boolean minUser) {
        Optional<Argument> argument = Argument.of("FROM:", rest);
        if (argument.isEmpty()) {
            return malformed(VerbName.MAIL, MAIL_SYNTAX);
        }
        Optional<String> sender = path(argument.get().path(), minUser);
        if (sender.isEmpty() || sender.get().startsWith("@")) {
            // DIFFERS: Postfix takes a sender without a local part (<@example.org>), which nobody can answer
            return new Verb.Malformed(
                    VerbName.MAIL, BAD_SENDER, Optional.of(argument.get().path()));
        }
        MailParameters parameters = new MailParameters();
        for (String parameter : argument.get().parameters()) {
            Optional<Reply> wrong = parameters.add(parameter);
            if (wrong.isPresent()) {
                return malformed(VerbName.MAIL, wrong.get());
            }
        }
        return new Verb.Mail(sender.get(), parameters.options());
    }

    private static Reply unsupported(String parameter) {
        return Reply.of(555, "5.5.4", "Unsupported option: " + parameter);
    }

    /** MAIL's parameters while they are read, one thread. */
    private static final class MailParameters {
        private long size;
        private BodyType body = BodyType.UNSTATED;
        private Optional<String> auth = Optional.empty();
        private Optional<Envelope.Return> returnFull = Optional.empty();
        private Optional<String> envelopeId = Optional.empty();
        private boolean utf8;

        MailOptions options() {
            return new MailOptions(size, body, auth, returnFull, envelopeId, utf8);
        }

        /** What is wrong with one; empty: it was taken. */
        Optional<Reply> add(String parameter) {
            int equals = parameter.indexOf('=');
            String name = (equals < 0 ? parameter : parameter.substring(0, equals)).toUpperCase(Locale.ROOT);
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            return switch (name) {
                case "SIZE" -> equals < 0 ? Optional.of(unsupported(parameter)) : size(value);
                case "BODY" -> body(value, parameter);
                case "SMTPUTF8" -> {
                    utf8 = true;
                    yield equals < 0 ? Optional.empty() : Optional.of(unsupported(parameter));
                }
                case "RET" -> ret(value);
                case "ENVID" -> envelopeId(value);
                case "AUTH" -> {
                    auth = Xtext.decode(value).filter(v -> !v.isEmpty());
                    yield auth.isPresent()
                            ? Optional.empty()
                            : Optional.of(Reply.of(501, "5.5.4", "Bad AUTH parameter syntax"));
                }
                default -> Optional.of(unsupported(parameter));
            };
        }

        private Optional<Reply> size(String value) {
            if (!value.matches("[0-9]{1,40}")) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad message size syntax"));
            }
            size = value.length() > 18 ? Long.MAX_VALUE : Long.parseLong(value);
            return Optional.empty();
        }

        private Optional<Reply> body(String value, String parameter) {
            switch (value.toUpperCase(Locale.ROOT)) {
                case "8BITMIME" -> body = BodyType.EIGHT_BIT_MIME;
                case "7BIT" -> body = BodyType.SEVEN_BIT;
                default -> {
                    return Optional.of(unsupported(parameter));
                }
            }
            return Optional.empty();
        }

        private Optional<Reply> ret(String value) {
            Optional<Envelope.Return> wanted = switch (value.toUpperCase(Locale.ROOT)) {
                case "FULL" -> Optional.of(Envelope.Return.FULL);
                case "HDRS" -> Optional.of(Envelope.Return.HEADERS);
                default -> Optional.empty();
            };
            if (wanted.isEmpty() || returnFull.isPresent()) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad RET parameter syntax"));
            }
            returnFull = wanted;
            return Optional.empty();
        }

        private Optional<Reply> envelopeId(String value) {
            Optional<String> decoded = Xtext.decode(value).filter(v -> !v.isEmpty() && isPrintable(v));
            if (decoded.isEmpty() || envelopeId.isPresent()) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad ENVID parameter syntax"));
            }
            envelopeId = decoded;
            return Optional.empty();
        }
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c != 0x7f);
    }

    private static Verb rcpt(String rest, boolean minUser) {
        Optional<Argument> argument = Argument.of("TO:", rest);
        if (argument.isEmpty()) {
            return malformed(VerbName.RCPT, RCPT_SYNTAX);
        }
        Optional<String> recipient = path(argument.get().path(), minUser).filter(r -> !r.isEmpty());
        if (recipient.isEmpty()) {
            return new Verb.Malformed(
                    VerbName.RCPT, BAD_RECIPIENT, Optional.of(argument.get().path()));
        }
        Set<Notify> notifyOn = EnumSet.noneOf(Notify.class);
        Optional<String> original = Optional.empty();
        for (String parameter : argument.get().parameters()) {
            String upper = parameter.toUpperCase(Locale.ROOT);
            if (upper.startsWith("NOTIFY=")) {
                Optional<Set<Notify>> wanted = notices(upper.substring(7));
                if (wanted.isEmpty() || !notifyOn.isEmpty()) {
                    return malformed(VerbName.RCPT, Reply.of(501, "5.5.4", "Error: Bad NOTIFY parameter syntax"));
                }
                notifyOn.addAll(wanted.get());
            } else if (upper.startsWith("ORCPT=")) {
                Optional<String> decoded = originalRecipient(parameter.substring(6));
                if (decoded.isEmpty() || original.isPresent()) {
                    return malformed(VerbName.RCPT, Reply.of(501, "5.5.4", "Error: Bad ORCPT parameter syntax"));
                }
                original = decoded;
            } else {
                return malformed(VerbName.RCPT, unsupported(parameter));
            }
        }
        return new Verb.Rcpt(recipient.get(), new RecipientOptions(notifyOn, original));
    }

    /** RFC 3461 §4.1. */
    private static Optional<Set<Notify>> notices(String value) {
        Set<Notify> wanted = EnumSet.noneOf(Notify.class);
        for (String word : value.split(",", 10)) {
            Optional<Notify> notice = switch (word) {
                case "NEVER" -> Optional.of(Notify.NEVER);
                case "SUCCESS" -> Optional.of(Notify.SUCCESS);
                case "FAILURE" -> Optional.of(Notify.FAILURE);
                case "DELAY" -> Optional.of(Notify.DELAY);
                default -> Optional.empty();
            };
            if (notice.isEmpty()) {
                return Optional.empty();
            }
            wanted.add(notice.get());
        }
        return wanted.contains(Notify.NEVER) && wanted.size() > 1 ? Optional.empty() : Optional.of(wanted);
    }

    /** RFC 3461 §4.2: type, semicolon, xtext. */
    private static Optional<String> originalRecipient(String value) {
        int semicolon = value.indexOf(';');
        if (semicolon <= 0 || !value.substring(0, semicolon).matches("[A-Za-z0-9-]+")) {
            return Optional.empty();
        }
        return Xtext.decode(value.substring(semicolon + 1))
                .filter(CommandParser::isPrintable)
                .map(address -> value.substring(0, semicolon) + ";" + address);
    }
}
