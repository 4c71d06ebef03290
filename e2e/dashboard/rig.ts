import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../browser/chromium.ts'
import { adminToken, makeFolder, removeFolder, writeKey } from '../support/data-folder.ts'
import { createServices, findFreePort, runCommand, type Service, type Services } from '../support/services.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The whole platform in one process, and a browser that looks at it. */
export interface Rig {
  url: string
  browser: Browser
  /** A page of a browser of its own, signed in as the operator unless `signedIn` is false. */
  open(path: string, options?: BrowserContextOptions & { signedIn?: boolean }): Promise<Page>
  /** Ends the process as a crash does. */
  kill(): Promise<void>
  /** Starts it again where it was. */
  restart(): Promise<void>
  command(line: readonly string[]): Promise<string>
  close(): Promise<void>
}

const env = { TRAILSTITCH_WRITE_KEY: writeKey, TRAILSTITCH_ADMIN_TOKEN: adminToken }

/** `more` are settings of the server, once it is known where it will be. */
export async function createRig(
  more: (url: string) => Promise<Record<string, string>> = async () => ({}),
): Promise<Rig> {
  const browser = await launchChromium()
  const data = makeFolder()
  const port = String(await findFreePort())
  const services: Services = createServices()
  const settings = { ...env, ...(await more(`http://127.0.0.1:${port}`)) }
  const start = (): Service => services.start('start', ['--port', port, '--data', data], settings)
  let service = start()
  const url = await service.ready
  return {
    url,
    browser,
    async open(path, { signedIn = true, ...options } = {}) {
      const context = await browser.newContext({ timezoneId: 'UTC', reducedMotion: 'reduce', ...options })
      const page = await context.newPage()
      const target = new URL(path, url)
      if (signedIn) target.hash = `token=${adminToken}`
      await page.goto(target.href)
      if (signedIn) await page.waitForFunction(() => location.hash === '')
      return page
    },
    kill: async () => void (await service.end('SIGKILL')),
    async restart() {
      service = start()
      await service.ready
    },
    command: (line) => runCommand([...line, '--data', data], env),
    async close() {
      await browser.close()
      await services.killAll()
      removeFolder(data)
    },
  }
}

export interface Violation {
  id: string
  impact: string
  places: string[]
}

/** What axe finds on a page that is serious or critical. It is run from outside: the page's policy lets no script in. */
export async function findViolations(page: Page): Promise<Violation[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axeSource })
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run(document).then(({ violations }) => JSON.stringify(violations))',
    awaitPromise: true,
    returnByValue: true,
  })
  const found = JSON.parse(String(result.value)) as { id: string; impact: string; nodes: { html: string }[] }[]
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => ({ id, impact, places: nodes.map(({ html }) => html) }))
}

/** What the browser complains about: errors of scripts, and what the content security policy did not let through. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return problems
}
