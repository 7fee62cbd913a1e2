/**
 * main.cf and master.cf: readers, editor, the registry of parameters, immutable snapshots.
 *
 * <p>Postfix's counterpart: mail_conf(3), postconf(5), master(5). Start with {@link org.recadero.config.Configuration}.
 */
@NullMarked
package org.recadero.config;

import org.jspecify.annotations.NullMarked;
