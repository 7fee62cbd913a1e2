package org.recadero.deliver;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.recadero.os.Commands;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;
import org.recadero.status.SysExits;

/**
 * What a command's end means for the mail. Postfix: local(8), pipe(8), DIAGNOSTICS; sys_exits(3): an exit status of {@code
 * sysexits.h}, and a status code and text that the command printed first. What the machine is to blame for makes mail wait.
 */
public final class CommandVerdict {
    /** So much of a command's output is asked for, bytes. */
    public static final int OUTPUT_BYTES = 4_096;

    /** RFC 3463 §3.4: other or undefined mail system status. */
    private static final EnhancedStatusCode FAILED = EnhancedStatusCode.of(5, 3, 0);

    private static final Pattern CODE =
            Pattern.compile("([245]\\.[0-9]{1,3}\\.[0-9]{1,3})(?:[ \\t]+(.*))?", Pattern.DOTALL);

    private CommandVerdict() {}

    /** An exit status with a name. */
    private record Named(EnhancedStatusCode code, String text) {}

    /**
     * Judges.
     *
     * @param relay what the log calls the agent
     * @param speaker in front of what only the agent can tell, {@code local: fatal}
     * @param sent the text of success
     * @param command as reports name it
     */
    public static Outcome of(
            Commands.End end, String relay, String speaker, String sent, String command, Duration elapsed) {
        return switch (end) {
            case Commands.End.Exited(int status, String output)
            when status == 0 -> new Outcome.Sent(DeliveryStatus.of(relay, EnhancedStatusCode.OK, sent, elapsed));
            case Commands.End.Exited(int status, String output) -> exited(status, output, relay, command, elapsed);
            case Commands.End.Killed(int signal, String output) ->
                failed(
                        EnhancedStatusCode.SYSTEM_TROUBLE,
                        "Command died with signal " + signal + ": \"" + command + "\"",
                        output,
                        relay,
                        elapsed);
            case Commands.End.TimedOut(String output) ->
                failed(FAILED, "Command time limit exceeded: \"" + command + "\"", output, relay, elapsed);
            case Commands.End.NotRun(String why) ->
                failed(EnhancedStatusCode.SYSTEM_TROUBLE, "temporary failure", speaker + ": " + why, relay, elapsed);
            case Commands.End.Failed(String why) ->
                new Outcome.Deferred(DeliveryStatus.of(relay, EnhancedStatusCode.SYSTEM_TROUBLE, why, elapsed));
        };
    }

    private static Outcome exited(int status, String output, String relay, String command, Duration elapsed) {
        Optional<Named> named = named(status);
        if (named.isEmpty()) {
            return failed(
                    FAILED, "Command died with status " + status + ": \"" + command + "\"", output, relay, elapsed);
        }
        return failed(named.get().code(), named.get().text(), output, relay, elapsed);
    }

    private static Optional<Named> named(int status) {
        return switch (status) {
            case SysExits.USAGE -> named(5, 3, 0, "command line usage error");
            case SysExits.DATA_ERROR -> named(5, 6, 0, "data format error");
            case SysExits.NO_INPUT -> named(5, 3, 0, "cannot open input");
            case SysExits.NO_USER -> named(5, 1, 1, "user unknown");
            case SysExits.NO_HOST -> named(5, 1, 2, "host name unknown");
            case SysExits.UNAVAILABLE -> named(5, 3, 0, "service unavailable");
            case SysExits.SOFTWARE -> named(5, 3, 0, "internal software error");
            case SysExits.OS_ERROR -> named(4, 3, 0, "system resource problem");
            case SysExits.OS_FILE -> named(5, 3, 0, "critical OS file missing");
            case SysExits.CANNOT_CREATE -> named(5, 2, 0, "can't create user output file");
            case SysExits.IO_ERROR -> named(5, 3, 0, "input/output error");
            case SysExits.TEMPORARY_FAILURE -> named(4, 3, 0, "temporary failure");
            case SysExits.PROTOCOL -> named(5, 5, 0, "remote error in protocol");
            case SysExits.NO_PERMISSION -> named(5, 7, 0, "permission denied");
            case SysExits.CONFIG -> named(5, 3, 5, "local configuration error");
            default -> Optional.empty();
        };
    }

    private static Optional<Named> named(int statusClass, int subject, int detail, String text) {
        return Optional.of(new Named(EnhancedStatusCode.of(statusClass, subject, detail), text));
    }

    private static Outcome failed(EnhancedStatusCode code, String text, String output, String relay, Duration elapsed) {
        String said = clean(output);
        Matcher own = CODE.matcher(said);
        if (own.matches() && own.group(1).charAt(0) != '2') {
            Optional<EnhancedStatusCode> given = EnhancedStatusCode.parse(own.group(1));
            String rest = own.group(2);
            if (given.isPresent()) {
                String shown = rest == null || rest.isBlank() ? text : rest;
                return outcome(given.get(), shown, shown, relay, elapsed);
            }
        }
        return said.isEmpty()
                ? outcome(code, text, text, relay, elapsed)
                : outcome(code, text + ". Command output: " + said, said, relay, elapsed);
    }

    /** What a command that succeeded had to say; empty for nothing. */
    public static String said(Commands.End end) {
        return end instanceof Commands.End.Exited(int status, String output) ? clean(output) : "";
    }

    /** In one line, as Postfix prints it: line ends are blanks, other control characters are {@code _}. */
    private static String clean(String output) {
        String text = new String(output.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).stripTrailing();
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            clean.append(c == '\n' || c == '\r' || c == '\t' ? ' ' : c < ' ' || c == 0x7f ? '_' : c);
        }
        return clean.toString();
    }

    private static Outcome outcome(
            EnhancedStatusCode code, String text, String diagnostic, String relay, Duration elapsed) {
        DeliveryStatus status = new DeliveryStatus(
                relay,
                code,
                text,
                Optional.of(new DeliveryStatus.Diagnostic("x-unix", diagnostic)),
                Optional.empty(),
                Duration.ZERO,
                elapsed);
        return code.statusClass() == 4 ? new Outcome.Deferred(status) : new Outcome.Bounced(status);
    }
}
