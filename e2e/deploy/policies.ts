import { readFileSync } from 'node:fs'

export interface Statement {
  Sid: string
  Effect: string
  Action: string | string[]
  Resource: string | string[]
}
export interface Policy {
  Version: string
  Statement: Statement[]
}

const page = new URL('../../docs/operate.md', import.meta.url)

/** The policies of the operator's page, by the service they are for. */
export function readPolicies(): Map<string, Policy> {
  const blocks = readFileSync(page, 'utf8').matchAll(/^<!-- policy: (\w+) -->\n```json\n(.*?)^```$/gms)
  return new Map([...blocks].map(([, name = '', json = '']) => [name, JSON.parse(json) as Policy]))
}

export const listOf = (value: string | string[]): string[] => (Array.isArray(value) ? value : [value])
