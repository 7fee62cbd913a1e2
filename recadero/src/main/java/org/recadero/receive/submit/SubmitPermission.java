package org.recadero.receive.submit;

import java.util.Optional;
import org.recadero.route.LoginSenders;

/** Who may submit, and as whom. Postfix: {@code authorized_submit_users}, {@code local_login_sender_maps}. */
@FunctionalInterface
public interface SubmitPermission {
    /**
     * @param uid by the kernel's word
     * @param login of the user database; {@code unknown} where there is none
     */
    boolean maySubmit(int uid, String login);

    /**
     * Whether he may give this envelope sender: everybody may give any, as in Postfix, where no map says otherwise.
     *
     * @param login of the user database
     * @param sender internal form, as given: perhaps without a domain; empty: the null sender
     */
    default LoginSenders.Answer maySendAs(int uid, Optional<String> login, String sender) {
        return new LoginSenders.Answer.Allowed();
    }
}
