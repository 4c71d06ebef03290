import { isCrowded, keepRest } from './disk.ts'
import { pump } from './sender.ts'
import { type Sender, type Waiter, wake } from './state.ts'

/** Resolves with whether everything accepted so far is settled within `timeoutMs`. Never rejects. */
export function drain(sender: Sender, timeoutMs?: number): Promise<boolean> {
  const upTo = sender.accepted
  return waitFor(sender, upTo, () => isSettled(sender, upTo), timeoutMs)
}

function isSettled({ live }: Sender, upTo: number): boolean {
  for (const { first, count } of live) if (first <= upTo && count > 0) return false
  return true
}

/** Resolves when memory is no longer crowded. */
export async function waitForRoom(sender: Sender): Promise<void> {
  await waitFor(sender, 0, () => sender.isClosed || !isCrowded(sender))
}

/**
 * Waits, and does the sending meanwhile. With `tickMs` it looks by itself now and then: where requests live apart, such as
 * on Workers, one that waits for nothing of its own is ended as hung, and what another one began may end with that.
 */
async function waitFor(sender: Sender, upTo: number, isTrue: () => boolean, timeoutMs?: number): Promise<boolean> {
  const { deps, waiters, tickMs } = sender
  if (isTrue()) return true
  const waiter: Waiter = { upTo, seenAt: deps.now(), wake: () => {} }
  let isLate = false
  const timer =
    timeoutMs !== undefined &&
    deps.setTimer(() => {
      isLate = true
      waiter.wake()
    }, timeoutMs)
  waiters.add(waiter)
  await Promise.resolve() // the rest of a burst of calls becomes part of the first request
  while (!isTrue() && !isLate && !sender.isOver) {
    const change = new Promise<void>((resolve) => {
      waiter.wake = resolve
    })
    waiter.seenAt = deps.now()
    const tick = tickMs !== undefined && deps.setTimer(waiter.wake, tickMs)
    pump(sender)
    await change
    if (tick) deps.clearTimer(tick)
  }
  waiters.delete(waiter)
  if (timer) deps.clearTimer(timer)
  if (waiters.size === 0) pump(sender)
  return isTrue()
}

/** Of the time to close in. */
const lastTryAt = 0.75

/** Takes no more events, delivers for up to `timeoutMs`, then keeps or drops the rest. */
export async function close(sender: Sender, timeoutMs: number): Promise<boolean> {
  const { deps } = sender
  sender.isClosed = true
  wake(sender)
  // A pause may be longer than what is left of our time. The server may be back by then.
  const lastTry = deps.setTimer(() => {
    sender.pauseUntil = Math.min(sender.pauseUntil, sender.blockedUntil)
    pump(sender)
  }, timeoutMs * lastTryAt)
  const isDone = await drain(sender, timeoutMs)
  deps.clearTimer(lastTry)
  sender.isOver = true
  for (const { abort } of sender.attempts) abort.abort()
  sender.attempts.clear()
  deps.clearTimer(sender.timer)
  await sender.moving
  await keepRest(sender)
  sender.live.clear()
  sender.queue = []
  sender.open = undefined
  sender.queueBytes = 0
  wake(sender)
  return isDone
}
