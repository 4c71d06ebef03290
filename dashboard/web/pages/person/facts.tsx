import type { Touch } from '@trailstitch/protocol'
import type { PersonDetail } from '../../api/types.ts'
import { Facts } from '../../parts/facts.tsx'
import { t } from './texts.ts'

interface Props {
  person: PersonDetail
}

/** Where the first and the latest visit came from. */
export function Touches({ person }: Props) {
  return (
    <Facts
      facts={[
        [t('person.firstTouch'), describeTouch(person.firstTouch)],
        [t('person.lastTouch'), describeTouch(person.lastTouch)],
      ]}
    />
  )
}

/** `Email: newsletter / spring`. */
export function describeTouch(touch: Touch | undefined): string {
  if (!touch) return t('person.noTouch')
  const details = [touch.source ?? touch.referrer, touch.medium, touch.campaign].filter(Boolean).join(' / ')
  return details ? `${touch.channel}: ${details}` : touch.channel
}
