import type { Diagnosis } from '@trailstitch/backends'
import { messageOf } from '../errors.ts'

/** What one check found. `fix` says what to do where it is not `ok`. */
export interface Finding {
  name: string
  status: 'ok' | 'warn' | 'fail'
  message: string
  fix?: string
}

export const ok = (name: string, message: string): Finding => ({ name, status: 'ok', message })
export const warn = (name: string, message: string, fix: string): Finding => ({ name, status: 'warn', message, fix })
export const fail = (name: string, message: string, fix: string): Finding => ({ name, status: 'fail', message, fix })

/** What a backend says of itself, under the name of its port. */
export function fromDiagnosis(port: string, { name, level, detail, fix }: Diagnosis): Finding {
  return { name: `${port} ${name}`, status: level, message: detail, ...(fix !== undefined && { fix }) }
}

/** Runs a check; one that throws has failed, and the others go on. */
export async function runCheck(name: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check()
  } catch (error) {
    return [fail(name, messageOf(error), 'The message above says what is wrong; mend it and run doctor again.')]
  }
}
