package org.recadero.daemon;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.recadero.control.ControlVerb;
import org.recadero.control.QueueDesk;
import org.recadero.os.UserDatabase;
import org.recadero.receive.submit.CommandDesk;
import org.recadero.receive.submit.QueueRequest;
import org.recadero.route.DomainList;
import org.recadero.status.SysExits;

/** What everybody may ask besides submission: to list the queue and to have it tried now, as the lists of users allow. */
final class PublicDesk implements CommandDesk {
    private final QueueDesk queue;
    private final Supplier<Running> running;
    private final UserDatabase users;
    private final int ownUid;

    PublicDesk(QueueDesk queue, Supplier<Running> running, UserDatabase users, int ownUid) {
        this.queue = queue;
        this.running = running;
        this.users = users;
        this.ownUid = ownUid;
    }

    @Override
    public OptionalInt run(List<String> command, int uid, OutputStream out, OutputStream err) throws IOException {
        if (!command.getFirst().equals("postqueue")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(
                switch (QueueRequest.parse(command.subList(1, command.size())).request()) {
                    case QueueRequest.Listing all ->
                        mayLook(uid, err) ? queue.serve(ControlVerb.LIST, List.of(), out, err) : SysExits.NO_PERMISSION;
                    case QueueRequest.JsonListing all ->
                        mayLook(uid, err)
                                ? queue.serve(ControlVerb.LIST_JSON, List.of(), out, err)
                                : SysExits.NO_PERMISSION;
                    case QueueRequest.Flush flush -> {
                        if (!mayFlush(uid, err)) {
                            yield SysExits.NO_PERMISSION;
                        }
                        var _ = queue.flush();
                        yield SysExits.OK;
                    }
                    case QueueRequest.FlushId(var id) -> {
                        if (!mayFlush(uid, err)) {
                            yield SysExits.NO_PERMISSION;
                        }
                        // Postfix says nothing of an id that is not there: the message may be gone since the list was
                        // read
                        var _ = queue.flush(id);
                        yield SysExits.OK;
                    }
                    case QueueRequest.FlushSite(String site) -> {
                        if (!mayFlush(uid, err)) {
                            yield SysExits.NO_PERMISSION;
                        }
                        var _ = queue.flushSite(site);
                        yield SysExits.OK;
                    }
                    case QueueRequest.Fatal(String before, String text) -> {
                        if (!before.isEmpty()) {
                            say(err, before);
                        }
                        say(err, "postqueue: fatal: " + text);
                        yield SysExits.UNAVAILABLE;
                    }
                });
    }

    private boolean mayLook(int uid, OutputStream err) throws IOException {
        return may(running.get().users().mailq(), uid, "view", err);
    }

    private boolean mayFlush(int uid, OutputStream err) throws IOException {
        return may(running.get().users().flush(), uid, "flush", err);
    }

    private boolean may(DomainList list, int uid, String what, OutputStream err) throws IOException {
        if (uid == 0 || uid == ownUid) {
            return true;
        }
        String login = AuthorizedUsers.login(users, uid);
        if (AuthorizedUsers.has(list, login)) {
            return true;
        }
        say(
                err,
                "postqueue: fatal: User " + login + "(" + Integer.toUnsignedString(uid) + ") is not allowed to " + what
                        + " the mail queue");
        return false;
    }

    private static void say(OutputStream err, String line) throws IOException {
        err.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
