package org.recadero.receive.submit;

/** Who may submit mail. Postfix: {@code authorized_submit_users}. */
@FunctionalInterface
public interface SubmitPermission {
    /**
     * @param uid by the kernel's word
     * @param login of the user database; {@code unknown} where there is none
     */
    boolean maySubmit(int uid, String login);
}
