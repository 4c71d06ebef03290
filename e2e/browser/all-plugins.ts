import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { type ArrivedEvent, buildScript, type RunningCollector } from './collector.ts'
import { type Site, startSite } from './site.ts'

/** A site that serves the script with all plugins itself, as `/v1-all.js`. */
export async function startPluginSite(
  { origin, writeKey }: RunningCollector,
  pages: { attributes: string; html?: string; policy?: string; files?: Record<string, string> },
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'sdk-plugins-'))
  await buildScript(join(folder, 'v1-all.js'), 'script-all')
  const files: Record<string, string> = {
    ...pages.files,
    '/v1-all.js': await readFile(join(folder, 'v1-all.js'), 'utf8'),
  }
  await rm(folder, { recursive: true })
  const { attributes, html = '', policy = '' } = pages
  return startSite((path) => {
    const script = files[path]
    if (script !== undefined) return { script }
    return `<!doctype html><html lang="en"><meta http-equiv="content-security-policy" content="${policy}"><title>${path}</title>
<script src="/v1-all.js" data-write-key="${writeKey}" data-endpoint="${origin}" ${attributes}></script>
<body>${html}</body></html>`
  })
}

/** The events that arrived once those of these names are there, each as often as it is named: what they are called and their properties. */
export async function arrivedWith(
  collector: RunningCollector,
  wanted: string[],
): Promise<{ name: string; properties: Record<string, unknown>; event: ArrivedEvent }[]> {
  const read = async () =>
    (await collector.arrived()).map((event) => ({
      name: event.event ?? event.type,
      properties: (event.properties ?? {}) as Record<string, unknown>,
      event,
    }))
  await vi.waitFor(
    async () => {
      const names = (await read()).map(({ name }) => name)
      const countIn = (list: readonly string[], name: string): number => list.filter((each) => each === name).length
      expect(wanted.filter((name) => countIn(names, name) < countIn(wanted, name))).toEqual([])
    },
    { timeout: 20_000, interval: 100 },
  )
  return await read()
}
