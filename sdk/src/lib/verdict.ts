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
  /** Durable, all but the refused ones. `known` are segments of earlier requests that had arrived, see delivery. */
  | { refused: { index: number; code: string }[]; known: string[] }
  /** Something in it makes the whole body unfit: send smaller parts to find out what. */
  | { unfit: string }
  /** Nothing was taken; try again later. */
  | { retryAfterMs: number }

/** Those that the events can be to blame for, and neither the connection nor how we are set up. */
const unfitCodes = /^(invalid_(json|utf8|body|batch)|body_too_large|batch_too_long)$/

type Wire = Partial<Omit<Receipt, 'success'> & Omit<ErrorBody, 'success'>> & { success?: boolean; known?: string[] }

/**
 * Reads an answer; undefined stands for none at all. Only what our collector says itself lets go of events: a page of a
 * hotel's network, with status 200, or of a proxy, with 403 or 404, does not.
 */
export function judge({ status, retryAfter, text }: Partial<Answer> = {}, now: number): Verdict {
  const { success, refused = [], known = [], code = '', accepted } = parse(text)
  if (status && status < 500) {
    if (accepted !== undefined || (status < 300 && success === true)) return { refused, known }
    if (status === 413 || unfitCodes.test(code)) return { unfit: code || 'body_too_large' }
  }
  return { retryAfterMs: parseRetryAfter(retryAfter, now) }
}

function parse(text = ''): Wire {
  try {
    return Object(JSON.parse(text)) as Wire
  } catch {
    return {}
  }
}
