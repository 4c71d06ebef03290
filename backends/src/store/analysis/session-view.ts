import { unknownChannel } from '../figures.ts'
import type { SessionState } from '../port.ts'
import type { Fact } from './conditions.ts'

/** What conditions and breakdowns see of a session. */
export const sessionView = ({ touch, entry, exit }: SessionState): NonNullable<Fact['session']> => ({
  channel: touch?.value.channel ?? unknownChannel,
  ...(touch && { touch: touch.value }),
  ...(entry && { entry: entry.value }),
  ...(exit && { exit: exit.value }),
})
