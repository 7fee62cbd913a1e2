package org.recadero.receive.submit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;

/**
 * A parsed command line of sendmail, mailq or newaliases. Both the daemon and the Java client parse with this class; the C
 * client only looks for {@code -C}.
 *
 * <p>Postfix: sendmail(1); each rule was seen in 3.7.11 (the golden file {@code sendmail-arguments.txt}).
 *
 * @param request what is wanted
 * @param diagnostics lines for standard error that come first, without line ends
 * @param configuration {@code -C}, the last one: a folder, or the main.cf in it; it only chooses the socket (SAFETY 21)
 * @param verbosity how many {@code -v} there were, for commands that are handed over
 */
public record SendmailArguments(
        SendmailRequest request, List<String> diagnostics, Optional<String> configuration, int verbosity) {
    /** Option letters, a colon after those that take a value (Postfix: sendmail(1)). */
    private static final String OPTIONS = "A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx";

    private static final int MAX_ENVELOPE_ID_CHARS = 100;
    /** Postfix: verp_delimiter_filter. */
    private static final String VERP_DELIMITERS = "-=+";

    public SendmailArguments {
        Objects.requireNonNull(request);
        diagnostics = List.copyOf(diagnostics);
        Objects.requireNonNull(configuration);
    }

    /**
     * Parses; never throws.
     *
     * @param invokedAs argv[0] without its folder: decides what is done by default, and begins each message
     * @param arguments the others
     */
    public static SendmailArguments parse(String invokedAs, List<String> arguments) {
        Parser parser = new Parser(invokedAs, arguments);
        parser.findConfiguration();
        SendmailRequest request;
        try {
            parser.options();
            request = parser.request();
        } catch (FatalException fatal) {
            request = new SendmailRequest.Fatal(fatal.text);
        } catch (NothingToDoException nothing) {
            request = new SendmailRequest.Nothing();
        }
        return new SendmailArguments(
                request, parser.diagnostics, Optional.ofNullable(parser.configuration), parser.verbosity);
    }

    private enum Mode {
        ENQUEUE,
        LIST_QUEUE,
        INIT_ALIASES,
        FLUSH,
        DAEMON,
        STAND_ALONE,
        IGNORE
    }

    /** Leaves the parser's depth; never leaves this class. */
    private static final class FatalException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String text;

        FatalException(String text) {
            super(text, null, false, false);
            this.text = text;
        }
    }

    /** Leaves the parser's depth; never leaves this class. */
    private static final class NothingToDoException extends Exception {
        private static final long serialVersionUID = 1L;

        NothingToDoException() {
            super("", null, false, false);
        }
    }

    private static final class Parser {
        private final String name;
        private final Options options;
        private final List<String> arguments;
        private final List<String> diagnostics = new ArrayList<>();
        private @org.jspecify.annotations.Nullable String configuration;
        private Mode mode;
        private int verbosity;
        private Optional<String> sender = Optional.empty();
        private Optional<String> fullName = Optional.empty();
        private boolean fromHeader;
        private boolean dotEnds = true;
        private boolean gateway;
        private boolean verify;
        private boolean verp;
        private BodyType body = BodyType.UNSTATED;
        private Set<Notify> notifyOn = Set.of();
        private Optional<String> envelopeId = Optional.empty();
        private Optional<Envelope.Return> returnFull = Optional.empty();
        private Optional<String> aliasDatabase = Optional.empty();
        private Optional<String> siteToFlush = Optional.empty();
        private Optional<String> idToFlush = Optional.empty();

        Parser(String name, List<String> arguments) {
            this.name = name;
            this.arguments = arguments;
            this.options = new Options(OPTIONS, arguments);
            this.mode = switch (name) {
                case "mailq" -> Mode.LIST_QUEUE;
                case "newaliases" -> Mode.INIT_ALIASES;
                case "smtpd" -> Mode.DAEMON;
                default -> Mode.ENQUEUE;
            };
        }

        private void warn(String text) {
            diagnostics.add(name + ": warning: " + Printable.of(text));
        }

        /** The first of two passes, for {@code -C}: so it is that a wrong option is complained of twice. */
        void findConfiguration() {
            Options pass = new Options(OPTIONS, arguments);
            while (true) {
                if (pass.word().filter("-q"::equals).isPresent()) {
                    pass.skipWord();
                    continue;
                }
                char option = pass.next();
                if (option == Options.END) {
                    return;
                }
                if (option == 'C') {
                    configuration = pass.value();
                } else {
                    complain(option, pass);
                }
            }
        }

        private void complain(char option, Options where) {
            if (option == Options.UNKNOWN || option == Options.NO_VALUE) {
                diagnostics.add(Printable.of(name + ": " + where.complaint(option)));
            }
        }

        void options() throws FatalException, NothingToDoException {
            while (true) {
                String word = options.word().orElse("");
                if (word.equals("-q")) { // else getopt would take the next word as its value
                    if (mode == Mode.DAEMON) {
                        warn("ignoring -q option in daemon mode");
                    } else {
                        mode = Mode.FLUSH;
                    }
                    options.skipWord();
                    continue;
                }
                if (oldVerp(word)) {
                    continue;
                }
                char option = options.next();
                if (option == Options.END) {
                    return;
                }
                option(option, options.value());
            }
        }

        /** {@code -V xy}, {@code -Vxy} and {@code -XV} meant VERP before Postfix 2.3. */
        private boolean oldVerp(String word) throws FatalException {
            if (word.equals("-V")
                    && options.wordAfter().filter(w -> w.length() == 2).isPresent()) {
                warn("option -V is deprecated with Postfix 2.3; specify -XV instead");
            } else if (word.startsWith("-V") && word.length() == 4) {
                warn("option " + word + " is deprecated with Postfix 2.3; specify -X" + word.substring(1) + " instead");
                checkVerp(word.substring(2));
            } else if (!word.equals("-XV")) {
                return false;
            }
            verp = true;
            options.skipWord();
            return true;
        }

        private void checkVerp(String delimiters) throws FatalException {
            if (delimiters.length() != 2
                    || VERP_DELIMITERS.indexOf(delimiters.charAt(0)) < 0
                    || VERP_DELIMITERS.indexOf(delimiters.charAt(1)) < 0) {
                throw new FatalException("-V requires two characters from " + VERP_DELIMITERS);
            }
        }

        private void option(char option, String value) throws FatalException, NothingToDoException {
            switch (option) {
                case 'B' -> body = bodyType(value);
                case 'F' -> fullName = Optional.of(value);
                case 'G' -> gateway = true;
                case 'I' -> mode = Mode.INIT_ALIASES;
                case 'N' -> notifyOn(value);
                case 'R' -> returnFull(value);
                case 'V' -> envelopeId(value);
                case 'X' -> trafficLogOrVerp(value);
                case 'b' -> mode(value);
                case 'f', 'r' -> sender = Optional.of(value);
                case 'i' -> dotEnds = false;
                case 'n' -> throw new FatalException("-n option not supported");
                case 'o' -> oldOption(value);
                case 'q' -> queueRun(value);
                case 't' -> fromHeader = true;
                case 'v' -> verbosity++;
                case Options.UNKNOWN, Options.NO_VALUE -> {
                    complain(option, options);
                    throw new FatalException("usage: " + name + " [options]");
                }
                // Postfix: sendmail(1): A, C (seen before), L, O, U, c, e, h, m, p, x are taken and ignored
                default -> {}
            }
        }

        private static BodyType bodyType(String value) throws FatalException {
            return switch (value) {
                case "8BITMIME" -> BodyType.EIGHT_BIT_MIME;
                case "7BIT" -> BodyType.SEVEN_BIT;
                default -> throw new FatalException("-B option needs 8BITMIME or 7BIT");
            };
        }

        private void notifyOn(String value) {
            Set<Notify> wanted = new java.util.TreeSet<>();
            boolean good = true;
            for (String word : value.split("[, \t\r\n]+", -1)) {
                switch (word.toUpperCase(Locale.ROOT)) {
                    case "NEVER" -> wanted.add(Notify.NEVER);
                    case "SUCCESS" -> wanted.add(Notify.SUCCESS);
                    case "FAILURE" -> wanted.add(Notify.FAILURE);
                    case "DELAY" -> wanted.add(Notify.DELAY);
                    case "" -> {}
                    default -> {
                        warn("unknown DSN NOTIFY command value \"" + word + "\" in \"" + value + "\"");
                        good = false;
                    }
                }
                if (!good) {
                    break;
                }
            }
            if (!good || wanted.isEmpty() || (wanted.contains(Notify.NEVER) && wanted.size() > 1)) {
                warn("bad -N option value -- ignored");
                notifyOn = Set.of();
            } else {
                notifyOn = wanted;
            }
        }

        private void returnFull(String value) {
            switch (value.toUpperCase(Locale.ROOT)) {
                case "FULL" -> returnFull = Optional.of(Envelope.Return.FULL);
                case "HDRS" -> returnFull = Optional.of(Envelope.Return.HEADERS);
                default -> {
                    warn("bad -R option value -- ignored");
                    returnFull = Optional.empty();
                }
            }
        }

        private void envelopeId(String value) {
            if (value.length() > MAX_ENVELOPE_ID_CHARS) {
                warn("too long -V option value -- ignored");
            } else if (value.isEmpty() || !value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                warn("bad syntax in -V option value -- ignored");
            } else {
                envelopeId = Optional.of(value);
            }
        }

        private void trafficLogOrVerp(String value) throws FatalException {
            if (value.startsWith("V")) {
                checkVerp(value.substring(1));
                verp = true;
            }
            // DIFFERS: Postfix's manual says that -X with a file is ignored, its program says «unsupported»; ignored
            // (SAFETY 21)
        }

        private void mode(String value) throws FatalException {
            char kind = value.isEmpty() ? 0 : value.charAt(0);
            switch (kind) {
                case 'd', 'l' -> {
                    if (mode == Mode.FLUSH) {
                        warn("ignoring -q option in daemon mode");
                    }
                    mode = Mode.DAEMON;
                }
                case 'h', 'H' -> mode = Mode.IGNORE;
                case 'i' -> mode = Mode.INIT_ALIASES;
                case 'm' -> mode = Mode.ENQUEUE;
                case 'p' -> mode = Mode.LIST_QUEUE;
                case 's' -> mode = Mode.STAND_ALONE;
                case 'v' -> verify = true;
                default -> throw new FatalException("unsupported: -b" + (kind == 0 ? "" : String.valueOf(kind)));
            }
        }

        private void oldOption(String value) throws FatalException {
            if (value.startsWith("A")) {
                if (value.length() == 1) {
                    throw new FatalException("-oA requires pathname");
                }
                aliasDatabase = Optional.of(value.substring(1));
            } else if (value.startsWith("i")) {
                dotEnds = false;
            }
            // Postfix: sendmail(1): all other -o settings are taken and ignored
        }

        private void queueRun(String value) throws FatalException, NothingToDoException {
            char kind = value.isEmpty() ? 0 : value.charAt(0);
            if (kind >= '0' && kind <= '9') {
                if (mode != Mode.DAEMON) {
                    throw new NothingToDoException();
                }
            } else if (kind == 'R') {
                siteToFlush = Optional.of(value.substring(1));
                if (value.length() == 1) {
                    throw new FatalException("specify: -qRsitename");
                }
            } else if (kind == 'I') {
                idToFlush = Optional.of(value.substring(1));
                if (value.length() == 1) {
                    throw new FatalException("specify: -qIqueueid");
                }
            } else {
                throw new FatalException("-q" + (kind == 0 ? "" : String.valueOf(kind)) + " is not implemented");
            }
        }

        /** Looks for options that contradict each other, in Postfix's order. */
        SendmailRequest request() throws FatalException {
            if (fromHeader && mode != Mode.ENQUEUE) {
                throw new FatalException("-t can be used only in delivery mode");
            }
            if (siteToFlush.isPresent() && mode != Mode.ENQUEUE) {
                throw new FatalException("-qR can be used only in delivery mode");
            }
            if (idToFlush.isPresent() && mode != Mode.ENQUEUE) {
                throw new FatalException("-qI can be used only in delivery mode");
            }
            if (verify) {
                checkVerify();
            }
            List<String> operands = options.operands();
            return switch (mode) {
                case ENQUEUE -> enqueue(operands);
                case LIST_QUEUE -> {
                    refuse(operands, "display queue mode requires no recipient");
                    yield new SendmailRequest.ListQueue();
                }
                case FLUSH -> {
                    refuse(operands, "flush queue mode requires no recipient");
                    yield new SendmailRequest.Flush();
                }
                case DAEMON -> {
                    refuse(operands, "daemon mode requires no recipient");
                    yield new SendmailRequest.StartDaemon();
                }
                case INIT_ALIASES -> {
                    refuse(operands, "alias initialization mode requires no recipient");
                    yield new SendmailRequest.InitAliases(aliasDatabase);
                }
                case STAND_ALONE -> {
                    refuse(operands, "stand-alone mode requires no recipient");
                    yield new SendmailRequest.StandAlone();
                }
                case IGNORE -> new SendmailRequest.Nothing();
            };
        }

        private void checkVerify() throws FatalException {
            if (fromHeader) {
                throw new FatalException("-t option cannot be used with -bv");
            }
            if (!notifyOn.isEmpty()) {
                throw new FatalException("-N option cannot be used with -bv");
            }
            if (returnFull.isPresent()) {
                throw new FatalException("-R option cannot be used with -bv");
            }
            if (verbosity == 1) {
                throw new FatalException("-v option cannot be used with -bv");
            }
        }

        private static void refuse(List<String> operands, String text) throws FatalException {
            if (!operands.isEmpty()) {
                throw new FatalException(text);
            }
        }

        /** Postfix: sendmail(1): a second {@code -v} means the command's own verbosity. */
        private Optional<Envelope.Trace> trace() {
            if (verify) {
                return Optional.of(Envelope.Trace.VERIFY);
            }
            return verbosity == 1 ? Optional.of(Envelope.Trace.FIRST_ATTEMPT) : Optional.empty();
        }

        private SendmailRequest enqueue(List<String> operands) throws FatalException {
            if (siteToFlush.isPresent()) {
                refuse(operands, "flush site requires no recipient");
                return new SendmailRequest.FlushSite(siteToFlush.get());
            }
            if (idToFlush.isPresent()) {
                refuse(operands, "flush queue_id requires no recipient");
                return new SendmailRequest.FlushId(idToFlush.get());
            }
            if (verp) {
                // said before anything is read: a message that should have gone out with VERP must not go without
                throw new FatalException("unsupported: -XV");
            }
            return new SendmailRequest.Submit(
                    sender,
                    fullName,
                    operands,
                    fromHeader,
                    dotEnds,
                    body,
                    notifyOn,
                    envelopeId,
                    returnFull,
                    gateway,
                    trace());
        }
    }
}
