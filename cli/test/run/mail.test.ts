import { expect, onTestFinished, test, vi } from 'vitest'
import { createMailer } from '../../src/run/mail.ts'
import { refusal, startMailServer } from '../smtp.ts'

const mailFrom = 'Trailstitch <no-reply@example.com>'
const mail = { to: 'olga@example.com', subject: 'Your password', text: 'https://dash.test/reset#token=hush\n' }

async function serve(...given: Parameters<typeof startMailServer>) {
  const server = await startMailServer(...given)
  onTestFinished(() => server.stop())
  return server
}

/** A mailer whose pauses end when the test says so. */
function open(smtpUrl: string) {
  const logged: { level: string; fields: object }[] = []
  const keep = (level: string) => (fields: object) => void logged.push({ level, fields })
  const pauses: { ms: number; end: () => void }[] = []
  const wait = (ms: number, stop: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      stop.addEventListener('abort', () => resolve(false))
      pauses.push({ ms, end: () => resolve(true) })
    })
  const log = { info: keep('info'), warn: keep('warn'), error: keep('error') }
  const mailer = createMailer({ smtpUrl, mailFrom }, { log, wait })
  if (!mailer) throw new Error('There is no mailer.')
  return { mailer, logged, pauses }
}

const until = <T>(check: () => T) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

test('a mail gets to the server with its sender, one recipient and its text', async () => {
  const server = await serve()
  const { mailer, logged } = open(server.url)
  await mailer.send({ ...mail, subject: 'Invitation to Żółw\r\nBcc: eve@example.com' })
  await mailer.close()
  expect(server.received).toHaveLength(1)
  expect(server.received[0]).toMatchObject({ from: 'no-reply@example.com', to: ['olga@example.com'] })
  expect(server.received[0]?.raw).toContain('https://dash.test/reset#token=')
  expect(server.received[0]?.raw).not.toMatch(/^bcc:/im)
  expect(logged).toEqual([])
})

test('a comma in an address does not make two recipients of it', async () => {
  const server = await serve()
  const { mailer } = open(server.url)
  await mailer.send({ ...mail, to: 'eve,olga@example.com' })
  await mailer.close()
  for (const { to } of server.received) expect(to).toHaveLength(1)
  expect(server.received.flatMap(({ to }) => to)).not.toContain('olga@example.com')
})

test('a server that is down gets the mail when it is back, and nobody waits for it', async () => {
  const gone = await startMailServer()
  await gone.stop()
  const { mailer, logged, pauses } = open(gone.url)
  await mailer.send(mail)
  await until(() => expect(pauses.map(({ ms }) => ms)).toEqual([2_000]))
  pauses[0]?.end()
  await until(() => expect(pauses.map(({ ms }) => ms)).toEqual([2_000, 15_000]))
  const back = await serve({}, { port: gone.port })
  pauses[1]?.end()
  await until(() => expect(back.received).toHaveLength(1))
  await mailer.close()
  expect(logged.map(({ level }) => level)).toEqual(['warn', 'warn'])
})

test('after four tries a mail is given up, and the log tells of it without its link', async () => {
  const server = await serve({ onRcptTo: (_address, _session, done) => done(refusal(451)) })
  const { mailer, logged, pauses } = open(server.url)
  await mailer.send(mail)
  for (let tries = 1; tries <= 3; tries++) {
    await until(() => expect(pauses).toHaveLength(tries))
    pauses[tries - 1]?.end()
  }
  await until(() => expect(logged.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'error']))
  expect(logged.at(-1)?.fields).toMatchObject({ to: 'olga@example.com', error: expect.stringContaining('Not now') })
  expect(JSON.stringify(logged)).not.toContain('hush')
})

test('what the server refuses for good is not tried again', async () => {
  const server = await serve({ onRcptTo: (_address, _session, done) => done(refusal(550)) })
  const { mailer, logged, pauses } = open(server.url)
  await mailer.send(mail)
  await mailer.close()
  expect(logged.map(({ level }) => level)).toEqual(['error'])
  expect(pauses).toEqual([])
})

test('a stop ends the pauses between tries', async () => {
  const gone = await startMailServer()
  await gone.stop()
  const { mailer, logged, pauses } = open(gone.url)
  await mailer.send(mail)
  await until(() => expect(pauses).toHaveLength(1))
  await mailer.close()
  expect(logged.map(({ level }) => level)).toEqual(['warn', 'error'])
})

test('a password goes to another machine over TLS alone', async () => {
  const [here, elsewhere] = [await serve(), await serve({}, { host: '127.0.0.2' })]
  await expect(open(here.url).mailer.check()).resolves.toBeUndefined()
  await expect(open(elsewhere.url).mailer.check()).rejects.toThrow('STARTTLS')
})

test('settings that do not go together are told', () => {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  expect(createMailer({}, { log })).toBeUndefined()
  expect(() => createMailer({ smtpUrl: 'smtp://mail.test' }, { log })).toThrow('mailFrom')
  expect(() => createMailer({ smtpUrl: 'smtp://a:b/c@mail.test', mailFrom }, { log })).toThrow('cannot be read')
})
