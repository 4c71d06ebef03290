/** The promise's own end, or a rejection once the time is over; what comes later is ignored. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(ms)} ms`)), ms)
  })
  return Promise.race([promise, timeOut]).finally(() => clearTimeout(timer))
}
