/** One line of a Dockerfile, continued lines joined: `COPY --from=build /a b` has the word COPY and the rest as text. */
export interface Instruction {
  word: string
  text: string
}

export interface Stage {
  name: string
  /** An image, or the name of a stage above. */
  from: string
  instructions: readonly Instruction[]
}

/** The stages of a Dockerfile by name, in order. Knows what ours uses; hadolint checks the syntax. */
export function parseDockerfile(text: string): Map<string, Stage> {
  const stages = new Map<string, Stage & { instructions: Instruction[] }>()
  let last: Instruction[] = []
  for (const line of joinLines(text)) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    if (word !== 'FROM') {
      last.push({ word, text: rest })
      continue
    }
    const [, from = '', name = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? []
    last = []
    stages.set(name, { name, from, instructions: last })
  }
  return stages
}

const joinLines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')

/** All instructions that make up a stage: those of the stages it is built on first. */
export function lineage(stages: ReadonlyMap<string, Stage>, name: string): Instruction[] {
  const stage = stages.get(name)
  return stage ? [...lineage(stages, stage.from), ...stage.instructions] : []
}

/** What a container of a stage is started with. */
export interface Settings {
  env: Record<string, string>
  workdir: string
  user: string
  /** ENTRYPOINT and CMD. */
  command: readonly string[]
  /** Undefined where there is none, or `NONE`. */
  healthcheck: readonly string[] | undefined
}

export function settingsOf(stages: ReadonlyMap<string, Stage>, name: string): Settings {
  const instructions = lineage(stages, name)
  const last = (word: string): string | undefined => instructions.findLast((each) => each.word === word)?.text
  const env = instructions
    .filter(({ word }) => word === 'ENV')
    .flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]))
  const healthcheck = last('HEALTHCHECK')
  return {
    env: Object.fromEntries(env),
    workdir: last('WORKDIR') ?? '/',
    user: last('USER') ?? '0:0',
    command: [...parseExec(last('ENTRYPOINT') ?? '[]'), ...parseExec(last('CMD') ?? '[]')],
    healthcheck: healthcheck?.includes('CMD ') ? parseExec(healthcheck.replace(/^.*?CMD /, '')) : undefined,
  }
}

/** The exec form. A shell's form would put `/bin/sh` between Docker and the service, so it is an error here. */
export function parseExec(text: string): string[] {
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value
  throw new TypeError(`not the exec form: ${text}`)
}
