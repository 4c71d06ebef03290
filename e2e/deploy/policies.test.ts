import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { listOf, readPolicies } from './policies.ts'

const backends = fileURLToPath(new URL('../../backends/src/', import.meta.url))
const policies = readPolicies()
const actionsOf = (name: string): string[] =>
  (policies.get(name)?.Statement ?? []).flatMap(({ Action }) => listOf(Action))

test('there is a policy for each service and for the operator', () => {
  expect([...policies.keys()]).toEqual(['collector', 'processor', 'dashboard', 'operator'])
})

describe.each([...policies])('%s', (_name, { Version, Statement }) => {
  test('is a policy of single actions on our queues and our part of the bucket', () => {
    expect(Version).toBe('2012-10-17')
    expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length)
    for (const { Effect, Action, Resource } of Statement) {
      expect(Effect).toBe('Allow')
      for (const action of listOf(Action)) expect(action).toMatch(/^(?:sqs|s3):[A-Z][A-Za-z]+$/)
      for (const resource of listOf(Resource))
        expect(resource).toMatch(
          /^arn:aws:(?:sqs:eu-central-1:123456789012:trailstitch(?:-dead)?|s3:::my-bucket(?:\/trailstitch\/[\w/*-]+)?)$/,
        )
      const kinds = new Set([...listOf(Action), ...listOf(Resource)].map((text) => /\b(?:sqs|s3):/.exec(text)?.[0]))
      expect(kinds.size).toBe(1)
    }
  })
})

test('together they name what the backends ask for, and nothing else', () => {
  const sources = globSync(['queue/sqs*.ts', 'blob/s3*.ts'], { cwd: backends })
  const asked = sources.flatMap((path) => [
    ...readFileSync(`${backends}${path}`, 'utf8').matchAll(/'((?:sqs|s3):[A-Z]\w+)'/g),
  ])
  const named = [...policies.keys()].flatMap(actionsOf)
  expect([...new Set(named)].sort()).toEqual([...new Set(asked.map(([, action]) => action))].sort())
})
