package org.recadero.deliver.local;

import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;
import org.recadero.envelope.SubmissionId;

/** One thing that an alias or a {@code .forward} stands for, when all that can be followed here has been followed. */
sealed interface Ending {
    /**
     * Its name among all that a recipient stands for: the same at each attempt, whatever the configuration says by then of the
     * user's mailbox.
     *
     * @param message its random id, so that the name is not to be guessed
     */
    default SubmissionId part(SubmissionId message) {
        return message.derived("part:"
                + switch (this) {
                    case ToAddress(Address address, boolean _) -> "address " + address.internal();
                    case ToUser(LocalUser user, boolean _) ->
                        "user " + user.name().user();
                    case ToTransport(String transport, String nextHop) -> "transport " + transport + ":" + nextHop;
                    case ToCommand(String command, Runner runner) -> "command " + runner.login() + " " + command;
                    case ToFile(String path, Runner runner) -> "file " + runner.login() + " " + path;
                    case ToNobody n -> "nobody";
                });
    }

    /**
     * Goes out as new mail.
     *
     * @param unseen Postfix looks no further either, even where the address is one of this machine: a member of a list with an owner
     *     or of an {@code :include:} file
     */
    record ToAddress(Address address, boolean unseen) implements Ending {
        public ToAddress {
            Objects.requireNonNull(address);
        }

        public ToAddress(Address address) {
            this(address, false);
        }
    }

    /**
     * A user of this machine, at once.
     *
     * @param forwarded his {@code .forward} was followed already
     */
    record ToUser(LocalUser user, boolean forwarded) implements Ending {
        public ToUser {
            Objects.requireNonNull(user);
        }
    }

    /** @param nextHop empty: the one that mail to this agent has */
    record ToTransport(String transport, String nextHop) implements Ending {
        public ToTransport {
            Objects.requireNonNull(transport);
            Objects.requireNonNull(nextHop);
        }
    }

    record ToCommand(String command, Runner runner) implements Ending {
        public ToCommand {
            Objects.requireNonNull(command);
            Objects.requireNonNull(runner);
        }
    }

    /** @param path absolute; with a slash at its end it is a Maildir */
    record ToFile(String path, Runner runner) implements Ending {
        public ToFile {
            Objects.requireNonNull(path);
            Objects.requireNonNull(runner);
        }
    }

    /**
     * This one fails, the others do not mind.
     *
     * @param member whom reports name, where it is an alias's member
     */
    record ToNobody(Refusal why, Optional<Address> member) implements Ending {
        public ToNobody {
            Objects.requireNonNull(why);
            Objects.requireNonNull(member);
        }

        public ToNobody(Refusal why) {
            this(why, Optional.empty());
        }
    }
}
