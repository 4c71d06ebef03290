import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface TestMailServer {
  /** With a user and password that it takes. */
  url: string
  port: number
  received: { from: string; to: string[]; raw: string }[]
  stop(): Promise<void>
}

export const mailUser = 'postman'
/** With characters that a URL has to escape. */
export const mailPassword = 'p@ss/word'

/** A mail server that keeps what it gets. `options` add faults. */
export async function startMailServer(
  options: SMTPServerOptions = {},
  { port = 0, host = '127.0.0.1' } = {},
): Promise<TestMailServer> {
  const received: TestMailServer['received'] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const isKnown = username === mailUser && password === mailPassword
      done(isKnown ? null : new Error('Who are you?'), { user: mailUser })
    },
    onData(stream, { envelope }, done) {
      void text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw })
        done(null)
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, host, () => resolve()))
  const bound = (server.server.address() as AddressInfo).port
  return {
    url: `smtp://${mailUser}:${encodeURIComponent(mailPassword)}@${host}:${bound}`,
    port: bound,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

export const refusal = (responseCode: number) => Object.assign(new Error('Not now.'), { responseCode })
