import type { ErrorBody, Receipt } from '@trailstitch/protocol'
import { parseRetryAfter } from './retry.ts'

/** An HTTP answer, read to its end. */
export interface Answer {
  status: number
  retryAfter: string | null
  text: string
}

/** What an answer means for the events of the request. */
export type Verdict =
  /** Durable, all but the refused ones. `known` are batches of earlier requests that had arrived, see delivery. */
  | { kind: 'taken'; refused: { index: number; code: string }[]; known: string[] }
  /** Something in it makes the whole body unfit: send smaller parts to find out what. */
  | { kind: 'unfit'; code: string }
  /** Nothing was taken; try again later. */
  | { kind: 'keep'; retryAfterMs: number }

/** Those that the events can be to blame for, and neither the connection nor how we are set up. */
const unfitCodes = /^(invalid_(json|utf8|body|batch)|body_too_large|batch_too_long)$/

type Wire = Partial<Omit<Receipt, 'success'> & Omit<ErrorBody, 'success'>> & { success?: boolean; known?: string[] }

/**
 * Reads an answer; undefined stands for none at all. Only what our collector says itself lets go of events: a page of a
 * hotel's network, with status 200, or of a proxy, with 403 or 404, does not.
 */
export function judge(answer: Answer | undefined, now: number): Verdict {
  if (!answer) return { kind: 'keep', retryAfterMs: 0 }
  const { status, retryAfter, text } = answer
  const { success, refused, known, code } = parse(text)
  const isReceipt = Array.isArray(refused)
  if (status < 500 && (isReceipt || (status < 300 && success === true)))
    return { kind: 'taken', refused: isReceipt ? refused : [], known: Array.isArray(known) ? known : [] }
  if (status === 413 || (status === 400 && unfitCodes.test(code ?? '')))
    return { kind: 'unfit', code: code ?? 'body_too_large' }
  return { kind: 'keep', retryAfterMs: parseRetryAfter(retryAfter, now) }
}

function parse(text: string): Wire {
  try {
    const json: unknown = JSON.parse(text)
    return json && typeof json === 'object' ? json : {}
  } catch {
    return {}
  }
}
