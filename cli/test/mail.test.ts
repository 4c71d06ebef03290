import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './run-cli.ts'
import { startMailServer } from './smtp.ts'
import { eventually, startService } from './spawn-cli.ts'

test('a server with mail sends invitations and links for forgotten passwords', async () => {
  const mails = await startMailServer()
  onTestFinished(() => mails.stop())
  const service = await startService(['start', '--port', '0', '--data', temporaryFolder()], {
    TRAILSTITCH_ADMIN_TOKEN: 'token',
    TRAILSTITCH_SMTP_URL: mails.url,
    TRAILSTITCH_MAIL_FROM: 'no-reply@example.com',
  })
  const call = async (path: string, body?: object) => {
    const headers = { authorization: 'Bearer token', 'content-type': 'application/json' }
    const response = await fetch(`${service.url}/api/v1${path}`, {
      headers,
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  /** The link of the newest mail, without the line breaks of its encoding. */
  const linkIn = async (count: number) => {
    const found = await eventually(async () => (mails.received.length >= count ? mails.received.at(-1) : undefined))
    const text = found.raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')
    return { to: found.to, token: /#token=([\w-]+)/.exec(text)?.[1] ?? '' }
  }

  expect((await call('/auth/state')).body).toMatchObject({ mail: true })
  const { body } = await call('/projects')
  const [project] = body.items as { id: string }[]
  await call(`/projects/${project?.id}/invitations`, { email: 'vera@example.com', role: 'viewer' })
  const invitation = await linkIn(1)
  expect(invitation.to).toEqual(['vera@example.com'])
  const joined = await call('/auth/join', { token: invitation.token, name: 'Vera', password: 'correct horse battery' })
  expect(joined.status).toBe(200)

  expect((await call('/auth/forgot', { email: 'nobody@example.com' })).status).toBe(202)
  expect((await call('/auth/forgot', { email: 'vera@example.com' })).status).toBe(202)
  const reset = await linkIn(2)
  expect(reset.to).toEqual(['vera@example.com'])
  expect((await call('/auth/reset', { token: reset.token, password: 'a whole new password' })).status).toBe(200)
  service.child.kill('SIGTERM')
  expect(await service.ended).toBe(0)
  expect(mails.received).toHaveLength(2)
})
