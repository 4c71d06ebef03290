import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findCommand, readCommandLine } from '../src/command-line.ts'
import { commands } from '../src/commands/index.ts'
import { CliError } from '../src/errors.ts'
import { runCli, temporaryFolder } from './run-cli.ts'

const start = findCommand(commands, ['start']).command
const read = (line: string[], environment: Record<string, string> = {}) => readCommandLine(start, line, environment)
function problemsOf(line: string[], environment: Record<string, string> = {}): string {
  try {
    read(line, environment)
  } catch (error) {
    if (error instanceof CliError) return error.message
  }
  throw new Error('there was no problem')
}

test('defaults give way to the file, the file to the environment, the environment to flags', () => {
  const file = join(temporaryFolder(), 'config.json')
  writeFileSync(file, JSON.stringify({ port: 1, host: 'file', data: 'file', workers: 2 }))
  const environment = { TRAILSTITCH_CONFIG: file, TRAILSTITCH_HOST: 'environment', TRAILSTITCH_DATA: 'environment' }
  const { config } = read(['--data', 'flag'], environment)
  expect(config).toMatchObject({ port: 1, host: 'environment', data: 'flag', workers: 2, dedupeDays: 7 })
  expect(Object.isFrozen(config)).toBe(true)
})

test('all problems of all sources are told at once, each with its fix', () => {
  const file = join(temporaryFolder(), 'config.json')
  writeFileSync(file, JSON.stringify({ port: '80', colour: 'red' }))
  const text = problemsOf(['--config', file, '--workers', '0', '--prot', '1', '--write-key', 'a b'], {
    TRAILSTITCH_PORT: '99999',
    TRAILSTITCH_WRITEKEY: 'x',
    QUEUE_URL: 'nowhere',
  })
  expect(text.split('\n')).toEqual([
    `- "port" in ${file} is "80". Give a whole number from 0 to 65535, such as 4800.`,
    `- "colour" in ${file} is not known. Remove it; --help lists what there is.`,
    '- TRAILSTITCH_PORT in the environment is "99999". Give a whole number from 0 to 65535, such as 4800.',
    '- TRAILSTITCH_WRITEKEY in the environment is not known. Did you mean TRAILSTITCH_WRITE_KEY?',
    '- QUEUE_URL in the environment is "nowhere". Give a URL that starts with a scheme, such as sqlite:./data/queue.db.',
    '- --workers in the flags is "0". Give a whole number from 1 to 64, such as 1.',
    '- --write-key in the flags is "a b". Give 1 to 128 printable ASCII characters without spaces and colons, such as wk_my_site.',
    '- --prot in the flags is not known. Did you mean --port?',
    'trailstitch start --help shows all options.',
  ])
})

test('a wrong value is told even where another source wins over it', () => {
  expect(problemsOf(['--port', '80'], { TRAILSTITCH_PORT: 'eighty' })).toContain('TRAILSTITCH_PORT')
})

test('the long name of a backend wins over the short one, and an empty variable is none', () => {
  const environment = { TRAILSTITCH_STORE_URL: 'sqlite:long', STORE_URL: 'sqlite:short', TRAILSTITCH_WRITE_KEY: '' }
  expect(read([], environment).config).toMatchObject({ storeUrl: 'sqlite:long' })
  expect(read([], environment).config.writeKey).toBeUndefined()
})

test('flags take their value behind a space or an equals sign, and booleans take none', () => {
  expect(read(['--port=0', '--host', '::1', '--trust-proxy']).config).toMatchObject({
    port: 0,
    host: '::1',
    trustProxy: true,
  })
  expect(read(['--no-trust-proxy']).config.trustProxy).toBe(false)
  expect(problemsOf(['--port'])).toContain('--port in the flags has no value')
})

test('words that are missing or too many are told', async () => {
  expect((await runCli(['import', 'jsonl'])).stderr).toContain('FILE is missing')
  expect((await runCli(['import', 'jsonl', 'a', 'b'])).stderr).toContain('"b" is one word too many')
})

test.each([
  ['strat', 'Did you mean "trailstitch start"?'],
  ['import', 'Say which: "trailstitch import access-log" or "trailstitch import jsonl".'],
  ['docter', 'Did you mean "trailstitch doctor"?'],
  ['xyzzy', 'trailstitch --help lists the commands.'],
])('the unknown command %s gets a suggestion and exit code 2', async (word, suggestion) => {
  const { exitCode, stderr } = await runCli([word])
  expect(stderr).toContain(suggestion)
  expect(exitCode).toBe(2)
})

test('every command has help with examples, without colours in a pipe', async () => {
  for (const command of commands) {
    const { exitCode, stdout } = await runCli([...command.name.split(' '), '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Usage: trailstitch ${command.name}`)
    expect(stdout).toContain(command.examples[0])
    expect(stdout).not.toContain('\u001b')
  }
})
