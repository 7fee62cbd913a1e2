package org.recadero.receive.smtpd;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.recadero.envelope.Address;
import org.recadero.receive.smtpd.Judgement.Outcome;
import org.recadero.table.LookupResult;

/** Restrictions about who may use a sender: {@code smtpd_sender_login_maps}. Used by one thread, once. */
final class SenderOwners {
    private final Judgement judgement;
    private final ServiceSettings settings;
    private final Directory directory;

    SenderOwners(Judgement judgement, ServiceSettings settings, Directory directory) {
        this.judgement = Objects.requireNonNull(judgement);
        this.settings = Objects.requireNonNull(settings);
        this.directory = Objects.requireNonNull(directory);
    }

    Outcome loggedInMismatch(boolean onlyKnownSenders) {
        if (judgement.state().login().isEmpty() || judgement.sender().isEmpty()) {
            return Outcome.NOTHING;
        }
        String login = judgement.state().login().get().name();
        return switch (owners(judgement.sender())) {
            case LookupResult.Failed(String reason) -> judgement.lookupFailed(judgement.sender(), reason);
            case LookupResult.NotFound none -> onlyKnownSenders ? Outcome.NOTHING : notOwned(login);
            case LookupResult.Found(String owners) ->
                Set.of(owners.split("[,\\s]+", -1)).contains(login) ? Outcome.NOTHING : notOwned(login);
        };
    }

    private Outcome notOwned(String login) {
        return judgement.refuse(553, "5.7.1", judgement.senderSubject().text("not owned by user " + login));
    }

    Outcome notLoggedIn() {
        if (judgement.state().login().isPresent() || judgement.sender().isEmpty()) {
            return Outcome.NOTHING;
        }
        return switch (owners(judgement.sender())) {
            case LookupResult.Failed(String reason) -> judgement.lookupFailed(judgement.sender(), reason);
            case LookupResult.NotFound none -> Outcome.NOTHING;
            case LookupResult.Found found ->
                judgement.refuse(553, "5.7.1", judgement.senderSubject().text("not logged in"));
        };
    }

    private LookupResult owners(String sender) {
        if (directory.meaning(sender) instanceof Directory.Meaning.Known known) {
            Address address = known.address();
            List<String> keys = directory.keys(address);
            for (String key : keys) {
                LookupResult result = key.equals(keys.getFirst())
                        ? settings.senderLogins().find(key)
                        : settings.senderLogins().findPart(key);
                if (!(result instanceof LookupResult.NotFound)) {
                    return result;
                }
            }
        }
        return new LookupResult.NotFound();
    }
}
