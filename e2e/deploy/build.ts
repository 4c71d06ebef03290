import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runInStage } from './container.ts'
import { listContext } from './context.ts'
import { type Instruction, parseDockerfile, type Settings, type Stage, settingsOf } from './dockerfile.ts'

export interface Images {
  /** The folder that is the root of a stage's file system. Makes it, and those it needs, the first time. */
  rootOf(stage: string): Promise<string>
  settingsOf(stage: string): Settings
}

/** A stage that is being made. `mounts` are words of namespace.sh. */
interface Making {
  root: string
  settings: Settings
  mounts: string[]
}

/** What has been done in `source` already, by the same npm from the same lock file: its folder takes the place of a second one. */
const fullInstall = 'npm ci --ignore-scripts'

/** Does in `folder` what `docker build` would do with the Dockerfile of `source`. Needs root. */
export function createImages(source: string, folder: string): Images {
  const read = (name: string): string => readFileSync(join(source, name), 'utf8')
  const stages = parseDockerfile(read('Dockerfile'))
  const context = listContext(source, read('.dockerignore'))
  const made = new Map<string, Promise<string>>()

  const rootOf = (name: string): Promise<string> => {
    const stage = stages.get(name)
    if (!stage) throw new Error(`there is no stage ${name}`)
    const root = made.get(name) ?? makeStage(stage)
    made.set(name, root)
    return root
  }

  async function makeStage({ name, from, instructions }: Stage): Promise<string> {
    const base = stages.has(from) ? await rootOf(from) : undefined
    const steps = instructions.filter(({ word }) => /^(?:COPY|RUN|WORKDIR)$/.test(word))
    if (base !== undefined && steps.length === 0) return base
    const root = join(folder, name)
    mkdirSync(root, { recursive: true })
    if (base !== undefined) linkAll(base, root)
    const mounts: string[] = []
    for (const step of steps) await takeStep({ root, settings: settingsOf(stages, name), mounts }, step)
    return root
  }

  async function takeStep({ root, settings, mounts }: Making, { word, text }: Instruction): Promise<void> {
    const workdir = join(root, settings.workdir)
    if (word === 'WORKDIR') mkdirSync(workdir, { recursive: true })
    if (word === 'COPY') await copyInto(workdir, text)
    if (word !== 'RUN') return
    if (text === fullInstall) {
      mounts.push(`read-only:${source}/node_modules:${settings.workdir}/node_modules`)
      return
    }
    const { code, output } = await runInStage(root, settings, text, mounts)
    if (code !== 0) throw new Error(`RUN ${text} ended with ${code}: ${output}`)
  }

  async function copyInto(workdir: string, text: string): Promise<void> {
    const words = text.split(/\s+/)
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
    const to = words.pop() ?? ''
    for (const word of words) {
      if (from !== undefined) linkAll(join(await rootOf(from), word), join(workdir, to))
      else copyContext(word, workdir, to)
    }
  }

  /** A file keeps its name in a folder that ends with a slash; of a folder what is in it is copied. */
  function copyContext(word: string, workdir: string, to: string): void {
    const isFolder = word === '.' || !context.includes(word)
    const inside = word === '.' ? '' : `${word}/`
    const files = isFolder ? context.filter((path) => path.startsWith(inside)) : [word]
    if (files.length === 0) throw new Error(`COPY ${word}: there is no such file in the context`)
    for (const path of files) {
      const rest = isFolder ? path.slice(inside.length) : to.endsWith('/') ? (path.split('/').at(-1) ?? '') : ''
      const target = join(workdir, to, rest)
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(join(source, path), target)
    }
  }
  return { rootOf, settingsOf: (name) => settingsOf(stages, name) }
}

/** Copies what a folder holds, by links: a stage does not change what it has from another one. */
function linkAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  const { status, stderr } = spawnSync('cp', ['-a', '--link', `${from}/.`, to], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
