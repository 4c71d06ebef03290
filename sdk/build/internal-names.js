/**
 * Fields that never leave the client: not the wire's, not the browser's, not the public types'. The builds shorten them.
 * A name that is used for both must not be here, nor one that code asks for in quotes (`'name' in object`); the browser
 * tests run what was built.
 */
const names = [
  ...['store', 'segments', 'tabs', 'pauseKey', 'queuePrefix', 'seen', 'unknown', 'packing', 'keepaliveBytes'],
  ...['failures', 'retryAt', 'maxBytes', 'timer', 'timerAt', 'running', 'isLeft', 'waiting', 'tab'],
  ...['take', 'seal', 'giveBack', 'settle', 'adopt', 'restart', 'texts', 'bytes', 'isSealed', 'isVolatile'],
  ...['unknownSince', 'own', 'release', 'delivery', 'identity', 'hooks', 'setUserId', 'retryAfterMs'],
  ...['retryAfter'],
]

export const internalNames = new RegExp(`^(?:${names.join('|')})$`)
