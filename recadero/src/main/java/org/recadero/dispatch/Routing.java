package org.recadero.dispatch;

import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.Address;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.message.Author;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.route.AccountRule;
import org.recadero.route.Reason;
import org.recadero.route.Resolution;
import org.recadero.route.Router;

/** Where the recipients of a claimed message go, and through whose account. Safe for all threads: it keeps nothing. */
final class Routing {
    private final Queue queue;
    private final MailLog log;

    Routing(Queue queue, MailLog log) {
        this.queue = Objects.requireNonNull(queue);
        this.log = Objects.requireNonNull(log);
    }

    /** Where it goes. Only what leaves this machine goes through somebody's account. */
    Resolution resolve(ActiveMessage entry, Address recipient) {
        ReversePath sender = entry.message().envelope().sender();
        Router router = entry.plan().router();
        Resolution resolution = router.resolve(sender, recipient);
        boolean leaves = resolution instanceof Resolution.Routed routed
                && entry.plan().agent(routed.transport()).filter(Agent::leaves).isPresent();
        return leaves
                        && account(entry) instanceof AccountRule.Answer.Is(ReversePath account, Optional<Reason> why)
                        && !account.equals(sender)
                ? router.resolve(account, recipient)
                : resolution;
    }

    AccountRule.Answer account(ActiveMessage entry) {
        return entry.account(() -> {
            QueuedMessage message = entry.message();
            AccountRule.Answer answer = entry.plan().accounts().choose(message.envelope(), () -> {
                try (InputStream content = queue.openContent(message.id())) {
                    return Author.of(content);
                }
            });
            if (answer instanceof AccountRule.Answer.Is(ReversePath account, Optional<Reason> why) && why.isPresent()) {
                log.info("qmgr", message.id() + ": account=<" + account + ">, by the From field");
            }
            return answer;
        });
    }

    ReversePath accountOf(Agent agent, Task task) {
        return agent.leaves()
                        && account(task.active) instanceof AccountRule.Answer.Is(ReversePath is, Optional<Reason> why)
                ? is
                : task.active.message().envelope().sender();
    }
}
