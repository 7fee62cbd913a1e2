package org.recadero.receive.submit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.SubmissionId;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.route.LoginSenders;

/**
 * Makes an envelope out of a command line and a uid. Whose mail it is decides the number alone (SAFETY 20); the environment
 * gives the full name and nothing else. Immutable.
 *
 * <p>Postfix: sendmail(1).
 */
public final class SubmissionComposer {
    private final UserDatabase users;
    private final SubmitPermission permission;

    public SubmissionComposer(UserDatabase users, SubmitPermission permission) {
        this.users = Objects.requireNonNull(users);
        this.permission = Objects.requireNonNull(permission);
    }

    /**
     * @param warnings for standard error, without the program's name
     * @param who {@code usuario(1001)}: the sender and the uid, as they stand in a fatal message
     */
    record Composition(List<String> warnings, String who, Result result) {}

    sealed interface Result {
        record Ready(NewMessage message) implements Result {}

        /** @param text what follows {@code sendmail: fatal: }, with {@link Composition#who} where it belongs there */
        record Refused(String text, boolean forGood) implements Result {}
    }

    Composition compose(SubmissionId id, int uid, Map<String, String> environment, SendmailRequest.Submit submit) {
        Optional<UserDatabase.User> user;
        try {
            user = users.byUid(uid);
        } catch (UserDatabaseException e) {
            return refuse("", "cannot look up user ID " + number(uid) + ": user database unavailable", false);
        }
        String login = user.map(UserDatabase.User::name).orElse("unknown");
        if (!permission.maySubmit(uid, login)) {
            return refuse("", "User " + login + "(" + number(uid) + ") is not allowed to submit mail", true);
        }
        List<String> warnings = new ArrayList<>();
        String sender;
        if (submit.sender().isPresent()) {
            List<String> given = CommandLineAddresses.parse(submit.sender().get());
            sender = given.isEmpty() ? "" : given.getFirst();
            if (given.size() > 1) {
                warnings.add("-f option specified malformed sender: "
                        + Printable.of(submit.sender().get()));
            }
        } else if (user.isPresent()) {
            sender = login;
        } else {
            return refuse("", "no login name found for user ID " + number(uid), true);
        }
        String who = Printable.of(sender) + "(" + number(uid) + ")";
        Optional<Composition> refused = mayNotSendAs(uid, user, sender, who);
        if (refused.isPresent()) {
            return refused.get();
        }
        List<NewMessage.Recipient> recipients = recipients(submit);
        if (recipients.isEmpty() && !submit.recipientsFromHeader()) {
            return refuse(
                    who,
                    who + ": Recipient addresses must be specified on the command line or via the -t option",
                    true);
        }
        if (isBroken(sender) || recipients.stream().anyMatch(r -> isBroken(r.address()))) {
            return refuse(who, who + ": line end in an address", true);
        }
        if (submit.gateway()) {
            warnings.add("-G: header addresses without a domain are completed as in other mail");
        }
        NewMessage message = new NewMessage(
                id,
                sender,
                fullName(submit, environment, user),
                recipients,
                submit.recipientsFromHeader(),
                submit.notifyOn(),
                submit.body(),
                submit.envelopeId(),
                submit.returnFull(),
                submit.trace(),
                List.of(),
                new NewMessage.Origin.User(uid));
        return new Composition(List.copyOf(warnings), who, new Result.Ready(message));
    }

    /** A message that he gave in another way than by arguments, as his own, where he may send it. */
    Composition asUsers(int uid, NewMessage message) {
        Optional<UserDatabase.User> user;
        try {
            user = users.byUid(uid);
        } catch (UserDatabaseException e) {
            return refuse("", "cannot look up user ID " + number(uid) + ": user database unavailable", false);
        }
        String login = user.map(UserDatabase.User::name).orElse("unknown");
        if (!permission.maySubmit(uid, login)) {
            return refuse("", "User " + login + "(" + number(uid) + ") is not allowed to submit mail", true);
        }
        String who = Printable.of(message.sender()) + "(" + number(uid) + ")";
        Optional<Composition> refused = mayNotSendAs(uid, user, message.sender(), who);
        if (refused.isPresent()) {
            return refused.get();
        }
        NewMessage his = new NewMessage(
                message.submission(),
                message.sender(),
                // Postfix: only the sendmail command itself adds a name
                Optional.of(""),
                message.recipients(),
                message.recipientsFromHeader(),
                message.body(),
                message.envelopeId(),
                message.returnFull(),
                message.prepend(),
                new NewMessage.Origin.User(uid));
        return new Composition(List.of(), who, new Result.Ready(his));
    }

    private Optional<Composition> mayNotSendAs(int uid, Optional<UserDatabase.User> user, String sender, String who) {
        return switch (permission.maySendAs(uid, user.map(UserDatabase.User::name), sender)) {
            case LoginSenders.Answer.Allowed allowed -> Optional.empty();
            case LoginSenders.Answer.Refused refused ->
                Optional.of(refuse(who, who + ": not authorized to use sender='" + Printable.of(sender) + "'", true));
            case LoginSenders.Answer.Failed(String why) ->
                Optional.of(refuse(who, who + ": cannot find out who may use this sender: " + why, false));
        };
    }

    private static Composition refuse(String who, String text, boolean forGood) {
        return new Composition(List.of(), who, new Result.Refused(text, forGood));
    }

    private static List<NewMessage.Recipient> recipients(SendmailRequest.Submit submit) {
        List<NewMessage.Recipient> recipients = new ArrayList<>();
        for (String argument : submit.recipients()) {
            List<String> addresses = CommandLineAddresses.parse(argument);
            // an argument without any address is the empty address, as in Postfix
            for (String address : addresses.isEmpty() ? List.of("") : addresses) {
                recipients.add(
                        new NewMessage.Recipient(address, Optional.empty(), submit.notifyOn(), Optional.empty()));
            }
        }
        return recipients;
    }

    /** {@code -F}, else NAME, else the user database (Postfix: fullname(3)). */
    private static Optional<String> fullName(
            SendmailRequest.Submit submit, Map<String, String> environment, Optional<UserDatabase.User> user) {
        return submit.fullName()
                .or(() -> Optional.ofNullable(environment.get("NAME")))
                .or(() -> user.map(UserDatabase.User::fullName).map(SubmissionComposer::gecosName))
                .map(name -> name.replaceAll("[\\x00-\\x1f\\x7f]", " "));
    }

    /** Postfix: fullname(3): ends at {@code ,} {@code ;} or {@code %}. */
    private static String gecosName(String gecos) {
        for (int i = 0; i < gecos.length(); i++) {
            if (",;%".indexOf(gecos.charAt(i)) >= 0) {
                return gecos.substring(0, i);
            }
        }
        return gecos;
    }

    private static boolean isBroken(String address) {
        return address.indexOf('\r') >= 0 || address.indexOf('\n') >= 0 || address.indexOf('\0') >= 0;
    }

    private static String number(int uid) {
        return Integer.toUnsignedString(uid);
    }
}
