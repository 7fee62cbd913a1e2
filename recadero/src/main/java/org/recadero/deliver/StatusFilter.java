package org.recadero.deliver;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Replaces what an agent reports by what the administrator's tables say: {@code 5.7.1 text} is looked up, a code and perhaps
 * another text comes back. What would bounce may wait instead and the other way round, but no success becomes a failure. A table
 * that fails or says nonsense changes nothing; the log says so. Postfix: postconf(5), default_delivery_status_filter. Immutable.
 *
 * <p>DIFFERS: the line {@code forwarded as …} of an alias is dispatch's, and not looked up.
 *
 * @param parameter for warnings
 */
public record StatusFilter(String parameter, List<LookupTable> tables, String program, MailLog log) {
    public StatusFilter {
        Objects.requireNonNull(parameter);
        tables = List.copyOf(tables);
        Objects.requireNonNull(program);
        Objects.requireNonNull(log);
    }

    /** An agent whose reports are replaced; the agent itself where there are no tables. */
    public Deliverer around(Deliverer agent) {
        return tables.isEmpty() ? agent : new Filtered(agent, this);
    }

    /** An outcome of one place. What the recipient stands for was looked at before it came to be one. */
    public Outcome of(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus status) -> new Outcome.Sent(of(status));
            case Outcome.Deferred(DeliveryStatus status) -> failed(of(status));
            case Outcome.Bounced(DeliveryStatus status) -> failed(of(status));
            case Outcome.Waiting(DeliveryStatus status) -> {
                DeliveryStatus other = of(status);
                yield other.code().statusClass() == 4 ? new Outcome.Waiting(other) : new Outcome.Bounced(other);
            }
            case Outcome.HandedTo handed -> handed;
            case Outcome.Expanded expanded -> expanded;
            case Outcome.Several several -> several;
        };
    }

    private static Outcome failed(DeliveryStatus status) {
        return status.code().statusClass() == 4 ? new Outcome.Deferred(status) : new Outcome.Bounced(status);
    }

    /** What would become of mail. */
    public Verification of(Verification verification) {
        return new Verification(verification.found().stream().map(this::of).toList(), verification.then());
    }

    private DeliveryStatus of(DeliveryStatus status) {
        String key = status.code() + " " + status.text();
        for (LookupTable table : tables) {
            switch (table.find(key)) {
                case LookupResult.Found(String value) -> {
                    return replaced(status, value.strip());
                }
                case LookupResult.NotFound none -> {
                    continue;
                }
                case LookupResult.Failed(String reason) -> {
                    log.warning(program, parameter + ": " + reason);
                    return status;
                }
            }
        }
        return status;
    }

    private DeliveryStatus replaced(DeliveryStatus status, String value) {
        String[] parts = value.split("[ \t]+", 2);
        Optional<EnhancedStatusCode> code = EnhancedStatusCode.parse(parts[0]);
        boolean success = status.code().statusClass() == 2;
        if (code.isEmpty() || (code.get().statusClass() == 2) != success) {
            log.warning(program, parameter + ": bad status code: " + value);
            return status;
        }
        return status.replaced(code.get(), parts.length == 2 ? parts[1] : status.text());
    }

    /** The agent behind the filter. */
    private record Filtered(Deliverer agent, StatusFilter filter) implements Deliverer {
        @Override
        public List<Outcome> deliver(List<Delivery> batch) {
            return all(agent.deliver(batch));
        }

        @Override
        public List<Outcome> deliver(List<Delivery> batch, Further further) {
            return all(agent.deliver(batch, new Further() {
                @Override
                public List<Delivery> next(ReversePath account) {
                    return further.next(account);
                }

                @Override
                public void settled(Delivery delivery, Outcome outcome) {
                    further.settled(delivery, filter.of(outcome));
                }
            }));
        }

        private List<Outcome> all(List<Outcome> outcomes) {
            return outcomes.stream().map(filter::of).toList();
        }

        @Override
        public void suspended(Delivery delivery) {
            agent.suspended(delivery);
        }

        @Override
        public List<Verification> verify(List<Delivery> batch) {
            return agent.verify(batch).stream().map(filter::of).toList();
        }
    }
}
