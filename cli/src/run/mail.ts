import type { Deps } from '@trailstitch/backends'
import type { Mail } from '@trailstitch/dashboard'
import { createTransport, type NodemailerError, type SMTPTransportOptions } from 'nodemailer'
import type { Config } from '../config.ts'
import { CliError, messageOf } from '../errors.ts'
import { pause } from '../io.ts'

export interface Mailer {
  /**
   * Takes a mail and answers at once, whatever the server does: how long a mail takes must tell nobody anything. It is tried
   * again after 2 s, 15 s and 2 min, unless the server refuses it for good. What is given up is logged, without its text.
   */
  send(mail: Mail): Promise<void>
  /** Throws when the server cannot be reached, or does not take the name and password. */
  check(): Promise<void>
  /** Waits for what is under way. What would be tried again is given up. */
  close(): Promise<void>
}

interface MailerDeps extends Pick<Deps, 'log'> {
  /** Waits, but not past the stop; true when the whole time went by. Default: real time. */
  wait?: (ms: number, stop: AbortSignal) => Promise<boolean>
}

const retriesMs = [2_000, 15_000, 120_000]
const timeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000, dnsTimeout: 5_000 }

/** Undefined where no mail is set up. Throws `invalid_config` when only half of it is, or the URL cannot be read. */
export function createMailer(
  { smtpUrl, mailFrom }: Pick<Config, 'smtpUrl' | 'mailFrom'>,
  { log, wait = pause }: MailerDeps,
): Mailer | undefined {
  if (smtpUrl === undefined) return undefined
  if (mailFrom === undefined) throw new CliError('invalid_config', 'smtpUrl needs mailFrom, the sender of the mails.')
  const transport = createTransport(toTransport(smtpUrl))
  const stop = new AbortController()
  const pending = new Set<Promise<void>>()

  /** Undefined when the server has taken it. */
  const attempt = ({ to, subject, text }: Mail): Promise<NodemailerError | undefined> =>
    transport
      // As an object: in a text, a comma would make two of one address.
      .sendMail({ from: mailFrom, to: { name: '', address: to }, subject, text })
      .then(() => undefined)
      .catch((error: NodemailerError) => error)

  const deliver = async (mail: Mail): Promise<void> => {
    for (const waitMs of [...retriesMs, undefined]) {
      const problem = await attempt(mail)
      if (!problem) return
      const about = { to: mail.to, subject: mail.subject, error: messageOf(problem) }
      const isOver = waitMs === undefined || isRefused(problem)
      if (!isOver) log.warn({ ...about, waitMs }, 'a mail could not be sent; it is tried again')
      if (isOver || !(await wait(waitMs, stop.signal))) return log.error(about, 'a mail could not be sent')
    }
  }

  return {
    async send(mail) {
      const running: Promise<void> = deliver(mail).finally(() => pending.delete(running))
      pending.add(running)
    },
    check: async () => void (await transport.verify()),
    async close() {
      stop.abort()
      await Promise.all(pending)
    },
  }
}

/** 5xx is for good; 4xx, and a server that is away, are not. */
const isRefused = ({ responseCode = 0 }: NodemailerError): boolean => responseCode >= 500

function toTransport(url: string): SMTPTransportOptions {
  if (!URL.canParse(url) || new URL(url).hostname === '')
    throw new CliError('invalid_config', 'smtpUrl cannot be read. Special characters of a password go in as %40 for @.')
  const { hostname, username } = new URL(url)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  // A password must not cross a network in the clear because somebody on the way took STARTTLS out.
  const requireTLS = username !== '' && !isHere
  return { url, requireTLS, ...timeouts, disableFileAccess: true, disableUrlAccess: true }
}
