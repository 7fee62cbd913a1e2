package org.recadero.dispatch;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.route.AccountRule;
import org.recadero.route.Router;

/**
 * What one configuration means for dispatch; swapped whole at a reload.
 *
 * @param agents by transport name
 * @param accounts decides whose account a message goes through
 */
public record Plan(Configuration configuration, Router router, Map<String, Agent> agents, AccountRule accounts) {
    public Plan {
        Objects.requireNonNull(configuration);
        Objects.requireNonNull(router);
        agents = Map.copyOf(agents);
        Objects.requireNonNull(accounts);
    }

    Optional<Agent> agent(String transport) {
        return Optional.ofNullable(agents.get(transport));
    }

    /** Messages that may be claimed at a time. Postfix: {@code qmgr_message_active_limit} */
    int mostActive() {
        return Math.min(configuration.get(Parameters.QMGR_MESSAGE_ACTIVE_LIMIT), Dispatcher.MOST_ACTIVE);
    }

    /** Postfix: {@code defer_transports}: mail for it waits until somebody flushes or changes the list. */
    boolean isDeferred(String transport) {
        return configuration.get(Parameters.DEFER_TRANSPORTS).contains(transport);
    }
}
