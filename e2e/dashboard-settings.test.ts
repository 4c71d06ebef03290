import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { codeOf } from './dashboard/authenticator.ts'
import { pressOn } from './dashboard/keyboard.ts'
import { inspectAll, looks, takePicture } from './dashboard/looks.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { writeKey } from './support/data-folder.ts'

let rig: Rig
/** Signed in as an owner, in a browser of her own. */
let owner: Page
const password = 'correct horse battery'

beforeAll(async () => {
  rig = await createRig()
  const link = /http\S+\/setup#token=\S+/.exec(await rig.command(['setup-link']))?.[0] ?? ''
  owner = await rig.open(`/setup${new URL(link).hash}`, { signedIn: false })
  await fill(owner, { 'Your name': 'Grace', 'E-mail address': 'grace@example.com', 'New password': password })
  await owner.getByRole('button', { name: 'Create the owner' }).click()
  await owner.getByRole('link', { name: 'Grace' }).waitFor()
})
afterAll(() => rig.close())

const look = (name: string) => takePicture(owner, `settings-${name}`)

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value)
}

async function send(key: string, more: object = {}, origin?: string): Promise<number> {
  const response = await fetch(`${rig.url}/v1/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(origin && { origin }) },
    body: JSON.stringify({ writeKey: key, type: 'track', event: 'Bought', anonymousId: 'v1', ...more }),
  })
  return response.status
}

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 100 })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Joins by a link, in a browser of its own. */
async function join(link: string, name: string): Promise<Page> {
  const page = await rig.open(`/join${new URL(link).hash}`, { signedIn: false })
  await fill(page, { 'Your name': name, 'New password': password })
  await button(page, 'Join')
    .or(page.getByRole('button', { name: 'Join' }))
    .first()
    .click()
  await page.getByRole('link', { name }).waitFor()
  return page
}

async function invite(email: string, role: string): Promise<string> {
  await owner.goto(`${rig.url}/settings?tab=members`)
  const section = owner.locator('section', { hasText: 'Invite somebody' }).last()
  await section.getByLabel('E-mail address').fill(email)
  await section.getByLabel('Role').selectOption(role)
  await button(owner, 'Make a link').click()
  await owner.getByText(`Link for ${email}`).waitFor()
  return (await owner.locator('.once code').textContent()) ?? ''
}

describe('write keys', () => {
  test('a key is replaced while events flow with both, and a removed one is refused', async () => {
    const answers: number[] = []
    let isFlowing = true
    let key = writeKey
    const flow = (async () => {
      while (isFlowing) answers.push(await send(key), await send(writeKey))
    })()
    await owner.goto(`${rig.url}/settings?tab=write-keys`)
    await button(owner, `Replace: ${writeKey}`).click()
    const dialog = owner.getByRole('dialog', { name: 'Replace the key' })
    await dialog.getByText(`${writeKey} goes on working`).waitFor()
    await dialog.getByRole('button', { name: 'Replace the key' }).click()
    await owner.getByText(/^Works until/).waitFor()
    await look('replaced')
    key = (await owner.getByRole('row').nth(1).locator('code').textContent()) ?? ''
    expect(key).toMatch(/^wk_[\w-]{24}$/)
    const before = answers.length
    await until(async () => expect(answers.length).toBeGreaterThan(before + 20))
    isFlowing = false
    await flow
    expect(new Set(answers)).toEqual(new Set([200]))

    await button(owner, `Remove: ${writeKey}`).click()
    const question = owner.getByRole('dialog', { name: 'Remove the key' })
    await question.getByText('its events are lost').waitFor()
    await question.getByRole('button', { name: 'Remove the key' }).click()
    await owner.locator('code', { hasText: writeKey }).waitFor({ state: 'detached' })
    expect([await send(writeKey), await send(key)]).toEqual([401, 200])
    await button(owner, `Remove: ${key}`).click()
    await owner.getByRole('dialog').getByRole('button', { name: 'Remove the key' }).click()
    await owner.getByRole('dialog').getByText('keeps at least one write key').waitFor()
    await owner.keyboard.press('Escape')
  })
})

/** The key that works by now. */
async function workingKey(): Promise<string> {
  await owner.goto(`${rig.url}/settings?tab=write-keys`)
  return (await owner.getByRole('row').nth(1).locator('code').textContent()) ?? ''
}

describe('members', () => {
  test('a viewer sees no settings, neither in the navigation nor by their address', async () => {
    const link = await invite('vera@example.com', 'viewer')
    await owner.getByRole('row', { name: /vera@example.com/ }).waitFor()
    await look('invited')
    const viewer = await join(link, 'Vera')
    await viewer.getByRole('navigation').first().getByRole('link', { name: 'Live' }).waitFor()
    expect(await viewer.getByRole('link', { name: 'Settings' }).count()).toBe(0)
    await viewer.goto(`${rig.url}/settings?tab=write-keys`)
    await viewer.getByText('You may not see this').waitFor()
    expect(await viewer.getByText('wk_').count()).toBe(0)

    // Her role changes, and with it what she sees.
    await owner.reload()
    await owner.getByLabel('Role of Vera').selectOption('admin')
    await until(async () => {
      await viewer.reload()
      await viewer.getByRole('tab', { name: 'Write keys' }).waitFor({ timeout: 2_000 })
    })
    await viewer.getByRole('tab', { name: 'Members' }).click()
    // Nobody gives or takes a role above their own.
    expect(await viewer.getByLabel('Role of Grace').count()).toBe(0)
    await button(owner, 'Remove: vera@example.com').click()
    await owner.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await owner.getByText('vera@example.com').waitFor({ state: 'detached' })
    await viewer.reload()
    await viewer.getByText('You are not a member of any project yet').waitFor()
    expect(await findViolations(viewer)).toEqual([])
    await takePicture(viewer, 'no-project')
    await pressOn(viewer, 'Sign out')
    await viewer.getByRole('heading', { name: 'Sign in' }).waitFor()
    await viewer.context().close()
  })

  test('an invitation that was revoked is worth nothing', async () => {
    const link = await invite('late@example.com', 'analyst')
    await button(owner, 'Revoke: late@example.com').click()
    await owner.getByText('No invitation is open.').waitFor()
    const page = await rig.open(`/join${new URL(link).hash}`, { signedIn: false })
    await fill(page, { 'Your name': 'Late', 'New password': password })
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByText('The link was used').waitFor()
    await page.context().close()
  })
})

describe('the project', () => {
  test('of two admins who save at once one is told, and loses nothing of the other', async () => {
    const other = await owner.context().newPage()
    for (const page of [owner, other]) {
      await page.goto(`${rig.url}/settings`)
      await page.getByLabel('Name', { exact: true }).waitFor()
    }
    await owner.getByLabel('Name', { exact: true }).fill('My shop')
    await owner.getByLabel('Time zone').selectOption('Europe/Vienna')
    await owner.getByLabel('Sites that may send').fill('https://Shop.example/start\n')
    await button(owner, 'Save').click()
    await owner.getByRole('heading', { name: 'Settings of My shop' }).waitFor()
    expect(await owner.getByLabel('Sites that may send').inputValue()).toBe('https://shop.example')
    const key = await workingKey()
    expect([await send(key, {}, 'https://shop.example'), await send(key, {}, 'https://evil.example')]).toEqual([
      200, 403,
    ])

    await other.getByLabel('Name', { exact: true }).fill('Their shop')
    await button(other, 'Save').click()
    await other.getByText('Nothing was saved').waitFor()
    await button(other, 'Load the newest').click()
    await until(async () => expect(await other.getByLabel('Name', { exact: true }).inputValue()).toBe('My shop'))

    // Deleting is asked for by name.
    await other.getByLabel('Keep events for').fill('3000')
    await button(other, 'Save').click()
    await other.getByText('All events older than 3,000 days are deleted').waitFor()
    await other.getByRole('dialog').getByRole('button', { name: 'Delete older events' }).click()
    await other.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await other.getByLabel('Keep events for').inputValue()).toBe('3000')
    await other.goto(`${rig.url}/`)
    await until(async () => expect(await other.getByLabel('Time zone').inputValue()).toBe('Europe/Vienna'))
    await other.close()
  })

  test('an owner makes another project, and looks at it at once', async () => {
    const page = await owner.context().newPage()
    await page.goto(`${rig.url}/settings`)
    await page.getByLabel('Name of the new project').fill('Blog for Zoë & co')
    expect(await page.getByLabel('Short name').inputValue()).toBe('blog-for-zo-co')
    await page.getByLabel('Short name').fill('zoe')
    await button(page, 'Make the project').click()
    await page.getByRole('heading', { name: 'Settings of Blog for Zoë & co' }).waitFor()
    expect(new URL(page.url()).searchParams.get('project')).toBe('zoe')
    await page.getByLabel('Name of the new project').fill('Again')
    await page.getByLabel('Short name').fill('zoe')
    await button(page, 'Make the project').click()
    await page.getByText('There is a project by this id.').waitFor()
    await page.close()
  })

  test('an API key is shown once, works, and works no more once it is revoked', async () => {
    await owner.goto(`${rig.url}/settings?tab=api-keys`)
    await owner.getByLabel('Name', { exact: true }).fill('Weekly report')
    await button(owner, 'Make the key').click()
    const key = (await owner.locator('.once code').textContent()) ?? ''
    const ask = async () =>
      (await fetch(`${rig.url}/api/v1/overview`, { headers: { authorization: `Bearer ${key}` } })).status
    expect([key.slice(0, 4), await ask()]).toEqual(['tsk_', 200])
    await owner.reload()
    await button(owner, 'Revoke: Weekly report').waitFor()
    expect(await owner.getByText(key).count()).toBe(0)
    await button(owner, 'Revoke: Weekly report').click()
    await owner.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await owner.getByText('There are no API keys.').waitFor()
    expect(await ask()).toBe(401)
  })

  test('the audit log is filtered and taken away', async () => {
    await owner.goto(`${rig.url}/settings?tab=audit`)
    await owner.getByRole('cell', { name: 'made an API key' }).waitFor()
    await owner.getByLabel('Kind').selectOption('sign-ins')
    await owner.getByText('made an API key').waitFor({ state: 'detached' })
    await owner.getByLabel('Kind').selectOption('changes')
    await owner.getByLabel('Find a name, person or key').fill('vera')
    // She was invited, and joined; the head is a row, too.
    await until(async () => expect(await owner.getByRole('row').count()).toBe(3))
    expect(new URL(owner.url()).search).toBe('?tab=audit&kind=changes&q=vera')
    const download = owner.waitForEvent('download')
    await owner.getByRole('button', { name: 'Download as CSV: Audit log' }).click()
    expect((await download).suggestedFilename()).toBe('audit-log.csv')
  })
})

describe('internal traffic', () => {
  const people = async (page: Page): Promise<string | null> =>
    page.locator('.figure', { hasText: 'Visitors' }).locator('.figure-value').textContent()

  test('a rule leaves its people out of the figures, and undoing it brings them back', async () => {
    const key = await workingKey()
    for (const id of ['ann', 'bob']) await send(key, { anonymousId: id, userId: `${id}@us.example` })
    await send(key, { anonymousId: 'cat', userId: 'cat@else.example' })
    const view = await owner.context().newPage()
    await view.goto(`${rig.url}/?compare=none`)
    await until(async () => {
      await view.reload()
      expect(Number(await people(view))).toBeGreaterThanOrEqual(4)
    })
    const before = Number(await people(view))

    await owner.goto(`${rig.url}/settings?tab=traffic`)
    await owner.getByLabel('Property').selectOption('userId')
    await owner.getByLabel('Condition').selectOption('contains')
    await owner.getByLabel('Values').fill('@us.example')
    await owner.getByText('Leaves out 2 events of 2 people in the last 7 days.').waitFor()
    await owner.getByLabel('Name of the rule').fill('Our team')
    await button(owner, 'Leave them out').click()
    await owner.getByRole('cell', { name: 'User id contains @us.example' }).waitFor()
    await look('rule')

    await view.reload()
    await until(async () => expect(Number(await people(view))).toBe(before - 2))
    await view.getByRole('button', { name: 'Why this number: Visitors' }).click()
    await view.getByRole('dialog').getByText('left out by: Our team').waitFor()
    await view.keyboard.press('Escape')

    await button(owner, 'Undo: Our team').click()
    await owner.getByText('No rules: everything counts').waitFor()
    await view.reload()
    await until(async () => expect(Number(await people(view))).toBe(before))
    await view.close()
  })
})

describe('two-factor', () => {
  test('it is turned on, asks for a code at sign-in, and takes a recovery code once', async () => {
    const problems = collectProblems(owner)
    await owner.goto(`${rig.url}/account`)
    const section = owner.getByRole('region', { name: 'Two-factor sign-in' })
    await button(owner, 'Turn on').click()
    await section.getByRole('img', { name: 'QR code' }).waitFor()
    await section.getByText('You cannot scan it?').click()
    const secret = ((await section.locator('code').textContent()) ?? '').replaceAll(' ', '')
    expect(await findViolations(owner)).toEqual([])
    await section.getByLabel('Code from the app').fill('000000')
    await button(owner, 'Turn on').click()
    await section.getByText('This code is not valid').waitFor()
    const step = Math.floor(Date.now() / 30_000)
    await section.getByLabel('Code from the app').fill(codeOf(secret, step))
    await button(owner, 'Turn on').click()
    await section.getByText('Two-factor is on.').waitFor()
    const codes = await section.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allTextContents()
    expect(codes).toHaveLength(10)
    expect(await findViolations(owner)).toEqual([])
    await look('recovery')
    await button(owner, 'I have kept them').click()
    await section.getByText('10 recovery codes are left.').waitFor()
    expect(problems.filter((each) => !each.includes('403'))).toEqual([])

    const signIn = async (code: string): Promise<Page> => {
      const page = await rig.open('/account', { signedIn: false })
      await fill(page, { 'E-mail address': 'grace@example.com', Password: password })
      await button(page, 'Sign in').click()
      await page.getByText('One more step').waitFor()
      await page.getByLabel('Code from your authenticator app').fill(code)
      await button(page, 'Sign in').click()
      return page
    }
    const byCode = await signIn(codeOf(secret, step + 1))
    await byCode.getByText('10 recovery codes are left.').waitFor()
    const used = await signIn(codeOf(secret, step + 1))
    await used.getByText('This code is not valid').waitFor()
    const byRecovery = await signIn(codes[3] ?? '')
    await byRecovery.getByText('9 recovery codes are left.').waitFor()
    const again = await signIn(codes[3] ?? '')
    await again.getByText('This code is not valid').waitFor()
    for (const page of [byCode, used, again]) await page.context().close()

    await byRecovery.getByLabel('Your password, to turn it off').fill(password)
    await button(byRecovery, 'Turn off').click()
    await button(byRecovery, 'Turn on').waitFor()
    await byRecovery.context().close()
  })

  test('name and password are changed, and all sessions end at once', async () => {
    const page = owner
    await page.goto(`${rig.url}/account`)
    await page.getByLabel('Your name').fill('Grace H.')
    await button(page, 'Save').click()
    await page.getByRole('link', { name: 'Grace H.' }).waitFor()
    await fill(page, { 'Current password': 'wrong horse', 'New password': `${password} 2` })
    await button(page, 'Change the password').click()
    await page.getByText('The password is wrong.').waitFor()
    await page.getByLabel('Current password').fill(password)
    await button(page, 'Change the password').click()
    await page.getByText('The new password counts from now on.').waitFor()
    const other = await page.context().newPage()
    await other.goto(`${rig.url}/account`)
    await button(other, 'Sign out everywhere').click()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await fill(page, { 'E-mail address': 'grace@example.com', Password: `${password} 2` })
    await button(page, 'Sign in').click()
    await page.getByRole('link', { name: 'Grace H.' }).waitFor()
    await other.close()
  })
})

test('no tab has a serious problem of access, scrolls sideways or makes the browser complain', async () => {
  const page = await owner.context().newPage()
  const tabs = ['project', 'write-keys', 'members', 'api-keys', 'traffic', 'export', 'audit']
  const paths = {
    ...Object.fromEntries(tabs.map((tab) => [`settings-${tab}`, `/settings?tab=${tab}`])),
    'settings-account': '/account',
  }
  await inspectAll(rig, page, { paths })
  await page.close()
})

test.each([looks.light, looks.phone])(
  'tabs are changed by keyboard, and the address tells it, %o',
  async ({ viewport }) => {
    const page = await owner.context().newPage()
    await page.setViewportSize(viewport)
    await page.goto(`${rig.url}/settings`)
    await page.getByRole('tab', { name: 'Project' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Write keys' }).waitFor()
    expect(new URL(page.url()).search).toBe('?tab=write-keys')
    await page.close()
  },
)
