/**
 * main.cf and master.cf: readers, editors, the registry of parameters, immutable snapshots.
 *
 * <p>Postfix's counterpart: mail_conf(3), mail_params(3), mac_expand(3), readlline(3), master(5), and what postconf(1) edits.
 *
 * <p>In: the files, or settings from a program. Out: a {@link org.recadero.config.Configuration} whose values are parsed
 * already, with the file and line of each; the services of master.cf; edited files.
 *
 * <p>Start with {@link org.recadero.config.Configurations}. {@code parameters.tsv} has every name with its default and what
 * becomes of it; {@link org.recadero.config.Parameters} has a constant for each that the code reads.
 */
@NullMarked
package org.recadero.config;

import org.jspecify.annotations.NullMarked;
