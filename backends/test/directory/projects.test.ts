import { createProjects, type Project } from '@trailstitch/protocol'
import { afterEach, expect, test, vi } from 'vitest'
import { silentLog } from '../../src/deps.ts'
import { openMemoryDirectory } from '../../src/directory/memory.ts'
import { addProject, changeProject, followProjects, mergeProjects, readProjects } from '../../src/directory/projects.ts'

const project = (id: string, more: Partial<Project> = {}): Project => ({
  id,
  name: id,
  writeKeys: [`wk_${id}`],
  ...more,
})
const deps = { now: () => 0, log: silentLog }
const open = () => openMemoryDirectory('memory:', deps)

afterEach(() => void vi.useRealTimers())

test('a project is added once, and changed by what it is then', async () => {
  const directory = await open()
  expect(await addProject(directory, project('shop'))).toBe(true)
  expect(await addProject(directory, project('shop', { name: 'Other' }))).toBe(false)
  const changes = Array.from({ length: 5 }, (_, index) =>
    changeProject(directory, 'shop', undefined, (before) => ({
      ...before,
      writeKeys: [...before.writeKeys, `wk_${index}`],
    })),
  )
  await Promise.all(changes)
  expect((await readProjects(directory))[0]?.writeKeys.toSorted()).toEqual([
    ...['wk_0', 'wk_1', 'wk_2', 'wk_3', 'wk_4', 'wk_shop'],
  ])
  expect(await changeProject(directory, 'none', undefined, (before) => before)).toBeUndefined()
})

test('a project of the configuration is changed from what it says, and counts no more then', async () => {
  const directory = await open()
  const configured = project('shop', { retentionDays: 30 })
  const changed = await changeProject(directory, 'shop', configured, (before) => ({ ...before, name: 'Shop' }))
  expect(changed).toEqual({ ...configured, name: 'Shop' })
  const list = mergeProjects([configured, project('blog')], [project('new'), ...(await readProjects(directory))])
  expect(list.map(({ id, name }) => [id, name])).toEqual([
    ['shop', 'Shop'],
    ['blog', 'blog'],
    ['new', 'new'],
  ])
})

test('whoever follows the projects hears of each change, and of keys that count no more', async () => {
  vi.useFakeTimers()
  const directory = await open()
  const heard: string[][] = []
  const { projects, stop } = await followProjects([project('shop')], directory, deps, (list) =>
    heard.push(list.map(({ id }) => id)),
  )
  await addProject(directory, project('blog'))
  await changeProject(directory, 'shop', project('shop'), (before) => ({ ...before, writeKeys: ['wk_new'] }))
  expect(projects.byKey('wk_blog', 0)).toBeUndefined()
  await vi.advanceTimersByTimeAsync(5_001)
  expect([projects.byKey('wk_blog', 0)?.id, projects.byKey('wk_new', 0)?.id]).toEqual(['blog', 'shop'])
  expect([projects.byKey('wk_shop', 0), heard]).toEqual([undefined, [['shop', 'blog']]])
  stop()
  await addProject(directory, project('late'))
  await vi.advanceTimersByTimeAsync(20_000)
  expect(projects.byId('late')).toBeUndefined()
})

test('whoever has changed a project need not wait until it counts', async () => {
  const directory = await open()
  const { projects, refresh, stop } = await followProjects([project('shop')], directory, deps)
  await addProject(directory, project('blog'))
  await refresh()
  expect(projects.byId('blog')?.id).toBe('blog')
  stop()
})

test('while the directory is away, what was known counts, and it is said once', async () => {
  vi.useFakeTimers()
  const directory = await open()
  const warnings: unknown[] = []
  let isAway = true
  const flaky: Pick<typeof directory, 'list'> = {
    list: (...given) => (isAway ? Promise.reject(new Error('away')) : directory.list(...given)),
  }
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) }
  const { projects, stop } = await followProjects([project('shop')], flaky, { log })
  await addProject(directory, project('blog'))
  await vi.advanceTimersByTimeAsync(20_000)
  expect([projects.byId('shop')?.id, projects.byId('blog'), warnings.length]).toEqual(['shop', undefined, 1])
  isAway = false
  await vi.advanceTimersByTimeAsync(5_001)
  expect(projects.byId('blog')?.id).toBe('blog')
  stop()
})

test('projects are found by what they were last told to be', () => {
  const projects = createProjects([project('shop')])
  projects.replace([project('blog')])
  expect([projects.byId('shop'), projects.byKey('wk_shop', 0), projects.byKey('wk_blog', 0)?.id]).toEqual([
    undefined,
    undefined,
    'blog',
  ])
})
