import type { Deps } from '@trailstitch/backends'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { createMailer } from '../run/mail.ts'
import { shownUrl } from '../run/urls.ts'
import { type Finding, fail, ok } from './check.ts'

/** Whether the mail server takes us. No mail is sent. Nothing is said where none is set up. */
export async function checkMail(config: Config, deps: Deps): Promise<Finding[]> {
  const mailer = createMailer(config, deps)
  if (!mailer) return []
  const shown = shownUrl(config.smtpUrl ?? '')
  try {
    await mailer.check()
    return [ok('mail', shown)]
  } catch (error) {
    const fix = 'Compare smtpUrl with what the mail server asks for: host, port, smtp: or smtps:, user and password.'
    return [fail('mail', `${shown}: ${messageOf(error)}`, fix)]
  }
}
