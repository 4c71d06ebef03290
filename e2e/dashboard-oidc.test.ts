import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clientId,
  clientSecret,
  startProvider,
  type TestProvider,
  walk,
} from '../dashboard/test/server/accounts/provider.ts'
import { codeOf } from './dashboard/authenticator.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'

let rig: Rig
let provider: TestProvider

beforeAll(async () => {
  rig = await createRig(async (url) => {
    const people = {
      grace: { email: 'grace@example.com', email_verified: true, name: 'Grace Hopper' },
      ada: { email: 'ada@example.com', email_verified: true, name: 'Ada' },
      eve: { email: 'grace@example.com', email_verified: false },
      stranger: { email: 'someone@elsewhere.test', email_verified: true },
    }
    // Another site than the dashboard's, as in life: so it is seen what browsers do with the cookies.
    provider = await startProvider(`${url}/api/v1/auth/oidc/callback`, people, 'localhost')
    return {
      TRAILSTITCH_DASHBOARD_URL: url,
      TRAILSTITCH_OIDC_ISSUER: provider.issuer,
      TRAILSTITCH_OIDC_CLIENT_ID: clientId,
      TRAILSTITCH_OIDC_CLIENT_SECRET: clientSecret,
      TRAILSTITCH_OIDC_NAME: 'Example Login',
      TRAILSTITCH_OIDC_DOMAINS: 'example.com',
    }
  })
})
afterAll(async () => {
  await rig.close()
  await provider.stop()
})

/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../dashboard/dist/screenshots/', import.meta.url))
mkdirSync(pictures, { recursive: true })
const look = (page: Page, name: string) => page.screenshot({ path: `${pictures}oidc-${name}.png` })

const button = (page: Page) => page.getByRole('link', { name: 'Sign in with Example Login' })

/** A page that asks to sign in. The provider's pages want fonts from elsewhere: they do without. */
async function openDoor(path = '/', options: Parameters<Rig['open']>[1] = {}): Promise<Page> {
  const page = await rig.open(path, { ...options, signedIn: false })
  await page.context().route(/^https:/, (route) => route.abort())
  await button(page).waitFor()
  return page
}

/** Fills in the login form of the provider and agrees, by keyboard. */
async function signInThere(page: Page, login: string): Promise<void> {
  await button(page).focus()
  await page.keyboard.press('Enter')
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill('any')
  await page.keyboard.press('Enter')
  await page.locator('input[value=consent]').waitFor({ state: 'attached' })
  await page.locator('button[type=submit]').click()
}

/** Where the provider sends the browser of `page`, which does not go there. */
async function goAsFarAsBack(page: Page, login: string, tamper: (url: URL) => void = () => {}): Promise<string> {
  const response = await page.context().request.get(`${rig.url}/api/v1/auth/oidc/start`, { maxRedirects: 0 })
  const url = new URL(response.headers().location ?? '')
  tamper(url)
  return (await walk(url.href, login)).href
}

const isSignedIn = async (page: Page): Promise<boolean> => {
  const headers = { 'x-trailstitch': '1' }
  return (await page.context().request.post(`${rig.url}/api/v1/auth/refresh`, { headers })).ok()
}

async function callApi<T>(path: string, body: object, token = ''): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(`${rig.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

/** An owner with a password, as the set-up link makes one. */
async function setUp(email: string): Promise<string> {
  const link = /http\S+\/setup#token=(\S+)/.exec(await rig.command(['setup-link'])) ?? []
  const given = { token: link[1], email, name: 'Grace', password: 'correct horse battery' }
  return (await callApi<{ accessToken: string }>('/auth/setup', given)).accessToken
}

test('an account is signed in by the provider and lands on the page it wanted, also after a reload', async () => {
  await setUp('grace@example.com')
  const page = await openDoor('/quality?range=7d')
  const problems = collectProblems(page)
  await signInThere(page, 'grace')
  await page.getByRole('heading', { name: 'Data quality' }).waitFor()
  expect(page.url()).toBe(`${rig.url}/quality?range=7d`)
  await page.getByRole('link', { name: 'Grace' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Data quality' }).waitFor()
  // The first look for a session, before there was one, and the provider's fonts.
  expect(problems.filter((each) => !/401|ERR_FAILED/.test(each))).toEqual([])
})

test('somebody new of an allowed domain has an account, and sees no project', async () => {
  const page = await openDoor()
  await signInThere(page, 'ada')
  await page.getByText('You are not a member of any project yet').waitFor()
  expect(await isSignedIn(page)).toBe(true)
  await look(page, 'no-project')
})

test('an address that is not verified, and one of nobody, are refused in words', async () => {
  const page = await openDoor()
  await signInThere(page, 'eve')
  await page.getByText('Your e-mail address is not confirmed there yet').waitFor()
  expect(await isSignedIn(page)).toBe(false)
  expect(page.url()).toBe(`${rig.url}/`)
  expect(await findViolations(page)).toEqual([])
  await look(page, 'refused')
  const other = await openDoor()
  await signInThere(other, 'stranger')
  await other.getByText('You have no account here yet').waitFor()
  expect(await isSignedIn(other)).toBe(false)
})

test('a way back that was begun in another browser signs nobody in', async () => {
  const [attacker, victim] = [await openDoor(), await openDoor()]
  const back = await goAsFarAsBack(attacker, 'grace')
  // One of the victim's own is under way, too.
  await goAsFarAsBack(victim, 'grace')
  await victim.goto(back)
  await victim.getByText('That took too long, or was started in another window').waitFor()
  expect(await isSignedIn(victim)).toBe(false)
  // It was good, where it began.
  await attacker.goto(back)
  await attacker.getByRole('link', { name: 'Grace' }).waitFor()
})

test('a token that was made for another nonce signs nobody in', async () => {
  const page = await openDoor()
  const back = await goAsFarAsBack(page, 'grace', ({ searchParams }) => searchParams.set('nonce', 'of-another-sign-in'))
  await page.goto(back)
  await page.getByText('The sign-in did not work').waitFor()
  expect(await isSignedIn(page)).toBe(false)
})

test('a second factor is asked for after the provider', async () => {
  const { accessToken } = await callApi<{ accessToken: string }>('/auth/sign-in', {
    email: 'grace@example.com',
    password: 'correct horse battery',
  })
  const { secret } = await callApi<{ secret: string }>('/me/totp', {}, accessToken)
  const { recoveryCodes } = await callApi<{ recoveryCodes: string[] }>(
    '/me/totp/confirm',
    { code: codeOf(secret, Math.floor(Date.now() / 30_000)) },
    accessToken,
  )
  const page = await openDoor('/quality')
  await signInThere(page, 'grace')
  const code = page.getByLabel('Code from your authenticator app')
  await code.fill('000000')
  await page.keyboard.press('Enter')
  await page.getByText('This code is not valid').waitFor()
  expect(await isSignedIn(page)).toBe(false)
  expect(await findViolations(page)).toEqual([])
  await look(page, 'code')
  await code.fill(recoveryCodes[0] ?? '')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Data quality' }).waitFor()
  expect(await isSignedIn(page)).toBe(true)
})

test.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 800 } }],
] as const)('the sign-in page is for everybody: %s', async (name, options) => {
  const page = await openDoor('/', options)
  expect(await findViolations(page)).toEqual([])
  await look(page, name)
})
