import { expect, test } from 'vitest'
import { runCommand } from '../testing/run-command.ts'

const node = (script: string): string[] => [process.execPath, '-e', script]

test('a command that ends well gives 0 and its output, both streams', async () => {
  const result = await runCommand(node('console.log("out"); console.error("err")'))
  expect(result.code).toBe(0)
  expect(result.output).toContain('out\n')
  expect(result.output).toContain('err\n')
})

test('a command that fails gives its code', async () => {
  expect(await runCommand(node('process.exit(3)'))).toMatchObject({ code: 3 })
})

test('a command that a signal ends has failed', async () => {
  expect(await runCommand(node('process.kill(process.pid, "SIGKILL")'))).toMatchObject({
    code: 1,
    output: 'ended by SIGKILL\n',
  })
})

test('a command that does not exist has failed', async () => {
  expect(await runCommand(['no-such-command-here'], { env: process.env })).toMatchObject({ code: 127 })
})

test('a command that hangs is ended when its time is up', async () => {
  const result = await runCommand(node('setInterval(() => {}, 1000)'), { limitMs: 300 })
  expect(result).toMatchObject({ code: 124, output: 'ended after 300 ms\n' })
})

test('a command sees the environment it is given and no other', async () => {
  const script = 'console.log(JSON.stringify([process.env.A, process.env.HOME]))'
  expect((await runCommand(node(script), { env: { A: '1' } })).output).toBe('["1",null]\n')
})
